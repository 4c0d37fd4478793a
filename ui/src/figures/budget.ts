import type { SloStatus } from '#contracts/kpis.ts';

const DAY_MS = 86_400_000;

/** What is left of an error budget and when it would be gone at the pace of the last hours. */
export type Budget =
  | { readonly is: 'unused'; readonly left: number }
  | { readonly is: 'lasting'; readonly left: number }
  | { readonly is: 'going'; readonly left: number; readonly goneInMs: number }
  | { readonly is: 'gone'; readonly over: number };

/**
 * A burn of 1 uses the whole budget in exactly the period, so what is left lasts `left * period / burn`. The burn of
 * the last six hours counts: that of one hour swings with a single bad one. What lasts longer than the period lasts.
 */
export function budgetOf({ budgetRemaining: left, burnSlow, periodDays }: SloStatus): Budget {
  if (left <= 0) return { is: 'gone', over: -left };
  if (burnSlow <= 0) return { is: 'unused', left };
  const goneInMs = (left * periodDays * DAY_MS) / burnSlow;
  return goneInMs > periodDays * DAY_MS ? { is: 'lasting', left } : { is: 'going', left, goneInMs };
}
