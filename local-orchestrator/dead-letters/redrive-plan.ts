import type { DeadLetter, RedrivePlanned } from '#contracts/dead-letters.ts';
import type { DeadLetterCause, Json } from '#contracts/sagas.ts';
import type { SqlRow } from '#contracts/store.ts';
import { type InputProblem, inputProblem } from './input-check.ts';
import { activityOf, letterOf } from './letter.ts';

/** The button that lets work of a cause go on from where it failed, without a person who has looked at it. */
const redriveDecisions = {
  'retries-exhausted': 'retry',
  'not-retryable': 'retry',
  'unknown-outcome': 'ask',
  'refused-too-long': 'wait',
  'compensation-blocked': 'retry',
  'definition-broken': 'retry',
} as const satisfies Record<DeadLetterCause, RedrivePlanned['does']>;

export interface Planned extends RedrivePlanned {
  readonly after: Json;
  readonly isEdited: boolean;
  readonly cure: string;
}

/** What a re-drive does to a letter, and whether it may. Pure: a dry run and the real one ask the same. */
export function planRedrive(row: SqlRow, edit: (before: Json) => Json): Planned {
  const letter = letterOf(row);
  const does = redriveDecisions[letter.cause];
  const before = letter.input as Json;
  const after = edit(before);
  const isEdited = JSON.stringify(after) !== JSON.stringify(before);
  const { taskId, sagaId, step, cause } = letter;
  const wrong = isEdited ? (editProblem(letter, does) ?? inputProblem(activityOf(row), before, after)) : null;
  return {
    taskId,
    sagaId,
    step,
    cause,
    does,
    before,
    after,
    isEdited,
    problem: wrong?.problem ?? null,
    cure: wrong?.cure ?? '',
  };
}

function editProblem({ activity, step }: DeadLetter, does: RedrivePlanned['does']): InputProblem | null {
  // What may have happened with the old input is not asked about with a new one.
  if (does === 'ask') {
    return {
      problem: 'nobody knows whether it was done with the input it had',
      cure: 'Find that out first: ask the device, or say what you see.',
    };
  }
  if (activity !== '') return null;
  return {
    problem: `step ${step} is no activity, so it has no input that could be another one`,
    cure: 'Try it again without an input, or cancel it and begin it anew with what is right.',
  };
}
