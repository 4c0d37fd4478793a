/** What a benchmark says last, as one line of JSON. Other fields carry its yardsticks and details. */
export interface BenchResult {
  readonly bench: string;
  readonly value: number;
  readonly unit: string;
  readonly budget: number;
  readonly holds: boolean;
  readonly [detail: string]: unknown;
}

/** Value at a quantile of samples, by nearest rank. `quantile` in [0, 1]; 0 for no samples. */
export function quantile(samples: readonly number[] | Float64Array, q: number): number {
  const sorted = Float64Array.from(samples).sort();
  const index = Math.min(sorted.length - 1, Math.max(0, Math.ceil(q * sorted.length) - 1));
  return sorted[index] ?? 0;
}

export const median = (samples: readonly number[]): number => quantile(samples, 0.5);
