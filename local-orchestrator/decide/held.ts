import { sagaResumed } from '#contracts/events/saga.ts';
import type { DeadLetterCause, Json } from '#contracts/sagas.ts';
import type { Draft } from './draft.ts';
import { buttons } from './hold.ts';
import { type Move, unwindAll, WAIT } from './move.ts';
import { ask } from './reconcile.ts';
import type { SagaEvent, WorkPosition } from './state.ts';
import { dispatch, giveUp, succeed, tell } from './work.ts';

type Decided = Extract<SagaEvent, { type: 'task-decided' }>;

/** A person has said what becomes of work that could not go on by itself. */
export function onHeldDecision(
  draft: Draft,
  position: WorkPosition,
  cause: DeadLetterCause,
  decided: Decided,
): Move {
  const { taskId, decision, by, note } = decided;
  if (!buttons(draft, position, cause).some((button) => button.id === decision)) return WAIT;
  draft.closeTask(taskId, cause, { state: 'completed', by, decision, note });
  draft.record({ record: 'resumed', taskId, by, decision });
  draft.emit(sagaResumed, {
    sagaId: draft.sagaId,
    definition: draft.definition.name,
    step: position.node,
    attempt: Math.max(1, position.attempt),
    by,
    decision,
    ...(note === null ? {} : { note }),
  });
  switch (decision) {
    case 'retry':
    case 'wait':
    case 'not-done':
      return again(draft, position);
    case 'ask':
      return ask(draft, position, 0);
    case 'done':
      return succeed(draft, position, assumed(draft, position), 'reconciled');
    case 'skip':
      return skip(draft, position, `${by}: ${note ?? 'skipped'}`);
    default:
      return cancel(draft, position, by, note ?? 'cancelled by a person');
  }
}

/** A fresh budget: a person has looked at it. */
function again(draft: Draft, position: WorkPosition): Move {
  const fresh = { ...position, burned: 0, refusedSinceMs: null };
  draft.replace(position, fresh);
  if (draft.cancel !== null && position.role === 'action') {
    return cancel(draft, fresh, draft.cancel.by, draft.cancel.reason);
  }
  return dispatch(draft, fresh);
}

function assumed(draft: Draft, position: WorkPosition): Json {
  const { assume } = draft.work(position);
  return assume === undefined ? {} : draft.evaluate(assume, `${position.node}, assume`);
}

function skip(draft: Draft, position: WorkPosition, reason: string): Move {
  draft.remove(position);
  draft.write({ op: 'amend', node: position.node, visit: position.visit, amends: 'skipped' });
  tell(draft, position, 'skipped', reason);
  return { to: 'amends' };
}

function cancel(draft: Draft, position: WorkPosition, by: string, reason: string): Move {
  draft.cancel ??= { by, reason };
  draft.remove(position);
  giveUp(draft, position, { code: 'CANCELLED', reason });
  return unwindAll(draft.cancel.reason, 'cancelled');
}
