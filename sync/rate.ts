/** Time after which an old rate counts for 1/e. Long enough to be calm, short enough to follow a drain. */
const RATE_MEMORY_MS = 5_000;

/** Exponentially weighted rates of one uplink: what arrives and what is acknowledged. */
export interface Rates {
  readonly atMs: number;
  readonly inPerSecond: number;
  readonly outPerSecond: number;
}

export const freshRates = (nowMs: number): Rates => ({ atMs: nowMs, inPerSecond: 0, outPerSecond: 0 });

/** Folds the counts since `rates.atMs` in. Monotonic milliseconds. */
export function nextRates(rates: Rates, counts: { in: number; out: number }, nowMs: number): Rates {
  const passedMs = nowMs - rates.atMs;
  if (passedMs <= 0) return rates;
  const keep = Math.exp(-passedMs / RATE_MEMORY_MS);
  const mix = (old: number, count: number) => old * keep + (count / passedMs) * 1_000 * (1 - keep);
  return {
    atMs: nowMs,
    inPerSecond: mix(rates.inPerSecond, counts.in),
    outPerSecond: mix(rates.outPerSecond, counts.out),
  };
}

/** Seconds until the backlog is gone at the present rates; null when it does not shrink. */
export function drainSeconds(rates: Rates, backlogCount: number): number | null {
  if (backlogCount === 0) return 0;
  const net = rates.outPerSecond - rates.inPerSecond;
  // Under one record a second the estimate would be a guess in days.
  return net < 1 ? null : Math.round((backlogCount / net) * 10) / 10;
}
