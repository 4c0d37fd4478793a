import type { Random } from '#contracts/clock.ts';
import { sequenceOf } from '../decide/backoff.ts';

/**
 * A sequence of its own for each name, all from one seed: what one part of a test draws does not shift what
 * another part draws.
 */
export const chanceOf = (seed: number, name: string): Random =>
  sequenceOf(fnv1a(`${seed} ${name}`) / 2 ** 32);

/** FNV-1a, 32 bit, with a last stir so that names that differ in their last character lie far apart. */
function fnv1a(text: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index += 1) {
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  }
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  return (hash ^ (hash >>> 13)) >>> 0;
}

/** A whole number from `least` to `most`, both included. */
export const between = (random: Random, least: number, most: number): number =>
  least + Math.floor(random() * (most - least + 1));

/** One of a list that is not empty. */
export function pick<T>(random: Random, from: readonly T[]): T {
  const chosen = from[Math.floor(random() * from.length)];
  if (chosen === undefined) throw new RangeError('nothing to pick from');
  return chosen;
}
