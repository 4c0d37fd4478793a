import { isApplianceError } from '#contracts/errors.ts';
import type { TestSite } from '../../../local-orchestrator/test-kit/index.ts';
import { answerOf } from './asking.ts';

const HOUR_MS = 3_600_000;

/** A saga that has ended takes nothing more, and says so. */
export function unlessEnded(error: unknown): void {
  if (!isApplianceError(error, 'SAGA_ENDED')) throw error;
}

/** Signals by the name of the definition that waits for them. */
export type SignalNames = ReadonlyMap<string, readonly string[]>;

/** So that nobody waits for ever; of two at once, the one that was sent last comes first. Ends when it is told to. */
export function sendRounds(site: TestSite, names: SignalNames): () => void {
  let isOver = false;
  const send = async (round: number) => {
    for (const { sagaId, name: definition } of await alive(site)) {
      for (const name of (names.get(definition) ?? []).toReversed()) {
        site.signal(sagaId, name, {}, `${sagaId} ${name} ${round}`).catch(() => {});
      }
    }
  };
  const sendFrom = (round: number): void => {
    site.clock.after(HOUR_MS, () => {
      if (isOver) return;
      void send(round);
      sendFrom(round + 1);
    });
  };
  sendFrom(1);
  return () => {
    isOver = true;
  };
}

export async function alive(site: TestSite) {
  const { sagas } = await answerOf(site, ({ orchestrator }) => orchestrator.history.search({}));
  return sagas.filter(({ status }) => status === 'running' || status === 'compensating');
}

/** Sagas that go on waiting for a signal that is stored for them. */
export async function unheard(site: TestSite): Promise<string[]> {
  const before = await waitingInVain(site);
  if (before.length === 0) return [];
  // One may be on its way, or the box about to stop.
  await site.pass('10 min');
  const after = await waitingInVain(site);
  return before.filter((one) => after.includes(one));
}

async function waitingInVain(site: TestSite): Promise<string[]> {
  const problems: string[] = [];
  for (const { sagaId } of await alive(site)) {
    const rebuilt = await answerOf(site, ({ orchestrator }) => orchestrator.history.sagaAt(sagaId));
    if (rebuilt === undefined) continue;
    for (const { at, node: id } of rebuilt.state.positions) {
      const node = rebuilt.definition.nodes[id];
      if (at !== 'signal' || node?.kind !== 'signal') continue;
      const params = { sagaId, name: node.signal };
      const [row] = await answerOf(site, ({ store }) => store.query('saga.signalsOpen', params));
      if (row !== undefined)
        problems.push(`${sagaId} waits for ${node.signal}, and ${row.signal_id} is stored`);
    }
  }
  return problems;
}
