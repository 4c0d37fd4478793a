import type { BurnSpeed } from '#contracts/kpis.ts';

export interface SloCounts {
  readonly good: number;
  readonly bad: number;
}

/** Over so many days the error budget is counted. */
export const SLO_PERIOD_DAYS = 28;

/**
 * When a burn is told, and when it is told to be over.
 *
 * Source: Site Reliability Workbook, chapter 5: 14.4 uses 2 % of a month's budget in an hour, 6 uses 5 % in six.
 */
export const burnPolicies: Readonly<Record<BurnSpeed, { readonly hours: number; readonly burnMax: number }>> =
  {
    fast: { hours: 1, burnMax: 14.4 },
    slow: { hours: 6, burnMax: 6 },
  };
/** Fewer than so many bad ones in its stretch tell nothing: of three sagas a night, one may fail. */
export const BURN_BAD_COUNT_MIN = 3;

/** 1 uses the budget up in exactly the period; 0 uses none. */
export function burnOf({ good, bad }: SloCounts, objective: number): number {
  const total = good + bad;
  return total === 0 ? 0 : bad / total / (1 - objective);
}

/** Share of the budget of the period that is left; below 0 it is overdrawn. */
export function budgetRemaining(period: SloCounts, objective: number): number {
  return 1 - burnOf(period, objective);
}

export const isBurning = (counts: SloCounts, objective: number, speed: BurnSpeed): boolean =>
  counts.bad >= BURN_BAD_COUNT_MIN && burnOf(counts, objective) > burnPolicies[speed].burnMax;
