import type { Random } from '#contracts/clock.ts';

export interface Backoff {
  readonly firstMs: number;
  readonly maxMs: number;
}

// 2^20 times any firstMs is past any maxMs; beyond it the power only loses precision.
const DOUBLINGS_MAX = 20;

/**
 * Pause before the next attempt: exponential, capped, with full jitter, so that robots that lost the same access
 * point do not come back in step.
 *
 * Shape:  attempt, 0 for the first pause.
 * Unit:   milliseconds, whole, in [0, maxMs].
 * Source: "Exponential Backoff And Jitter", AWS Architecture Blog 2015, "full jitter".
 */
export function backoffMs(attempt: number, { firstMs, maxMs }: Backoff, random: Random): number {
  const ceilingMs = Math.min(maxMs, firstMs * 2 ** Math.min(attempt, DOUBLINGS_MAX));
  return Math.floor(random() * (ceilingMs + 1));
}
