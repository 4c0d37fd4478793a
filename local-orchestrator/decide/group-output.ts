import type { EachNode, Json, ParallelNode } from '#contracts/sagas.ts';
import type { Draft } from './draft.ts';
import { wayLane } from './lanes.ts';
import type { Group, JournalEntry, Lane } from './state.ts';

/** What the ways of a group came to, by lane: an entry of the group's node in the lane of the way. */
export function waysEnded(draft: Draft, group: Group): ReadonlyMap<Lane, JournalEntry> {
  const ends = new Map<Lane, JournalEntry>();
  for (const entry of draft.journal) {
    const isOfGroup = entry.node === group.node && entry.visit === group.visit;
    if (isOfGroup && entry.lane !== group.lane) ends.set(entry.lane, entry);
  }
  return ends;
}

/** The output of a group. Ways that were stopped, or never begun, count as cancelled. */
export function outputOf(draft: Draft, group: Group, node: ParallelNode | EachNode): Json {
  const ends = waysEnded(draft, group);
  const endOf = (way: string | number) => ends.get(wayLane(group, way));
  const { completed, failed } = group;
  if (node.kind === 'parallel') {
    const ways = Object.fromEntries(node.ways.map(({ id }) => [id, outcomeOf(endOf(id))]));
    return { ways, completed, failed };
  }
  const items = Array.from({ length: group.total }, (_none, index) => {
    const end = endOf(index);
    return { index, outcome: outcomeOf(end), output: end?.outcome === 'done' ? end.output : null };
  });
  return { items, completed, failed };
}

function outcomeOf(end: JournalEntry | undefined): string {
  if (end === undefined) return 'cancelled';
  if (end.outcome === 'done') return 'completed';
  const { outcome } = end.output as { outcome: string };
  return outcome;
}
