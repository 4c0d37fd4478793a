/**
 * What is added up, by name: counts, and sums of milliseconds. Rates, means and quantiles are computed of these
 * when somebody asks (`report.ts`), so that windows can be added to one another.
 */
export const counted = [
  'started',
  'completed',
  'compensated',
  'cancelled',
  'withAmends',
  'durationMs',
  'compensations',
  'failedCompensations',
  'manualMs',
  'deadLetters',
  'detectMs',
  'recoveries',
  'recoverMs',
  'automatedSteps',
  'manualSteps',
  'retries',
  'deliveries',
  'duplicates',
  'sloGood',
  'sloBad',
] as const;
export type Counted = (typeof counted)[number];
/** A bucket of the durations: `duration.<n>` counts those up to `bucketMsMax(n)`. */
export type Figure = Counted | `duration.${number}`;

/** Figures of one saga that were added up; a figure that is not there is 0. */
export type Sums = ReadonlyMap<string, number>;

/** Four to a doubling: a bucket is a fifth wider than the one before. */
const BUCKETS_PER_DOUBLING = 4;

export const bucketOf = (durationMs: number): number =>
  Math.max(0, Math.ceil(Math.log2(Math.max(1, durationMs)) * BUCKETS_PER_DOUBLING));
export const bucketMsMax = (bucket: number): number => 2 ** (bucket / BUCKETS_PER_DOUBLING);

/** The duration that a share of all did not exceed, to the width of a bucket; null when there is none. */
export function durationQuantile(sums: Sums, share: number): number | null {
  const buckets = [...sums]
    .flatMap(([figure, count]) => {
      const [, bucket] = figure.split('duration.');
      return bucket === undefined ? [] : [{ bucket: Number(bucket), count }];
    })
    .sort((a, b) => a.bucket - b.bucket);
  const total = buckets.reduce((sum, { count }) => sum + count, 0);
  let seen = 0;
  for (const { bucket, count } of buckets) {
    seen += count;
    if (seen >= share * total) return Math.round(bucketMsMax(bucket));
  }
  return null;
}
