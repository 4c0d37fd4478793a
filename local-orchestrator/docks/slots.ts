/** A stretch of time at a dock; `toMs` is exclusive. Wall time, ms since the epoch. */
export interface Stretch {
  readonly fromMs: number;
  readonly toMs: number;
}

export const overlaps = (a: Stretch, b: Stretch): boolean => a.fromMs < b.toMs && b.fromMs < a.toMs;

/** What is left of `within` beside what is taken, earliest first. Pure. */
export function freeSlots(taken: readonly Stretch[], within: Stretch): Stretch[] {
  const free: Stretch[] = [];
  let fromMs = within.fromMs;
  for (const slot of taken.toSorted((a, b) => a.fromMs - b.fromMs)) {
    if (slot.toMs <= fromMs) continue;
    if (slot.fromMs >= within.toMs) break;
    if (slot.fromMs > fromMs) free.push({ fromMs, toMs: slot.fromMs });
    fromMs = slot.toMs;
  }
  if (fromMs < within.toMs) free.push({ fromMs, toMs: within.toMs });
  return free;
}

/** Earliest begin of a free stretch that is long enough; null when there is none. Pure. */
export const nextFree = (taken: readonly Stretch[], within: Stretch, lengthMs: number): number | null =>
  freeSlots(taken, within).find(({ fromMs, toMs }) => toMs - fromMs >= lengthMs)?.fromMs ?? null;
