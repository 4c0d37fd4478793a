/** Set by the nightly, which tries other samples each time, and this many times as many. */
const TIMES = 'HOLDFAST_SAMPLES_TIMES';

/** How a property is tried: `npm test` takes the same samples every time, and so fails only for what was changed. */
export function samples(count = 100): { readonly numRuns: number; readonly seed?: number } {
  const times = Number(process.env[TIMES] ?? 1);
  return times === 1 ? { numRuns: count, seed: 1 } : { numRuns: count * times };
}
