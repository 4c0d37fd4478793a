/** Set to one number, it repeats that run alone: `HOLDFAST_SEED=42 npm test`. */
const SEED_VARIABLE = 'HOLDFAST_SEED';

/**
 * Runs something once for each of so many seeds, or for the one that HOLDFAST_SEED names.
 *
 * Errors: that of the first seed that fails, with the seed and how to repeat it.
 */
export async function eachSeed(
  { seeds, first = 1 }: { readonly seeds: number; readonly first?: number },
  run: (seed: number) => Promise<void>,
): Promise<void> {
  const only = process.env[SEED_VARIABLE];
  const list =
    only === undefined ? Array.from({ length: seeds }, (_one, index) => first + index) : [Number(only)];
  for (const seed of list) {
    try {
      await run(seed);
    } catch (error) {
      const words = error instanceof Error ? error.message : String(error);
      throw new Error(`seed ${seed} failed; repeat it with ${SEED_VARIABLE}=${seed}\n${words}`, {
        cause: error,
      });
    }
  }
}
