/**
 * Time as an ability. Only the composition root makes the real one; tests hand in their own.
 *
 * Unit: milliseconds. `nowMs` is wall time since the epoch and may jump; `monotonicMs` never runs backwards.
 */
export interface Clock {
  nowMs(): number;
  monotonicMs(): number;
  /** Calls `run` once after `delayMs`; the returned function cancels it. Delays over 2^31 ms are kept. */
  after(delayMs: number, run: () => void): () => void;
}

// setTimeout fires at once when asked for more than this.
const TIMER_MS_MAX = 2 ** 31 - 1;

export const systemClock: Clock = {
  nowMs: () => Date.now(),
  monotonicMs: () => performance.now(),
  after(delayMs, run) {
    let timer: ReturnType<typeof setTimeout>;
    const arm = (leftMs: number) => {
      timer = setTimeout(
        () => (leftMs > TIMER_MS_MAX ? arm(leftMs - TIMER_MS_MAX) : run()),
        Math.max(0, Math.min(leftMs, TIMER_MS_MAX)),
      );
    };
    arm(delayMs);
    return () => clearTimeout(timer);
  },
};

/** Chance as an ability: a number in [0, 1). */
export type Random = () => number;
