import type { Absence, PersonStatus } from '#contracts/people.ts';

/** Where a person is, as far as the site knows. */
export type Presence =
  | { readonly is: 'there' }
  | { readonly is: 'off-shift' }
  | { readonly is: 'away'; readonly absence: Absence };

export const isNow = ({ from, to }: Absence, nowMs: number): boolean =>
  Date.parse(from) <= nowMs && nowMs < Date.parse(to);

export function presenceOf(
  { user, onDuty }: PersonStatus,
  absences: readonly Absence[],
  nowMs: number,
): Presence {
  const absence = absences.find((one) => one.user === user && isNow(one, nowMs));
  if (absence !== undefined) return { is: 'away', absence };
  return onDuty ? { is: 'there' } : { is: 'off-shift' };
}

const LOCAL_TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d$/;

/** "2026-03-29T08:30" as the site's wall clock has it, in ms since the epoch; null when it is no time. */
export function siteTimeMs(local: string, timeZone: string): number | null {
  // Without its shape checked, an empty control would be read as some day in the year 2000.
  const asUtcMs = LOCAL_TIME.test(local) ? Date.parse(`${local}:00Z`) : Number.NaN;
  if (Number.isNaN(asUtcMs)) return null;
  // The offset at the guess may differ from the one at the answer around a change of the clocks; twice settles it.
  const guessMs = asUtcMs - offsetMs(asUtcMs, timeZone);
  return asUtcMs - offsetMs(guessMs, timeZone);
}

/** The site's wall clock, as a control of type datetime-local wants it. */
export function siteTime(ms: number, timeZone: string): string {
  return new Date(ms + offsetMs(ms, timeZone)).toISOString().slice(0, 16);
}

function offsetMs(ms: number, timeZone: string): number {
  const parts = new Intl.DateTimeFormat('en-GB', {
    timeZone,
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
    hourCycle: 'h23',
  }).formatToParts(ms);
  const part = (type: Intl.DateTimeFormatPartTypes) =>
    Number(parts.find((one) => one.type === type)?.value ?? 0);
  const wallMs = Date.UTC(
    part('year'),
    part('month') - 1,
    part('day'),
    part('hour'),
    part('minute'),
    part('second'),
  );
  return wallMs - Math.floor(ms / 1_000) * 1_000;
}
