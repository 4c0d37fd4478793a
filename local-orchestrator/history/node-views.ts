import type { NodeView } from '#contracts/saga-api.ts';
import type { SagaDefinition, SagaNode } from '#contracts/sagas.ts';
import { hasEnded, type JournalEntry, type Position, type SagaState, stands } from '../decide/state.ts';
import { leadsOf } from '../definition/edges.ts';

type State = NodeView['state'];

/** How each node of the diagram stands. Several lanes may be at one node: the liveliest is shown. */
export function nodeViews(definition: SagaDefinition, state: SagaState): NodeView[] {
  const entries = Map.groupBy(state.journal, ({ node }) => node);
  const positions = Map.groupBy(state.positions, ({ node }) => node);
  const open = new Set(state.groups.map(({ node }) => node));
  const states = new Map<string, State>();
  for (const id of Object.keys(definition.nodes)) {
    states.set(id, open.has(id) ? 'active' : stateOf(positions.get(id) ?? [], entries.get(id) ?? []));
  }
  inferPassed(definition, state, states);
  return Object.entries(definition.nodes).map(([id, node]) => ({
    id,
    kind: node.kind,
    title: 'title' in node ? node.title : id,
    state: states.get(id) ?? 'idle',
    visits: new Set([...(entries.get(id) ?? []), ...(positions.get(id) ?? [])].map(({ visit }) => visit))
      .size,
  }));
}

const liveliest: readonly State[] = ['undoing', 'active', 'waiting'];

function stateOf(positions: readonly Position[], entries: readonly JournalEntry[]): State {
  const alive = positions.map(stateOfPosition);
  const best = liveliest.find((state) => alive.includes(state));
  if (best !== undefined) return best;
  const last = entries.at(-1);
  if (last === undefined) return 'idle';
  if (last.amends === 'made') return 'undone';
  return last.outcome === 'failed' ? 'failed' : 'done';
}

function stateOfPosition(position: Position): State {
  if (position.at !== 'work') return 'waiting';
  if (position.role === 'compensation') return 'undoing';
  return position.phase.is === 'running' || position.phase.is === 'asking' ? 'active' : 'waiting';
}

const ends = { completed: 'completed', failed: 'compensated', cancelled: 'cancelled' } as const;
/** An undo leaves its mark on what it takes back: where nothing was, it was not passed. */
const leavesNoRecord = (node: SagaNode | undefined, { journal }: SagaState): boolean =>
  node?.kind === 'branch' || (node?.kind === 'undo' && !journal.every(stands));

/**
 * Nodes that leave no record of their own were passed when they stand between two that were reached. Where several
 * ways lead from one to the other, more than the one that was gone may show.
 */
function inferPassed(definition: SagaDefinition, state: SagaState, states: Map<string, State>): void {
  const { nodes, start } = definition;
  const next = new Map(Object.entries(nodes).map(([id, node]) => [id, leadsOf(node).map(({ to }) => to)]));
  const back = new Map<string, string[]>();
  for (const [id, ids] of next) for (const to of ids) back.set(to, [...(back.get(to) ?? []), id]);
  const reached = Object.keys(nodes).filter((id) => states.get(id) !== 'idle');

  const isSilent = (id: string) => leavesNoRecord(nodes[id], state);
  const led = silentFrom([...reached.flatMap((id) => next.get(id) ?? []), start], next, isSilent);
  const leads = silentFrom(
    reached.flatMap((id) => back.get(id) ?? []),
    back,
    isSilent,
  );
  for (const id of led) if (leads.has(id)) states.set(id, 'done');
  if (!hasEnded(state)) return;
  const passed = (id: string) => states.get(id) !== 'idle' || led.has(id);
  const reasons = Object.entries(nodes).filter(
    ([id, node]) =>
      node.kind === 'end' && ends[node.outcome] === state.status && (back.get(id) ?? []).some(passed),
  );
  const [only] = reasons;
  if (only !== undefined && reasons.length === 1) states.set(only[0], 'done');
}

/** Silent nodes that are come upon from here along these edges, without passing one that leaves a record. */
function silentFrom(
  first: readonly string[],
  edges: ReadonlyMap<string, readonly string[]>,
  isSilent: (id: string) => boolean,
): Set<string> {
  const found = new Set<string>();
  const open = [...first];
  for (let id = open.pop(); id !== undefined; id = open.pop()) {
    if (found.has(id) || !isSilent(id)) continue;
    found.add(id);
    open.push(...(edges.get(id) ?? []));
  }
  return found;
}
