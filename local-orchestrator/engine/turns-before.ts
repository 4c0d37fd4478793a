import type { Store } from '#contracts/store.ts';
import type { TurnsBefore } from '../activities/limits.ts';
import type { SteadyClock } from './steady-clock.ts';

const MINUTE_MS = 60_000;
/** Newest transitions that are looked at; what a busy site did before them within the minute counts as full. */
export const LOOK_BACK_COUNT_MAX = 20_000;

/** Turns at limits that the process before granted within the last minute, by what it wrote down. */
export async function turnsBefore(store: Store, clock: SteadyClock): Promise<TurnsBefore> {
  const nowMs = clock.wallMs(clock.nowMs());
  const sinceMs = nowMs - MINUTE_MS;
  const [row] = await store.query('saga.turnsSince', { sinceMs, countMax: LOOK_BACK_COUNT_MAX });
  // A wall clock that was set back since makes them come from later than now: they count as just begun.
  const monotonic = (wallMs: number) => clock.monotonicMs() - Math.max(0, nowMs - wallMs);
  const begunMs = JSON.parse(String(row?.begun ?? '[]')) as number[];
  const isCut = Number(row?.looked ?? 0) >= LOOK_BACK_COUNT_MAX;
  return {
    begunMs: begunMs.toSorted((a, b) => a - b).map(monotonic),
    fullMs: isCut ? monotonic(Number(row?.oldest_ms)) : Number.NEGATIVE_INFINITY,
  };
}
