import type { ChildNode } from '#contracts/sagas.ts';
import { computed } from './computed.ts';
import type { Draft } from './draft.ts';
import type { SagaEvent } from './events.ts';
import { type Failure, leadOn } from './fail.ts';
import { AMENDS, type At, type Move, WAIT } from './move.ts';
import { childIdOf } from './names.ts';
import { compensationOf } from './spec.ts';
import type { Position } from './state.ts';
import { ended, started } from './tell.ts';

type ChildPosition = Extract<Position, { at: 'child' }>;
type Ended = Extract<SagaEvent, { type: 'child-ended' }>;

const workOf = ({ node, visit }: At) => ({ node, visit, role: 'action', attempt: 1 }) as const;

/** Begins a saga of its own, and waits for its end. */
export function startChild(draft: Draft, at: At, node: ChildNode): Move {
  const input = draft.evaluate(node.input, `${at.node}, input`, at.lane);
  const childId = childIdOf(draft.sagaId, at);
  const untilMs = node.timeoutMs === null ? null : draft.nowMs + node.timeoutMs;
  draft.add({ at: 'child', ...at, childId, untilMs });
  draft.intend({ do: 'start-child', childId, saga: node.saga, input });
  started(draft, workOf(at), null);
  return WAIT;
}

/** After a crash nobody knows whether the child was begun, or told to stop; what is wanted of it is said again. */
export function recoverChild(draft: Draft, position: ChildPosition): Move {
  const node = childNode(draft, position);
  const { childId } = position;
  const isUnwanted = draft.isUnwound(position.lane);
  if (isUnwanted || isLate(node, position)) {
    draft.intend({ do: 'cancel-child', childId, reason: isUnwanted ? 'no longer wanted' : LATE });
    return WAIT;
  }
  const input = computed(() => draft.evaluate(node.input, `${position.node}, input`, position.lane));
  if ('problem' in input)
    return childFailed(draft, position, { code: 'SAGA_EXPRESSION', reason: input.problem });
  draft.intend({ do: 'start-child', childId, saga: node.saga, input: input.value });
  return WAIT;
}

export function onChildEnded(draft: Draft, event: Ended): Move {
  const position = draft.positions.find(
    (one): one is ChildPosition => one.at === 'child' && one.childId === event.childId,
  );
  if (position === undefined) return WAIT;
  const node = childNode(draft, position);
  if (event.status !== 'completed') return childFailed(draft, position, failureOf(node, position, event));
  draft.remove(position);
  ended(draft, workOf(position), 'succeeded');
  const amends = node.compensation === undefined ? 'none' : 'due';
  draft.enter(position, { outcome: 'done', output: event.output, amends });
  return { to: 'node', node: node.next, lane: position.lane };
}

/** Its time is over: what it did must be undone before this saga goes on, so its end is awaited. */
export function childIsLate(draft: Draft, position: ChildPosition): Move {
  const node = childNode(draft, position);
  const failure = { code: 'TIMED_OUT', reason: `"${node.title}" did not end in time` };
  if (node.onCancel === 'leave') return childFailed(draft, position, failure);
  draft.replace(position, { ...position, untilMs: null });
  draft.intend({ do: 'cancel-child', childId: position.childId, reason: LATE });
  return WAIT;
}

const LATE = 'its time is over';
/** The wake-up is taken away when the child is told to stop, and only then. */
const isLate = (node: ChildNode, { untilMs }: ChildPosition) => node.timeoutMs !== null && untilMs === null;

/** This saga gives up. A child that is left goes on by itself; any other is stopped, and its end awaited. */
export function stopChild(draft: Draft, position: ChildPosition, reason: string): void {
  const node = childNode(draft, position);
  if (node.onCancel === 'cancel') {
    draft.replace(position, { ...position, untilMs: null });
    draft.intend({ do: 'cancel-child', childId: position.childId, reason });
    return;
  }
  giveUpChild(draft, position, { code: 'CANCELLED', reason }, true);
}

function failureOf(node: ChildNode, position: ChildPosition, { status, reason }: Ended): Failure {
  if (status === 'missing') return { code: 'CHILD_MISSING', reason };
  if (isLate(node, position)) return { code: 'TIMED_OUT', reason: `"${node.title}" did not end in time` };
  return { code: status === 'cancelled' ? 'CHILD_CANCELLED' : 'CHILD_FAILED', reason };
}

function childFailed(draft: Draft, position: ChildPosition, failure: Failure): Move {
  giveUpChild(draft, position, failure, failure.code !== 'CHILD_MISSING');
  return draft.isUnwound(position.lane) ? AMENDS : leadOn(draft, position, failure);
}

/** Amends are due for what has begun, unless they are for a completed child only. */
function giveUpChild(draft: Draft, position: ChildPosition, failure: Failure, begun: boolean): void {
  const { code, reason } = failure;
  draft.remove(position);
  ended(draft, workOf(position), code === 'TIMED_OUT' ? 'timed-out' : 'failed', reason);
  const due = begun && compensationOf(draft, position.node)?.when === 'started';
  draft.enter(position, { outcome: 'failed', output: { code, reason }, amends: due ? 'due' : 'none' });
}

function childNode(draft: Draft, position: ChildPosition): ChildNode {
  const node = draft.node(position.node);
  if (node.kind !== 'child') throw new Error(`node ${position.node} is no child`);
  return node;
}
