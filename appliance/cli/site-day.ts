/** Begin of a day such as 2026-03-01 where the site is, in wall ms; NaN when there is no such day. */
export function dayBeginMs(day: string, timeZone: string): number {
  const utcMs = Date.parse(`${day}T00:00:00Z`);
  if (Number.isNaN(utcMs)) return utcMs;
  // Twice: the first guess may lie on the other side of a change of the clocks.
  const guessMs = utcMs - aheadMs(utcMs, timeZone);
  return utcMs - aheadMs(guessMs, timeZone);
}

/** The day after; not 24 hours later where the clocks change. */
export const dayAfter = (day: string): string =>
  new Date(Date.parse(`${day}T00:00:00Z`) + 86_400_000).toISOString().slice(0, 10);

/** A time as the clocks of the site show it: 2026-03-01 08:30. */
export const siteTime = (iso: string, timeZone: string): string =>
  localText(Date.parse(iso), timeZone).slice(0, 16);

const aheadMs = (ms: number, timeZone: string): number =>
  Date.parse(`${localText(ms, timeZone).replace(' ', 'T')}Z`) - ms;

// Sweden writes it as 2026-03-01 08:30:00.
const localText = (ms: number, timeZone: string): string =>
  new Date(ms).toLocaleString('sv-SE', { timeZone });
