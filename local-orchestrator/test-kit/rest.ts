/** Turns of the event loop without a sign of life after which a site is at rest. */
const CALM_TURNS = 4;
/** The same when there was none at all: most timers only make somebody look around. */
const IDLE_TURNS = 2;
/** Busy for longer, it will not come to rest by itself. */
const TURNS_MAX = 2_000_000;

/**
 * Resolves when nothing goes on any more that does not wait for time. `activity` grows while something does; `busy`
 * is there while something goes on elsewhere, and resolves when that is over.
 *
 * Errors: when it does not come to rest.
 */
export function comesToRest(activity: () => number, busy: () => Promise<void> | null): Promise<void> {
  const before = activity();
  let seen = before;
  let calm = 0;
  let turns = 0;
  // One promise for all turns: in thirty days there are a million of them.
  return new Promise((resolve, reject) => {
    const look = () => {
      const elsewhere = busy();
      // However long a disk takes on a busy machine: turns of the loop are no measure of it.
      if (elsewhere !== null) return void elsewhere.then(() => setImmediate(look));
      const now = activity();
      calm = now === seen ? calm + 1 : 0;
      seen = now;
      turns += 1;
      if (calm >= (seen === before ? IDLE_TURNS : CALM_TURNS)) resolve();
      else if (turns < TURNS_MAX) setImmediate(look);
      else reject(new Error('the site does not come to rest: something goes on without end'));
    };
    setImmediate(look);
  });
}
