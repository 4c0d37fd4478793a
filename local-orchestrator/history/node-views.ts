import type { NodeView } from '#contracts/saga-api.ts';
import type { SagaDefinition } from '#contracts/sagas.ts';
import { hasEnded, type JournalEntry, type Position, type SagaState } from '../decide/state.ts';
import type { WaysGone } from './ways-gone.ts';

type State = NodeView['state'];

/** How each node of the diagram stands. Several lanes may be at one node: the liveliest is shown. */
export function nodeViews(definition: SagaDefinition, state: SagaState, { joins }: WaysGone): NodeView[] {
  const entries = Map.groupBy(state.journal, ({ node }) => node);
  const positions = Map.groupBy(state.positions, ({ node }) => node);
  const open = new Set(state.groups.map(({ node }) => node));
  return Object.entries(definition.nodes).map(([id, node]) => {
    const been = entries.get(id) ?? [];
    const here = positions.get(id) ?? [];
    return {
      id,
      kind: node.kind,
      title: 'title' in node ? node.title : id,
      state: stateOf({
        been,
        here,
        isOpen: open.has(id) || (node.kind === 'end' && been.length > 0 && !hasEnded(state)),
        isPassed: joins.has(id),
      }),
      visits: new Set([...been, ...here].map(({ visit }) => visit)).size,
    };
  });
}

const liveliest: readonly State[] = ['undoing', 'active', 'waiting'];

function stateOf(node: {
  readonly been: readonly JournalEntry[];
  readonly here: readonly Position[];
  readonly isOpen: boolean;
  readonly isPassed: boolean;
}): State {
  if (node.isOpen) return 'active';
  const alive = node.here.map(stateOfPosition);
  const best = liveliest.find((state) => alive.includes(state));
  if (best !== undefined) return best;
  const last = node.been.at(-1);
  if (last === undefined) return node.isPassed ? 'done' : 'idle';
  if (last.amends === 'made' || isDropped(last)) return 'undone';
  return last.outcome === 'failed' ? 'failed' : 'done';
}

/** It waited, and was no longer wanted: nothing has failed. */
const isDropped = ({ outcome, output }: JournalEntry): boolean =>
  outcome === 'failed' &&
  typeof output === 'object' &&
  output !== null &&
  'code' in output &&
  output.code === 'CANCELLED';

function stateOfPosition(position: Position): State {
  if (position.at !== 'work') return 'waiting';
  if (position.role === 'compensation') return 'undoing';
  return position.phase.is === 'running' || position.phase.is === 'asking' ? 'active' : 'waiting';
}
