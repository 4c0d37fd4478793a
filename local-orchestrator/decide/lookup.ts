import type { Json } from '#contracts/sagas.ts';
import { dig, type Lookup } from '../definition/expression.ts';
import type { Draft } from './draft.ts';
import { isKnownIn, placeOf, ROOT } from './lanes.ts';
import { type JournalEntry, type Lane, stands } from './state.ts';

/** What the references of an expression in this lane lead to. */
export const lookupIn =
  (draft: Draft, lane: Lane): Lookup =>
  (path) => {
    const [root, node] = path;
    if (root === 'input') return dig(draft.before.input, path, 1);
    if (root === 'saga' && node === 'id') return draft.sagaId;
    if (root === 'saga' && node === 'cancelled') return draft.cancel !== null;
    if (node === undefined) return undefined;
    if (root === 'steps') return ofStep(draft, lane, node, path);
    return root === 'each' ? ofEach(draft, lane, node, path) : undefined;
  };

function ofStep(draft: Draft, lane: Lane, node: string, path: readonly string[]): Json | undefined {
  const outcome = path[2] === 'output' ? 'done' : 'failed';
  const entry = draft.journal.findLast(
    (one) =>
      one.node === node &&
      one.outcome === outcome &&
      stands(one) &&
      (lane === ROOT || isKnownIn(one.lane, lane)),
  );
  return entry === undefined ? undefined : dig(entry.output, path, 3);
}

/** Item and index of the way, or index of the pass, that the lane is in or below. */
function ofEach(draft: Draft, lane: Lane, node: string, path: readonly string[]): Json | undefined {
  let place = placeOf(lane);
  while (place !== null && place.node !== node) place = placeOf(place.parent);
  if (place === null) return undefined;
  const index = Number(place.way);
  if (path[2] === 'index') return index;
  if (path[2] !== 'item') return undefined;
  const given = openedEntry(draft, place)?.output;
  return Array.isArray(given) ? dig(given[index], path, 3) : undefined;
}

/** What a group was given, or a person who is asked after a model. */
export const openedEntry = (
  draft: Draft,
  at: { readonly node: string; readonly visit: number },
): JournalEntry | undefined =>
  draft.journal.find(
    ({ node, visit, outcome }) => outcome === 'opened' && node === at.node && visit === at.visit,
  );
