import type { JournalEntry } from '../../../local-orchestrator/decide/state.ts';
import type { TestSite } from '../../../local-orchestrator/test-kit/index.ts';
import type { SimWorld } from './world.ts';

/** Everything that a site promises about its sagas, told as what was broken. */
export async function checkSagas(site: TestSite, world: SimWorld): Promise<string[]> {
  const { orchestrator } = await site.running();
  const { sagas } = await orchestrator.history.search({});
  const problems: string[] = [];
  const known = new Set<string>();
  for (const { sagaId } of sagas) {
    const rebuilt = await orchestrator.history.sagaAt(sagaId);
    if (rebuilt === undefined) {
      problems.push(`${sagaId} has no history`);
      continue;
    }
    const { state, faithful, definition } = rebuilt;
    if (faithful !== true) problems.push(`${sagaId}: its history does not give the state that is stored`);
    if (state.status === 'running' || state.status === 'compensating') {
      problems.push(`${sagaId} is still ${state.status}: ${JSON.stringify(state.positions)}`);
      continue;
    }
    for (const entry of state.journal) {
      const node = definition.nodes[entry.node];
      if (node?.kind !== 'step') continue;
      const key = `${sagaId}:${entry.node}.${entry.visit}`;
      for (const one of [key, `${key}:undo`, `${key}#0`, `${key}#1`]) known.add(one);
      problems.push(...judge(world, key, entry, state.status === 'completed', node.compensation?.when));
    }
  }
  for (const key of world.keys()) {
    if (!known.has(key)) problems.push(`${key} was done, and nothing is written about it`);
    if (world.count(key) > 1) problems.push(`${key} was done ${world.count(key)} times`);
  }
  return problems;
}

/** Done once if it counts as done, taken back once if it was to be taken back, and not otherwise. */
function judge(
  world: SimWorld,
  key: string,
  { outcome, amends }: JournalEntry,
  isCompleted: boolean,
  amendsWhen: 'started' | 'completed' | undefined,
): string[] {
  const done = world.count(key) + world.count(`${key}#1`);
  const undone = world.count(`${key}:undo`);
  const problems: string[] = [];
  const broken = (words: string) => problems.push(`${key} (${outcome}, amends ${amends}): ${words}`);
  if (outcome === 'done' && done !== 1) broken(`it counts as done, and happened ${done} times`);
  if (amends === 'made' && undone !== done)
    broken(`it happened ${done} times, and was undone ${undone} times`);
  if (amends !== 'made' && undone !== 0) broken('it was undone, and nobody wrote it down');
  if (amends === 'due' && !isCompleted) broken('amends were due at the end');
  const isOwed = amendsWhen === 'started' ? done > 0 : amendsWhen === 'completed' && outcome === 'done';
  if (amends === 'none' && isOwed) broken('it happened, and nobody would take it back');
  return problems;
}
