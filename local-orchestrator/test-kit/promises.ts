import type { Store } from '#contracts/store.ts';
import type { Orchestrator } from '../orchestrator.ts';
import type { Acknowledged } from './ledger.ts';
import type { Effect } from './plant.ts';

/** What a site owes to everybody, whatever goes wrong; each sentence here is one that it broke. */
export async function brokenPromises(parts: {
  readonly store: Store;
  readonly orchestrator: Orchestrator;
  readonly acknowledged: readonly Acknowledged[];
  readonly effects: readonly Effect[];
}): Promise<string[]> {
  const { store, orchestrator, acknowledged, effects } = parts;
  const lost = await Promise.all(acknowledged.map((entry) => lostOf(store, entry)));
  return [...lost.flat(), ...doneTwice(effects), ...(await orphanedTasks(store, orchestrator))];
}

/** Nothing acknowledged is lost. */
async function lostOf(store: Store, entry: Acknowledged): Promise<string[]> {
  if (entry.what === 'decided') {
    const [task] = await store.query('task.one', { taskId: entry.taskId });
    const isKept = task?.decision === entry.decision && task.decided_by === entry.by;
    return isKept ? [] : [`lost: ${entry.by} decided ${entry.decision} on ${entry.taskId}`];
  }
  const { sagaId } = entry;
  const [saga] = await store.query('saga.state', { sagaId });
  switch (entry.what) {
    case 'started':
      return saga === undefined ? [`lost: saga ${sagaId} was begun`] : [];
    case 'cancelled':
      return saga?.status === 'completed' ? [`lost: saga ${sagaId} was cancelled`] : [];
    case 'signal': {
      const [signal] = await store.query('saga.signal', { sagaId, signalId: entry.id });
      return signal === undefined ? [`lost: signal ${entry.id} to saga ${sagaId}`] : [];
    }
  }
}

/** Nothing is done twice: one piece of work has one effect, however often it was attempted. */
function doneTwice(effects: readonly Effect[]): string[] {
  const counts = new Map<string, number>();
  for (const { commandId, action } of effects) {
    const key = `${commandId.replace(/:a\d+$/, '')} (${action})`;
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  return [...counts].flatMap(([key, count]) => (count === 1 ? [] : [`done ${count} times: ${key}`]));
}

/** Nobody is asked about a saga that has ended. */
async function orphanedTasks(store: Store, orchestrator: Orchestrator): Promise<string[]> {
  const broken: string[] = [];
  for (const { taskId, sagaId } of orchestrator.tasks()) {
    const [saga] = await store.query('saga.state', { sagaId });
    if (saga === undefined || saga.ended_ms !== null) {
      broken.push(`task ${taskId} is open, and saga ${sagaId} has ended`);
    }
  }
  return broken;
}
