import type { RolloutTake } from '#contracts/rollout.ts';

/** On whom a version is tried, as it was typed; null while that says nothing that can be done. */
export function takeOf(by: 'share' | 'values', percent: string, values: string): RolloutTake | null {
  if (by === 'share') {
    const share = Number(percent);
    return percent.trim() !== '' && share > 0 && share <= 100 ? { percent: share } : null;
  }
  const list = values
    .split(',')
    .map((value) => value.trim())
    .filter((value) => value !== '');
  return list.length === 0 ? null : { values: list };
}
