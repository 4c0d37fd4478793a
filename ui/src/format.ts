const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** "8 s", "3 min", "2 h 05 min", "4 days": two glances at most, never more than two units. */
export function formatSpan(ms: number): string {
  const span = Math.max(0, ms);
  if (span < MINUTE) return `${Math.floor(span / SECOND)} s`;
  if (span < HOUR) return `${Math.floor(span / MINUTE)} min`;
  if (span < DAY) {
    const minutes = Math.floor((span % HOUR) / MINUTE);
    return `${Math.floor(span / HOUR)} h ${String(minutes).padStart(2, '0')} min`;
  }
  const days = Math.floor(span / DAY);
  return days === 1 ? '1 day' : `${days} days`;
}

/** Duration of a step: finer where it is short. */
export function formatDuration(ms: number): string {
  if (ms < SECOND) return `${Math.round(ms)} ms`;
  if (ms < 10 * SECOND) return `${(ms / SECOND).toFixed(1)} s`;
  if (ms < MINUTE) return `${Math.round(ms / SECOND)} s`;
  if (ms < HOUR) {
    const seconds = Math.floor((ms % MINUTE) / SECOND);
    return `${Math.floor(ms / MINUTE)} min ${String(seconds).padStart(2, '0')} s`;
  }
  return formatSpan(ms);
}

/** "1:30", for scales. */
export const formatMinutes = (seconds: number): string =>
  `${Math.floor(seconds / 60)}:${String(Math.round(seconds % 60)).padStart(2, '0')}`;

const counts = new Intl.NumberFormat('en-GB');
export const formatCount = (count: number): string => counts.format(count);

/** Big numbers for small places: 9,999 stays, then 12.3 k and 5.8 M. */
export function formatShortCount(count: number): string {
  if (count < 10_000) return formatCount(count);
  if (count < 1_000_000) return `${trim(count / 1_000)} k`;
  return `${trim(count / 1_000_000)} M`;
}

export function formatBytes(bytes: number): string {
  const units = ['B', 'KB', 'MB', 'GB', 'TB'];
  let size = bytes;
  let unit = 0;
  while (size >= 1_000 && unit < units.length - 1) {
    size /= 1_000;
    unit += 1;
  }
  return `${unit === 0 ? size : trim(size)} ${units[unit]}`;
}

export const formatPercent = (part: number): string => `${Math.round(part * 100)} %`;

const trim = (value: number): string => (value < 10 ? value.toFixed(1) : String(Math.round(value)));

/** Formatters are slow to make: one per zone and shape is kept. The zone is the site's, not the tablet's. */
const clocks = new Map<string, Intl.DateTimeFormat>();
function clock(timeZone: string, shape: 'time' | 'minute' | 'day'): Intl.DateTimeFormat {
  const key = `${timeZone} ${shape}`;
  const known = clocks.get(key);
  if (known !== undefined) return known;
  const made = new Intl.DateTimeFormat('en-GB', { timeZone: knownZone(timeZone), ...shapes[shape] });
  clocks.set(key, made);
  return made;
}

/** An old browser may not know the site's zone; UTC is then better than no page. */
function knownZone(timeZone: string): string {
  try {
    return new Intl.DateTimeFormat('en-GB', { timeZone }).resolvedOptions().timeZone;
  } catch {
    return 'UTC';
  }
}
const shapes: Record<'time' | 'minute' | 'day', Intl.DateTimeFormatOptions> = {
  time: { hour: '2-digit', minute: '2-digit', second: '2-digit', hourCycle: 'h23' },
  minute: { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' },
  day: { day: 'numeric', month: 'short' },
};

export const formatTime = (ms: number, timeZone: string): string => clock(timeZone, 'time').format(ms);
export const formatMinute = (ms: number, timeZone: string): string => clock(timeZone, 'minute').format(ms);
export const formatDay = (ms: number, timeZone: string): string => clock(timeZone, 'day').format(ms);

/** Reasons are written down with instants in UTC; people read the clock on the wall. */
export const localInstants = (text: string, nowMs: number, timeZone: string): string =>
  text.replace(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z/g, (instant) =>
    formatMoment(Date.parse(instant), nowMs, timeZone),
  );

/** Time today, day and time before. */
export function formatMoment(ms: number, nowMs: number, timeZone: string): string {
  const day = clock(timeZone, 'day');
  const time = formatTime(ms, timeZone);
  return day.format(ms) === day.format(nowMs) ? time : `${day.format(ms)}, ${time}`;
}
