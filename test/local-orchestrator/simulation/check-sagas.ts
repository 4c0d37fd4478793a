import { taskChanged } from '#contracts/events/task.ts';
import { offset } from '#contracts/ids.ts';
import type { Json } from '#contracts/sagas.ts';
import type { JournalEntry } from '../../../local-orchestrator/decide/state.ts';
import type { TestSite } from '../../../local-orchestrator/test-kit/index.ts';
import { evidenceOf, misheardBy, type Rebuilt } from './evidence.ts';
import type { ModelService } from './model-service.ts';
import { ACT_AT } from './random-waits.ts';
import { EDITED } from './redrives.ts';
import type { SimWorld } from './world.ts';

export interface Verdict {
  /** Everything that a site promises about its sagas, told as what was broken. */
  readonly problems: readonly string[];
  readonly ends: readonly string[];
  /** What came about, by the records of the sagas. */
  readonly evidence: ReadonlySet<string>;
}

export async function checkSagas(site: TestSite, world: SimWorld, models: ModelService): Promise<Verdict> {
  const { orchestrator } = await site.running();
  const { sagas } = await orchestrator.history.search({});
  const problems: string[] = [];
  const ends: string[] = [];
  const evidence = new Set<string>();
  const known = new Set<string>();
  for (const { sagaId } of sagas) {
    const rebuilt = await orchestrator.history.sagaAt(sagaId);
    if (rebuilt === undefined) {
      problems.push(`${sagaId} has no history`);
      continue;
    }
    const { state, faithful } = rebuilt;
    ends.push(state.status);
    for (const what of evidenceOf(rebuilt)) evidence.add(what);
    problems.push(...misheardBy(rebuilt));
    if (faithful !== true) problems.push(`${sagaId}: its history does not give the state that is stored`);
    if (state.status === 'running' || state.status === 'compensating') {
      problems.push(`${sagaId} is still ${state.status}: ${JSON.stringify(state.positions)}`);
      continue;
    }
    for (const entry of state.journal) problems.push(...judgeEntry(rebuilt, entry, { world, models, known }));
  }
  if (await hasEscalated(site)) evidence.add('escalated');
  for (const key of world.keys()) {
    if (!known.has(key)) problems.push(`${key} was done, and nothing is written about it`);
    if (world.count(key) > 1) problems.push(`${key} was done ${world.count(key)} times`);
  }
  return { problems, ends, evidence };
}

async function hasEscalated(site: TestSite): Promise<boolean> {
  const { store } = await site.running();
  const records = await store.readLog(offset(0), { types: [taskChanged.type], countMax: 1_000 });
  return records.some(({ event }) => (event.data as { change?: string }).change === 'escalated');
}

interface Witnesses {
  readonly world: SimWorld;
  readonly models: ModelService;
  /** Keys that something is written about. */
  readonly known: Set<string>;
}

function judgeEntry({ state, definition }: Rebuilt, entry: JournalEntry, seen: Witnesses): string[] {
  const { world, models, known } = seen;
  const node = definition.nodes[entry.node];
  const key = `${state.sagaId}:${entry.node}.${entry.visit}`;
  if (node?.kind === 'model') return judgeModel(models, key, entry);
  if (node?.kind !== 'step') return [];
  for (const one of [key, `${key}:undo`, `${key}#0`, `${key}#1`]) known.add(one);
  return [
    ...judgeWork(world, key, entry, state.status === 'completed', node.compensation?.when),
    ...judgeOutput(key, entry, node.activity.via !== 'command'),
  ];
}

/** Done once if it counts as done, taken back once if it was to be taken back, and not otherwise. */
function judgeWork(
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
  // Who skips amends has made them by hand, or seen that they were made.
  if (amends !== 'made' && amends !== 'skipped' && undone !== 0)
    broken('it was undone, and nobody wrote it down');
  if (amends === 'due' && !isCompleted) broken('amends were due at the end');
  const isOwed = amendsWhen === 'started' ? done > 0 : amendsWhen === 'completed' && outcome === 'done';
  if (amends === 'none' && isOwed) broken('it happened, and nobody would take it back');
  return problems;
}

/** What came out of a piece of work is its own. */
function judgeOutput(key: string, { node, outcome, output }: JournalEntry, isNamed: boolean): string[] {
  if (!isNamed || outcome !== 'done') return [];
  const { name } = output as { name: Json };
  const isOwn = String(name).replaceAll(EDITED, '') === node;
  return isOwn ? [] : [`${key} was given the output of ${String(name)}`];
}

/** What a model decided it has said, and was sure of. */
function judgeModel(models: ModelService, key: string, { node, outcome, output }: JournalEntry): string[] {
  const { by, decision, score } = output as { by?: string; decision?: string; score?: number };
  if (outcome !== 'done' || by !== 'model') return [];
  const problems: string[] = [];
  if ((score ?? 0) < ACT_AT) problems.push(`${key}: a model was followed that was only ${score} sure`);
  if (!models.hasSaid(node, decision ?? '', score ?? 0)) problems.push(`${key}: no model said ${decision}`);
  return problems;
}
