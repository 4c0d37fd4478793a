import { setImmediate as turn } from 'node:timers/promises';
import type { StoreHost } from '../../appliance/store/index.ts';
import type { FakeClock } from './fake-clock.ts';

/** Of this test file, until they are closed. */
const stores = new Set<StoreHost>();

/** Fake time waits for this store: on a loaded machine a real disk would otherwise be hours behind. */
export function waitsFor(store: StoreHost): StoreHost {
  stores.add(store);
  return store;
}

/** What a commit leads to is another commit, and now and then one more. */
const ROUNDS = 3;

/** Resolves when everything is on disk that was on its way there, and what followed from it. */
async function settled(): Promise<void> {
  for (let round = 0; round < ROUNDS; round += 1) {
    // An empty commit takes its place in the line like any other.
    await Promise.all([...stores].map((store) => store.commit([]).catch(() => stores.delete(store))));
    await turn();
  }
}

const WAIT_MS_MAX = 30_000;

/** Time passes in steps, and the store works in between; no more of it once the thing has come about. */
export async function passUntil(
  clock: FakeClock,
  stepMs: number,
  what: string,
  probe: () => boolean | Promise<boolean>,
): Promise<void> {
  const endMs = performance.now() + WAIT_MS_MAX;
  while (!(await probe())) {
    if (performance.now() > endMs) throw new Error(`waited in vain until ${what}`);
    await clock.pass(stepMs);
    await settled();
  }
}
