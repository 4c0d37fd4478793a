import { sagaParked, sagaResumed } from '#contracts/events/saga.ts';
import type { DeadLetterCause } from '#contracts/sagas.ts';
import type { Draft } from './draft.ts';
import type { SagaEvent } from './events.ts';
import { nodeButtons } from './hold.ts';
import { type At, type Move, unwindAll, WAIT } from './move.ts';
import type { Position } from './state.ts';
import { stepOf } from './tell.ts';

/** Nodes that are no work fail as a whole: a child, or a group that was undone. */
export const PARKED: DeadLetterCause = 'not-retryable';

/** A node that is no step has failed, and its definition wants a person to say whether it is tried again. */
export function parkNode(draft: Draft, { node, visit, lane }: At, reason: string): Move {
  const title = titleOf(draft, node);
  const taskId = draft.openTask({
    node,
    kind: PARKED,
    title: `Failed: ${title}`,
    text: `${reason}. What it did is undone. Remove the cause and try again, or cancel.`,
    context: [
      { label: 'Step', value: `${title} (${node})` },
      { label: 'Reason', value: reason },
    ],
    decisions: nodeButtons,
    dueMs: null,
    people: {},
    suggestion: null,
  });
  draft.add({ at: 'task', node, visit, lane, taskId, untilMs: null });
  const work = { node, visit, role: 'action', attempt: 1 } as const;
  draft.record({ record: 'parked', work, taskId, cause: PARKED, reason });
  draft.emit(sagaParked, { ...stepOf(draft, work), cause: PARKED, reason, taskId });
  return WAIT;
}

/** Tried again under a new visit, or the end of the saga. */
export function onParkedDecision(
  draft: Draft,
  position: Position,
  { taskId, decision, by, note }: Extract<SagaEvent, { type: 'task-decided' }>,
): Move {
  const { node, visit, lane } = position;
  if (!nodeButtons.some(({ id }) => id === decision)) return WAIT;
  draft.remove(position);
  draft.closeTask(taskId, PARKED, { state: 'completed', by, decision, note });
  draft.record({ record: 'resumed', taskId, by, decision });
  const work = stepOf(draft, { node, visit, role: 'action', attempt: 1 });
  draft.emit(sagaResumed, { ...work, by, decision, ...(note === null ? {} : { note }) });
  if (decision === 'retry') return { to: 'node', node, lane };
  draft.cancel ??= { by, reason: note ?? 'cancelled by a person' };
  return unwindAll(draft.cancel.reason, 'cancelled');
}

function titleOf(draft: Draft, id: string): string {
  const node = draft.node(id);
  return 'title' in node ? node.title : id;
}
