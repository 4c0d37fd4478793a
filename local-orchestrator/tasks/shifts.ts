import { type Shift, type Weekday, weekdays } from '#contracts/people.ts';

/** Minutes since midnight, and the day, by the wall clock of the site. */
interface WallTime {
  readonly day: Weekday;
  readonly minute: number;
}

const formats = new Map<string, Intl.DateTimeFormat>();

function formatOf(timeZone: string): Intl.DateTimeFormat {
  const known = formats.get(timeZone);
  if (known !== undefined) return known;
  const options = {
    timeZone,
    weekday: 'short',
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
  } as const;
  const made = new Intl.DateTimeFormat('en-GB', options);
  formats.set(timeZone, made);
  return made;
}

function wallTime(nowMs: number, timeZone: string): WallTime {
  const parts = formatOf(timeZone).formatToParts(nowMs);
  const part = (type: Intl.DateTimeFormatPartTypes) => parts.find((one) => one.type === type)?.value ?? '';
  const day = weekdays.find((one) => one === part('weekday').toLowerCase()) ?? 'mon';
  return { day, minute: Number(part('hour')) * 60 + Number(part('minute')) };
}

const minuteOf = (time: string): number => Number(time.slice(0, 2)) * 60 + Number(time.slice(3));
const dayBefore = (day: Weekday): Weekday =>
  weekdays[(weekdays.indexOf(day) + weekdays.length - 1) % weekdays.length] ?? day;

/** Whether somebody with these shifts is on duty. Shifts go by the wall clock, also on a day of 23 or 25 hours. */
export function isOnShift(shifts: readonly Shift[], nowMs: number, timeZone: string): boolean {
  if (shifts.length === 0) return true;
  const { day, minute } = wallTime(nowMs, timeZone);
  return shifts.some(({ days, from, to }) => {
    const begins = minuteOf(from);
    const ends = minuteOf(to);
    if (begins < ends) return days.includes(day) && minute >= begins && minute < ends;
    // Over midnight: the evening of its day, or the morning after it.
    return (days.includes(day) && minute >= begins) || (days.includes(dayBefore(day)) && minute < ends);
  });
}
