import type { Random } from '#contracts/clock.ts';

/**
 * Chance that a seed repeats: the same seed gives the same warehouse.
 *
 * Source: mulberry32, Tommy Ettinger 2017 (public domain): 32 bits of state, passes gjrand. Not for secrets.
 */
export function seededRandom(seed: number): Random {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
