import type { LedgerEntry, Sim, SimOptions } from '../../drivers/sim/index.ts';
import { startSim } from '../../drivers/sim/index.ts';
import { smallFloor } from './bench-world.ts';

/** A whole site on free ports, a minute of physics per second of the test. */
export const startTestSim = (options: Partial<SimOptions> = {}): Promise<Sim> =>
  startSim({ map: smallFloor(), robots: 2, speed: 60, ...options });

type Kind = LedgerEntry['kind'];
type Of<K extends Kind> = Extract<LedgerEntry, { kind: K }>;

/** The first fact of a kind that fits, told already or still to come. The test's own limit ends a wait in vain. */
export function nextFact<K extends Kind>(
  sim: Sim,
  kind: K,
  fits: (fact: Of<K>) => boolean = () => true,
): Promise<Of<K>> {
  const isIt = (entry: LedgerEntry): entry is Of<K> => entry.kind === kind && fits(entry as Of<K>);
  const found = sim.ledger().find(isIt);
  if (found !== undefined) return Promise.resolve(found);
  return new Promise((resolve) => {
    const stop = sim.onFact((entry) => {
      if (!isIt(entry)) return;
      stop();
      resolve(entry);
    });
  });
}
