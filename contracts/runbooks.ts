import { type Static, Type } from 'typebox';
import { deadLetterCauses } from './sagas.ts';

const closed = { additionalProperties: false } as const;

/**
 * What a runbook may offer to press, and nothing else. The decisions answer the task; the others reach something
 * that the API has anyway. A new one needs an ability first.
 */
export const runbookActions = [
  'retry',
  'wait',
  'ask',
  'done',
  'not-done',
  'by-hand',
  'skip',
  'cancel',
  'edit-input',
  'park-robot',
  'pause-robot',
  'reset-breaker',
  'open-device',
  'open-order',
] as const;
export type RunbookAction = (typeof runbookActions)[number];

/** The first lines of a runbook, between two lines of `---`. */
export const RunbookHead = Type.Object(
  {
    title: Type.String({ minLength: 1, maxLength: 80 }),
    deadlineMinutes: Type.Integer({
      minimum: 1,
      maximum: 10_080,
      description: 'Within it a person should have decided; past it others are told.',
    }),
    actions: Type.Array(
      Type.Union([
        Type.Enum([...runbookActions]),
        Type.Object(
          { call: Type.String({ description: 'A channel of "notify" in the site file.' }) },
          closed,
        ),
      ]),
      { minItems: 1, maxItems: 12, description: 'What a person can press.' },
    ),
  },
  closed,
);
export type RunbookHead = Static<typeof RunbookHead>;

/** What to do about one cause: `<site folder>/runbooks/<cause>.md`, read and checked. */
export interface Runbook extends RunbookHead {
  readonly cause: (typeof deadLetterCauses)[number];
  readonly steps: readonly string[];
}

/** A runbook as it is served with its task: `request` is sent as it is, `page` is opened. One of them is null. */
export const TaskRunbook = Type.Object({
  cause: Type.Enum([...deadLetterCauses]),
  title: Type.String(),
  deadlineAt: Type.String({ format: 'date-time' }),
  steps: Type.Array(Type.String()),
  actions: Type.Array(
    Type.Object({
      action: Type.String({ description: 'Name of the action; `call` with its channel.' }),
      label: Type.String(),
      role: Type.Enum(['viewer', 'operator', 'technician'], { description: 'The lowest that may press it.' }),
      request: Type.Union([
        Type.Object({
          method: Type.Literal('POST'),
          path: Type.String({ description: 'Below /api/v1.' }),
          body: Type.Record(Type.String(), Type.Unknown(), {
            description: 'Complete but for the note of a decision, and the reason and input of a re-drive.',
          }),
        }),
        Type.Null(),
      ]),
      page: Type.Union([Type.String({ description: 'Hash of a page.' }), Type.Null()]),
    }),
  ),
});
export type TaskRunbook = Static<typeof TaskRunbook>;
