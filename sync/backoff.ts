import type { Random } from '#contracts/clock.ts';

export interface RetryLimits {
  readonly firstMs: number;
  readonly maxMs: number;
}

/** 2^20 times any first pause is past every cap; more would leave the integers. */
const DOUBLINGS_MAX = 20;

/**
 * Pause before attempt `strikes` + 1: capped exponential, full jitter.
 *
 * Source: "Exponential Backoff And Jitter", AWS Architecture Blog 2015: full jitter spreads a hundred sites that
 * lost one region best. The floor of a tenth keeps a lucky zero from hammering.
 */
export function backoffMs(strikes: number, limits: RetryLimits, random: Random): number {
  const doublings = Math.min(Math.max(strikes - 1, 0), DOUBLINGS_MAX);
  const ceiling = Math.min(limits.maxMs, limits.firstMs * 2 ** doublings);
  return Math.round(ceiling * (0.1 + 0.9 * random()));
}
