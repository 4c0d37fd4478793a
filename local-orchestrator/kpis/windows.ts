import type { KpiSpan } from '#contracts/kpis.ts';
import { startOfDayMs } from '../orders/start-of-day.ts';

const HOUR_MS = 3_600_000;
/** Longer than any day, shorter than two: from its midnight it leads into the next day, whatever the clocks do. */
const INTO_NEXT_DAY_MS = 30 * HOUR_MS;

export interface Windows {
  /** Begin of the hour; hours are counted from the midnight of the site, so that a day is made of whole ones. */
  hourOf(atMs: number): number;
  dayOf(atMs: number): number;
  endOf(span: KpiSpan, fromMs: number): number;
}

/** Hours and days of a time zone. Midnights are sought once a day: asking is cheap. */
export function createWindows(timeZone: string): Windows {
  let day = { fromMs: 0, toMs: 0 };

  const dayAt = (atMs: number) => {
    if (atMs >= day.fromMs && atMs < day.toMs) return day;
    const fromMs = startOfDayMs(atMs, timeZone);
    day = { fromMs, toMs: startOfDayMs(fromMs + INTO_NEXT_DAY_MS, timeZone) };
    return day;
  };
  const hourOf = (atMs: number): number => {
    const { fromMs } = dayAt(atMs);
    return fromMs + Math.floor((atMs - fromMs) / HOUR_MS) * HOUR_MS;
  };
  return {
    hourOf,
    dayOf: (atMs) => dayAt(atMs).fromMs,
    // Where the clocks move by half an hour, the last hour of that day is a short one.
    endOf: (span, fromMs) =>
      span === 'day' ? dayAt(fromMs).toMs : Math.min(fromMs + HOUR_MS, dayAt(fromMs).toMs),
  };
}
