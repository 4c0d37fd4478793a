import type { Clock } from '#contracts/clock.ts';
import type { Log } from '#contracts/log.ts';
import type { Store } from '#contracts/store.ts';

export interface Alarm {
  /** Something is due then; cheap to call for every transition. */
  at(wakeMs: number): void;
  /** Arms for what is on disk; what came due while the process was down fires now, once. */
  start(): Promise<void>;
  stop(): void;
}

const DUE_COUNT_MAX = 500;
const RETRY_MS = 1_000;

/** One armed timer for all rows of a table. What is due is asked of the table, so nothing is kept per row. */
export function createAlarm(parts: {
  store: Store;
  clock: Clock;
  log: Log;
  /** Statements: ids (as `id`) of what is due at `:nowMs`, and the earliest `wake_ms` of all. */
  due: string;
  next: string;
  /** False when none of them moved. */
  wake: (ids: readonly string[]) => Promise<boolean>;
}): Alarm {
  const { store, clock, log, wake } = parts;
  let dueAtMs = Number.POSITIVE_INFINITY;
  let disarm: () => void = () => {};
  let ringing = false;
  let started = false;
  let stopped = false;

  const arm = (wakeMs: number) => {
    dueAtMs = wakeMs;
    disarm();
    const delayMs = Math.max(0, wakeMs - clock.nowMs());
    // Nothing is asked of the table before its time: ten thousand sagas that wait cost a look at the clock.
    disarm = clock.after(delayMs, () => (clock.nowMs() < wakeMs ? arm(wakeMs) : void ring()));
  };

  const ring = async (): Promise<void> => {
    if (stopped || ringing) return;
    ringing = true;
    dueAtMs = Number.POSITIVE_INFINITY;
    let next: number | null = null;
    try {
      const progress = await wakeDue();
      const [row] = await store.query(parts.next);
      const wakeMs = row?.wake_ms ?? null;
      if (wakeMs !== null) next = Number(wakeMs);
      // Due and yet nothing came of it: not again at once.
      if (!progress && next !== null) next = Math.max(next, clock.nowMs() + RETRY_MS);
    } catch (error) {
      if (!stopped) log.warn({ err: error }, 'the timers could not be read; will try again');
      next = clock.nowMs() + RETRY_MS;
    }
    ringing = false;
    if (stopped) return;
    // A transition may have asked for an earlier time meanwhile.
    const wakeMs = Math.min(next ?? Number.POSITIVE_INFINITY, dueAtMs);
    if (wakeMs < Number.POSITIVE_INFINITY) arm(wakeMs);
  };

  /** False when something was due and none of it moved. */
  const wakeDue = async (): Promise<boolean> => {
    const rows = await store.query(parts.due, { nowMs: clock.nowMs(), countMax: DUE_COUNT_MAX });
    if (rows.length === 0) return true;
    return wake(rows.map((row) => String(row.id)));
  };

  return {
    at(wakeMs) {
      if (!started || stopped || wakeMs >= dueAtMs) return;
      if (ringing) dueAtMs = wakeMs;
      else arm(wakeMs);
    },
    async start() {
      started = true;
      await ring();
    },
    stop() {
      stopped = true;
      disarm();
    },
  };
}
