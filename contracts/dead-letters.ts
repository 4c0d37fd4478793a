import { type Static, Type } from 'typebox';
import { TaskRunbook } from './runbooks.ts';
import { deadLetterCauses } from './sagas.ts';

const closed = { additionalProperties: false } as const;
const nullable = <T extends Parameters<typeof Type.Union>[0][number]>(schema: T) =>
  Type.Union([schema, Type.Null()]);
const iso = (description: string) => Type.String({ format: 'date-time', description });
const Name = Type.String({ minLength: 1, maxLength: 128 });
/** Inputs of activities are JSON of any shape. */
const Input = Type.Unknown({ description: 'Input of the activity, as JSON.' });

/** A piece of work that could not go on by itself, with the task that asks a person. */
export const DeadLetter = Type.Object({
  taskId: Type.String({ description: 'Also the id of the dead letter: each opens exactly one task.' }),
  sagaId: Type.String(),
  correlationId: Type.String(),
  definition: Type.String(),
  step: Type.String(),
  title: Type.String({ description: 'Of the step or of its amends.' }),
  role: Type.Enum(['action', 'compensation']),
  cause: Type.Enum([...deadLetterCauses]),
  reason: Type.String(),
  activity: Type.String({ description: 'Name and version.' }),
  device: nullable(
    Type.String({ description: 'Capability that the command is for; null for work of the site itself.' }),
  ),
  attempts: Type.Integer(),
  input: Input,
  openedAt: iso('When a person was asked.'),
  closedAt: nullable(iso('When it was decided, or was no longer needed.')),
  closedBy: nullable(Type.String()),
  decision: nullable(Type.String()),
  note: nullable(Type.String()),
  inputAfter: nullable(Input),
  redriveId: nullable(Type.String({ description: 'The re-drive that decided it.' })),
});
export type DeadLetter = Static<typeof DeadLetter>;

export const DeadLetterDetail = Type.Object({ ...DeadLetter.properties, runbook: TaskRunbook });
export type DeadLetterDetail = Static<typeof DeadLetterDetail>;

const filter = {
  cause: Type.Optional(Type.Enum([...deadLetterCauses])),
  definition: Type.Optional(Name),
  step: Type.Optional(Name),
  device: Type.Optional(Name),
  from: Type.Optional(iso('Opened at this time or later.')),
  to: Type.Optional(iso('Opened before this time.')),
};
export const DeadLetterFilter = Type.Object(filter, closed);
export type DeadLetterFilter = Static<typeof DeadLetterFilter>;

export const DeadLetterQuery = Type.Object(
  {
    ...filter,
    state: Type.Enum(['open', 'closed'], { default: 'open' }),
    limit: Type.Integer({ minimum: 1, maximum: 500, default: 100 }),
    after: Type.Optional(
      Type.String({ maxLength: 256, description: 'taskId of the last row of the page before.' }),
    ),
  },
  closed,
);
export type DeadLetterQuery = Static<typeof DeadLetterQuery>;

const reason = Type.String({ minLength: 1, maxLength: 500, description: 'Why; it is kept with who did it.' });

export const RedriveOne = Type.Object(
  { reason, input: Type.Optional(Input) },
  { ...closed, description: 'Without an input the work is tried again with the one it had.' },
);
export type RedriveOne = Static<typeof RedriveOne>;

/** Letters of one re-drive; those beyond stay for the next. */
export const REDRIVE_COUNT_MAX = 1_000;

export const RedriveMany = Type.Object(
  {
    reason,
    filter: DeadLetterFilter,
    all: Type.Optional(
      Type.Literal(true, { description: 'All open ones are meant: a filter without an entry needs it.' }),
    ),
    countMax: Type.Integer({
      minimum: 1,
      maximum: REDRIVE_COUNT_MAX,
      default: 100,
      description: 'Oldest first.',
    }),
    patch: Type.Optional(
      Type.Record(Type.String(), Type.Unknown(), {
        description: 'JSON Merge Patch (RFC 7396) of the input of each.',
      }),
    ),
    dryRun: Type.Boolean({ default: false, description: 'Only tells what would be done.' }),
  },
  closed,
);
export type RedriveMany = Static<typeof RedriveMany>;

/** What a re-drive would do to one letter. With a problem it is left as it is. */
export const RedrivePlanned = Type.Object({
  taskId: Type.String(),
  sagaId: Type.String(),
  step: Type.String(),
  cause: Type.Enum([...deadLetterCauses]),
  does: Type.Enum(['retry', 'wait', 'ask'], {
    description: 'An unknown outcome is asked about, never tried again blindly.',
  }),
  before: Input,
  after: Input,
  problem: nullable(Type.String()),
});
export type RedrivePlanned = Static<typeof RedrivePlanned>;

export const Redrive = Type.Object({
  redriveId: Type.String(),
  by: Type.String(),
  reason: Type.String(),
  filter: DeadLetterFilter,
  state: Type.Enum(['running', 'done', 'stopped']),
  startedAt: iso('When it was written down; from then on it survives a restart.'),
  endedAt: nullable(iso('When the last of its letters was dealt with.')),
  total: Type.Integer(),
  pending: Type.Integer(),
  done: Type.Integer({ description: 'Letters that go on.' }),
  left: Type.Integer({ description: 'Letters that were left as they are, each with its reason.' }),
});
export type Redrive = Static<typeof Redrive>;

export const RedriveDetail = Type.Object({
  ...Redrive.properties,
  letters: Type.Array(
    Type.Object({
      taskId: Type.String(),
      state: Type.Enum(['pending', 'done', 'left']),
      detail: nullable(Type.String({ description: 'Why it was left.' })),
    }),
  ),
});
export type RedriveDetail = Static<typeof RedriveDetail>;
