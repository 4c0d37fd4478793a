const DAY_MS = 86_400_000;

/** Begin and end of a day on the clock of the site, which may have 23 or 25 hours. `day` is YYYY-MM-DD. */
export function dayBounds(day: string, timeZone: string): { fromMs: number; toMs: number } {
  const utcMs = Date.parse(`${day}T00:00:00Z`);
  return { fromMs: midnight(utcMs, timeZone), toMs: midnight(utcMs + DAY_MS, timeZone) };
}

/** When the clocks of the zone show what a clock in UTC shows at `utcMs`. */
function midnight(utcMs: number, timeZone: string): number {
  const first = utcMs - offsetMs(utcMs, timeZone);
  // The offset at that moment may differ from the one looked up first, on a day on which clocks change.
  return utcMs - offsetMs(first, timeZone);
}

function offsetMs(atMs: number, timeZone: string): number {
  const parts = new Intl.DateTimeFormat('en-GB', {
    timeZone,
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  }).formatToParts(atMs);
  const part = (type: string) => Number(parts.find((one) => one.type === type)?.value);
  const shown = Date.UTC(
    part('year'),
    part('month') - 1,
    part('day'),
    part('hour'),
    part('minute'),
    part('second'),
  );
  return shown - Math.floor(atMs / 1_000) * 1_000;
}
