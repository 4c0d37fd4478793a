import { sagaCompensation, sagaParked } from '#contracts/events/saga.ts';
import type { DeadLetterCause, DecisionButton } from '#contracts/sagas.ts';
import type { Draft } from './draft.ts';
import { type Move, WAIT } from './move.ts';
import { specOf } from './spec.ts';
import type { WorkPosition } from './state.ts';

const button = (
  id: string,
  label: string,
  tone: DecisionButton['tone'],
  needsNote = false,
): DecisionButton => ({ id, label, tone, needsNote });

const retry = button('retry', 'Try again', 'primary');
const cancel = button('cancel', 'Cancel and undo', 'danger', true);
/** For amends: a person has made them, or they are left unmade. The record tells the two apart. */
const byHand = button('by-hand', 'It was put right by hand', 'neutral');
const skip = button('skip', 'Leave it as it is: skip', 'danger', true);

/** What a person can answer about a node that is no work. */
export const nodeButtons: readonly DecisionButton[] = [retry, cancel];

/** Stops a piece of work until a person has said what to do: nothing here is decided by a guess. */
export function hold(draft: Draft, position: WorkPosition, cause: DeadLetterCause, reason: string): Move {
  const { title, activity } = specOf(draft, position);
  const { node, visit, role } = position;
  const taskId = draft.openTask({
    node,
    kind: cause,
    title: `${headings[cause]}: ${title}`,
    text: `${reason}. ${questions[cause]}`,
    context: [
      { label: 'Step', value: `${title} (${node}, ${role === 'action' ? 'step' : 'amends'})` },
      { label: 'Attempts', value: `${position.attempt}, of which ${position.refusals} refused` },
      { label: 'Activity', value: `${activity.name} version ${activity.version}` },
      { label: 'Reason', value: reason },
    ],
    decisions: buttons(draft, position, cause),
    dueMs: null,
    people: {},
    suggestion: null,
  });
  draft.replace(position, { ...position, phase: { is: 'held', cause, taskId } });
  // A first dispatch that never happened still has a number for its record.
  const work = { node, visit, role, attempt: Math.max(1, position.attempt) };
  draft.record({ record: 'parked', work, taskId, cause, reason });
  const data = { sagaId: draft.sagaId, definition: draft.definition.name, step: node, attempt: work.attempt };
  draft.emit(sagaParked, { ...data, cause, reason, taskId });
  if (role === 'compensation') draft.emit(sagaCompensation, { ...data, outcome: 'blocked', reason });
  return WAIT;
}

/** What a person can answer. The same list decides what is accepted. */
export function buttons(draft: Draft, position: WorkPosition, cause: DeadLetterCause): DecisionButton[] {
  const amends = position.role === 'compensation';
  const waysOut = amends ? [byHand, skip] : [cancel];
  switch (cause) {
    case 'unknown-outcome': {
      // Without an output to assume, nobody can say "done": later steps would lack what they refer to.
      const canAssume = amends || specOf(draft, position).assume !== undefined;
      return [
        ...(canAssume ? [button('done', 'It is done', 'primary')] : []),
        button('not-done', 'It was not done: do it', 'neutral'),
        button('ask', 'Ask the device again', 'neutral'),
        // Whoever sees amends made by hand says that they are done.
        amends ? skip : cancel,
      ];
    }
    case 'refused-too-long':
      return [button('wait', 'Go on waiting', 'primary'), ...waysOut];
    case 'retries-exhausted':
    case 'not-retryable':
    case 'compensation-blocked':
    case 'definition-broken':
      return [retry, ...waysOut];
  }
}

export const headings: Readonly<Record<DeadLetterCause, string>> = {
  'retries-exhausted': 'Gave up',
  'not-retryable': 'Failed',
  'unknown-outcome': 'Was it done?',
  'refused-too-long': 'Still held up',
  'compensation-blocked': 'Cannot undo',
  'definition-broken': 'Cannot go on',
};
const questions: Readonly<Record<DeadLetterCause, string>> = {
  'retries-exhausted': 'Remove the cause and try again, or cancel.',
  'not-retryable': 'Trying again by itself would not help. Remove the cause and try again, or cancel.',
  'unknown-outcome': 'The device cannot say what became of it. Look, and say what you see.',
  'refused-too-long': 'It goes on by itself when the way is clear. Go on waiting, or give it up.',
  'compensation-blocked':
    'Remove the cause and try again, put it right by hand and say so, or leave it as it is and say why.',
  'definition-broken': 'The definition of this saga does not fit what was recorded.',
};
