import type { Random } from '#contracts/clock.ts';
import type { Backoff } from '#contracts/sagas.ts';

const boundMs = (policy: Backoff, count: number): number =>
  Math.min(policy.capMs, policy.firstMs * policy.factor ** Math.min(count - 1, 64));

/**
 * Pause before the next attempt, full jitter: anything from 0 to the bound, so that many sagas that failed
 * together do not come back together. `count` is the number of failures so far, from 1.
 */
export const fullJitterMs = (policy: Backoff, count: number, random: Random): number =>
  Math.floor(random() * boundMs(policy, count));

/**
 * Pause with a floor of half the bound: for questions and refusals, where coming back at once is certain to be
 * in vain.
 */
export const halfJitterMs = (policy: Backoff, count: number, random: Random): number => {
  const bound = boundMs(policy, count);
  return Math.floor(bound / 2 + (random() * bound) / 2);
};

/** A sequence from one recorded number, so that a transition can be decided again with the same chance. */
export function sequenceOf(seed: number): Random {
  let state = Math.floor(seed * 2 ** 32) >>> 0;
  // mulberry32: small, and good enough for jitter.
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
