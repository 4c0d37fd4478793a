import type { SagaDefinition } from '#contracts/sagas.ts';
import { edgesOf, entriesOf, leadsOf } from '../definition/edges.ts';

/** The order in which a definition is written down: a list at the top, and lists that stand where they are led to. */
export interface Layout {
  readonly top: readonly string[];
  /** By their first node. Only one thing leads to it, and there the block is written. */
  readonly blocks: ReadonlyMap<string, readonly string[]>;
  /** It need not be written: a way that ends without a word ends in it. */
  isImplied(id: string): boolean;
}

/**
 * Arranges the nodes for reading: what follows comes next, and what only one decision, failure or way leads to
 * stands there. The order of nodes means nothing, so every arrangement says the same; this one is for people.
 */
export function layoutOf({ nodes, start }: SagaDefinition): Layout {
  const ledTo = countLeads(nodes, start);
  const isImplied = (id: string) => {
    const node = nodes[id];
    return node?.kind === 'join' && id === impliedJoin(node.of) && ledTo.has(id);
  };
  const placed = new Set<string>();
  const blocks = new Map<string, readonly string[]>();
  const isFree = (id: string) => Object.hasOwn(nodes, id) && !placed.has(id) && !isImplied(id);
  const isOwn = (id: string) => isFree(id) && ledTo.get(id) === 1;

  /** Node after node. Within a block only what belongs to it alone, at the top of a way whatever comes. */
  const chain = (first: string, following: string | null, fits: (id: string) => boolean): string[] => {
    const ids: string[] = [];
    for (let id: string | null = first; id !== null; ) {
      placed.add(id);
      ids.push(id);
      id = onwardOf(id, nodes, following, fits);
    }
    return ids;
  };
  const nest = (ids: readonly string[], following: string | null): string[] => {
    const within = [...ids];
    for (const [index, id] of ids.entries()) {
      const node = nodes[id];
      if (node === undefined) continue;
      const next = ids[index + 1] ?? following;
      for (const { to } of edgesOf(node)) {
        if (!isOwn(to)) continue;
        const block = chain(to, next, isOwn);
        blocks.set(to, block);
        within.push(...nest(block, next));
      }
      for (const { to } of entriesOf(node)) {
        if (isOwn(to)) blocks.set(to, way(to, impliedJoin(id)));
      }
    }
    return within;
  };
  /** A way of a group, or the whole: what several things within lead to comes at its end. */
  const way = (first: string, following: string | null): string[] => {
    const ids: string[] = [];
    const work = [first];
    for (const begin of work) {
      if (!isFree(begin)) continue;
      const more = chain(begin, following, isFree);
      ids.push(...more);
      for (const id of nest(more, following)) {
        const node = nodes[id];
        if (node !== undefined) work.push(...edgesOf(node).map(({ to }) => to));
      }
    }
    return ids;
  };
  const top = way(start, null);
  for (const id of Object.keys(nodes)) if (isFree(id)) top.push(...way(id, null));
  return { top, blocks, isImplied };
}

export const impliedJoin = (group: string): string => `${group}-join`;

function countLeads(nodes: SagaDefinition['nodes'], start: string): Map<string, number> {
  const counts = new Map([[start, 1]]);
  for (const node of Object.values(nodes)) {
    for (const { to } of leadsOf(node)) counts.set(to, (counts.get(to) ?? 0) + 1);
  }
  return counts;
}

/** What is written after a node, in the same list; null when the list ends with it. */
function onwardOf(
  id: string,
  nodes: SagaDefinition['nodes'],
  following: string | null,
  fits: (id: string) => boolean,
): string | null {
  const node = nodes[id];
  if (node === undefined || node.kind === 'join' || node.kind === 'end' || node.kind === 'undo') return null;
  if (node.kind === 'task' || node.kind === 'model') {
    // The decision that goes on, rather than giving up or beginning again.
    const ways = edgesOf(node).filter(({ kind }) => kind === 'decision');
    if (ways.some(({ to }) => to === following)) return null;
    const on = ways.find(({ to }) => fits(to) && !['end', 'undo'].includes(nodes[to]?.kind ?? 'end'));
    return on?.to ?? null;
  }
  const next = node.kind === 'branch' ? node.otherwise : node.next;
  return fits(next) ? next : null;
}
