/** Turns of the event loop without a sign of life after which a site is at rest. */
const CALM_TURNS = 4;
/** Busy for longer, it will not come to rest by itself. */
const TURNS_MAX = 2_000_000;

/**
 * Resolves when nothing goes on any more that does not wait for time; with true when nothing went on. `activity`
 * grows while something does.
 */
export async function comesToRest(activity: () => number): Promise<boolean> {
  const before = activity();
  let seen = before;
  let calm = 0;
  for (let turns = 0; calm < CALM_TURNS; turns += 1) {
    if (turns > TURNS_MAX) throw new Error('the site does not come to rest: something goes on without end');
    await new Promise<void>((resolve) => setImmediate(resolve));
    const now = activity();
    calm = now === seen ? calm + 1 : 0;
    seen = now;
  }
  return seen === before;
}
