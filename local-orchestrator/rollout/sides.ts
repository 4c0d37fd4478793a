import { hash } from 'node:crypto';
import type { RolloutTake } from '#contracts/rollout.ts';
import type { Json } from '#contracts/sagas.ts';

/**
 * Whether a saga is on the side of the new version. The same key is always on the same side of the same rollout,
 * on any machine and after any restart; another rollout draws anew, so that not always the same ones go first.
 * Without a key it stays with the old version.
 */
export function isOnNewSide(rolloutId: string, take: RolloutTake, key: Json): boolean {
  if (key === null) return false;
  const text = typeof key === 'string' ? key : JSON.stringify(key);
  if ('values' in take) return take.values.includes(text);
  const drawn = Number.parseInt(hash('sha256', `${rolloutId}\n${text}`, 'hex').slice(0, 12), 16) / 2 ** 48;
  return drawn * 100 < take.percent;
}
