import { sagaResumed } from '#contracts/events/saga.ts';
import type { DeadLetterCause } from '#contracts/sagas.ts';
import { computed } from './computed.ts';
import type { Draft } from './draft.ts';
import type { SagaEvent } from './events.ts';
import { buttons, hold } from './hold.ts';
import { AMENDS, type Move, unwindAll, WAIT } from './move.ts';
import { ask } from './reconcile.ts';
import { specOf } from './spec.ts';
import type { WorkPosition } from './state.ts';
import { stepOf, tell } from './tell.ts';
import { attempt, giveUp, succeed } from './work.ts';

type Decided = Extract<SagaEvent, { type: 'task-decided' }>;

/** A person has said what becomes of work that could not go on by itself. */
export function onHeldDecision(
  draft: Draft,
  position: WorkPosition,
  cause: DeadLetterCause,
  decided: Decided,
): Move {
  const { taskId, decision, by, note, input } = decided;
  if (!buttons(draft, position, cause).some((button) => button.id === decision)) return WAIT;
  const edit = input === undefined ? {} : { input };
  draft.closeTask(taskId, cause, { state: 'completed', by, decision, note });
  draft.record({ record: 'resumed', taskId, by, decision, ...edit });
  draft.emit(sagaResumed, {
    ...stepOf(draft, position),
    by,
    decision,
    ...(note === null ? {} : { note }),
    ...(input === undefined ? {} : { edited: true }),
  });
  const edited = input === undefined ? position : { ...position, edited: input };
  switch (decision) {
    case 'retry':
    case 'wait':
      return again(draft, position, edited);
    case 'not-done':
      return again(draft, position, {
        ...edited,
        settled: position.attempt,
        refusals: position.refusals + 1,
      });
    case 'ask':
      return ask(draft, position, 0);
    case 'done':
      return done(draft, position, cause);
    case 'by-hand':
      return settleAmends(draft, position, { amends: 'made', told: 'by-hand' }, said(by, note));
    case 'skip':
      return settleAmends(draft, position, { amends: 'skipped', told: 'skipped' }, said(by, note));
    default:
      return cancel(draft, position, by, note ?? 'cancelled by a person');
  }
}

/** A fresh budget: a person has looked at it. */
function again(draft: Draft, position: WorkPosition, edited: WorkPosition): Move {
  const fresh = { ...edited, burned: 0, refusedSinceMs: null };
  if (position.role === 'action' && draft.isUnwound(position.lane)) {
    draft.remove(position);
    giveUp(draft, fresh, { code: 'CANCELLED', reason: 'a person says that it was not done' });
    return AMENDS;
  }
  draft.replace(position, fresh);
  return attempt(draft, fresh);
}

function done(draft: Draft, position: WorkPosition, cause: DeadLetterCause): Move {
  const { node, lane } = position;
  const { assume } = specOf(draft, position);
  const output = computed(() =>
    assume === undefined ? {} : draft.evaluate(assume, `${node}, assume`, lane),
  );
  // Asked again, with the reason: without an output nothing that comes after it could go on.
  if ('problem' in output) return hold(draft, position, cause, output.problem);
  return succeed(draft, position, output.value, 'reconciled');
}

function settleAmends(
  draft: Draft,
  position: WorkPosition,
  { amends, told }: { amends: 'made' | 'skipped'; told: 'by-hand' | 'skipped' },
  reason: string,
): Move {
  draft.remove(position);
  draft.write({ op: 'amend', node: position.node, visit: position.visit, amends });
  tell(draft, position, told, reason);
  return AMENDS;
}

const said = (by: string, note: string | null): string => (note === null ? by : `${by}: ${note}`);

function cancel(draft: Draft, position: WorkPosition, by: string, reason: string): Move {
  draft.cancel ??= { by, reason };
  draft.remove(position);
  giveUp(draft, position, { code: 'CANCELLED', reason });
  return unwindAll(draft.cancel.reason, 'cancelled');
}
