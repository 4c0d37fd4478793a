import type { NodeView } from '#contracts/saga-api.ts';

/** Steps of the shipped `dock-handoff` that people at a dock see happen, in their order. */
const stages: readonly { readonly id: string; readonly word: string }[] = [
  { id: 'reserve', word: 'Goods set aside' },
  { id: 'restrain', word: 'Truck held' },
  { id: 'open-door', word: 'Door open' },
  { id: 'load', word: 'Loading' },
  { id: 'close-door', word: 'Door closed' },
  { id: 'seal', word: 'Sealed' },
  { id: 'let-go', word: 'Truck let go' },
  { id: 'departure', word: 'Has left' },
];

/** Done once for each article that has been put into the truck. */
const LOADED_NODE = 'book-out';

/** A site may have a handoff of its own: stages that it does not have are not shown. */
export const stagesOf = (nodes: readonly NodeView[]): { word: string; node: NodeView }[] =>
  stages.flatMap(({ id, word }) => {
    const node = nodes.find((one) => one.id === id);
    return node === undefined ? [] : [{ word, node }];
  });

export const loadedOf = (nodes: readonly NodeView[]): number => {
  const node = nodes.find(({ id }) => id === LOADED_NODE);
  return node === undefined || node.state === 'undone' ? 0 : node.visits;
};

/** What is being done or waited for, in the words of its definition; null when nothing is. */
export function nowOf(nodes: readonly NodeView[]): string | null {
  const busy = nodes.filter(({ state }) => state === 'active' || state === 'waiting' || state === 'undoing');
  // A group is under way as long as one of its steps is: the step says more.
  return (busy.find(({ kind }) => !groups.includes(kind)) ?? busy[0])?.title ?? null;
}

const groups: readonly string[] = ['parallel', 'each', 'loop'];
