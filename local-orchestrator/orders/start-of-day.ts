const DAY_MS = 86_400_000;

/** Wall time at which the day of `nowMs` began in a time zone. Days of 23 and 25 hours are days. */
export function startOfDayMs(nowMs: number, timeZone: string): number {
  const format = new Intl.DateTimeFormat('en-CA', { timeZone, dateStyle: 'short' });
  const today = format.format(nowMs);
  // The offset at midnight may differ from the one now, so midnight is sought, not computed.
  let low = nowMs - 2 * DAY_MS;
  let high = nowMs;
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (format.format(middle) === today) high = middle;
    else low = middle;
  }
  return high;
}
