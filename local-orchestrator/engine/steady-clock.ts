import type { Clock } from '#contracts/clock.ts';

/**
 * The clock by which deadlines go: wall time as it was when the process began, counted on by the monotonic clock.
 * Setting the wall clock moves no deadline of a running process. See docs/decisions/steady-deadlines.md.
 */
export interface SteadyClock extends Clock {
  /** The same moment by the wall clock, as it is set now: for records, for people, and for the gate. */
  wallMs(steadyMs: number): number;
}

/** How far the clock on the wall is ahead of the steady one, for times that people read. */
export const aheadOf = (clock: SteadyClock): number => {
  const nowMs = clock.nowMs();
  return clock.wallMs(nowMs) - nowMs;
};

/** Two clocks never tick alike; only a wall clock that is off by more has been set. */
const DRIFT_MS_MAX = 1_000;

export function createSteadyClock(clock: Clock): SteadyClock {
  const beganMs = clock.nowMs() - clock.monotonicMs();
  const nowMs = () => Math.floor(beganMs + clock.monotonicMs());
  return {
    nowMs,
    monotonicMs: () => clock.monotonicMs(),
    after: (delayMs, run) => clock.after(delayMs, run),
    wallMs(steadyMs) {
      const setByMs = clock.nowMs() - nowMs();
      return Math.abs(setByMs) < DRIFT_MS_MAX ? steadyMs : steadyMs + setByMs;
    },
  };
}
