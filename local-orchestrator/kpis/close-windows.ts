import type { Clock } from '#contracts/clock.ts';
import { createEvent } from '#contracts/events/envelope.ts';
import { kpiWindowClosed } from '#contracts/events/kpi.ts';
import type { KpiSpan } from '#contracts/kpis.ts';
import type { Store, StoreOp } from '#contracts/store.ts';
import type { KpiBook } from './kpi-book.ts';
import { readDays, readHours, type SagaSums, windowOf } from './kpi-read.ts';
import type { Windows } from './windows.ts';

/** What is still on its way to the disk when an hour ends finds its place before the hour is closed. */
const GRACE_MS = 30_000;
const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** Hours are kept so long, folded days so long. */
export const HOURS_KEPT_MS = 8 * DAY_MS;
export const DAYS_KEPT_MS = 400 * DAY_MS;

/** Up to where hours take nothing more, hours have their events, and days are folded. */
export interface Marks {
  floor: number;
  hour: number;
  day: number;
}

/**
 * Closes the hours and days that have ended: an event for each saga and window, in the transaction that says that
 * it is closed. What came about while the process was down is closed when it is back.
 */
export async function closeWindows(parts: {
  store: Store;
  clock: Clock;
  site: string;
  windows: Windows;
  book: KpiBook;
  marks: Marks;
}): Promise<void> {
  const { store, clock, site, windows, book, marks } = parts;
  const nowMs = clock.nowMs();
  const throughMs = windows.hourOf(nowMs - GRACE_MS);
  if (throughMs <= marks.hour) return;

  const markOp = (mark: keyof Marks, toMs: number): StoreOp => ({
    op: 'run',
    statement: 'kpi.mark',
    params: { mark, throughMs: toMs },
  });
  const eventOps = (sums: readonly SagaSums[], span: KpiSpan): StoreOp[] =>
    sums.map((one) => {
      const { closed: _closed, ...data } = windowOf(one, span, windows, throughMs);
      const context = { site, component: 'orchestrator', nowMs, correlationId: `kpi:${one.saga}` };
      return { op: 'append', event: createEvent(kpiWindowClosed, one.saga, data, context) };
    });
  const firstHourFrom = async (fromMs: number): Promise<number | null> => {
    const [row] = await store.query('kpi.firstHour', { fromMs, toMs: throughMs });
    return row?.hour_ms == null ? null : Number(row.hour_ms);
  };
  const closeHour = async (fromMs: number) => {
    const toMs = windows.endOf('hour', fromMs);
    const sums = await readHours(store, { fromMs, toMs, saga: null });
    await store.commit([...eventOps(sums, 'hour'), markOp('hour', toMs)], { reserve: true });
    marks.hour = toMs;
  };
  const closeDay = async (dayMs: number) => {
    const toMs = windows.endOf('day', dayMs);
    // A site that changed its time zone begins its first day there where the last one ended.
    const fromMs = Math.max(dayMs, marks.day);
    const sums = await readDays(store, windows, { fromMs, toMs, saga: null }, marks.day);
    const fold: StoreOp = { op: 'run', statement: 'kpi.fold', params: { fromMs, toMs } };
    await store.commit([...eventOps(sums, 'day'), fold, markOp('day', toMs)], { reserve: true });
    marks.day = toMs;
  };

  // Whatever was counted before this commit is on disk before it; whatever is counted after it goes elsewhere.
  book.close(throughMs);
  await store.commit([markOp('floor', throughMs)], { reserve: true });
  marks.floor = throughMs;
  for (let hour = await firstHourFrom(marks.hour); hour !== null; hour = await firstHourFrom(marks.hour)) {
    await closeHour(hour);
  }
  const dayMs = windows.dayOf(throughMs);
  for (let hour = await firstHourFrom(marks.day); hour !== null; hour = await firstHourFrom(marks.day)) {
    if (hour >= dayMs) break;
    await closeDay(windows.dayOf(hour));
  }
  const old: StoreOp[] = [
    {
      op: 'run',
      statement: 'kpi.forgetHours',
      params: { beforeMs: Math.min(marks.day, nowMs - HOURS_KEPT_MS) },
    },
    { op: 'run', statement: 'kpi.forgetDays', params: { beforeMs: nowMs - DAYS_KEPT_MS } },
  ];
  await store.commit([...old, markOp('hour', throughMs), markOp('day', dayMs)], { reserve: true });
  marks.hour = throughMs;
  marks.day = dayMs;
}

/** When the next hour can be closed. */
export const nextCloseMs = (windows: Windows, nowMs: number): number =>
  windows.endOf('hour', windows.hourOf(nowMs - GRACE_MS)) + GRACE_MS;
