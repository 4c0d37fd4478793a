import { type Static, Type } from 'typebox';
import { Task, taskStates } from './api.ts';
import { taskChanges } from './events/task.ts';
import { TaskRunbook } from './runbooks.ts';

const closed = { additionalProperties: false } as const;
const nullable = <T extends Parameters<typeof Type.Union>[0][number]>(schema: T) =>
  Type.Union([schema, Type.Null()]);
const iso = (description: string) => Type.String({ format: 'date-time', description });
const Note = Type.String({ maxLength: 2000 });

/** One change of a task. Rows are added, never changed. */
export const TaskAuditEntry = Type.Object({
  at: iso('When.'),
  change: Type.Enum([...taskChanges]),
  state: Type.Enum([...taskStates], { description: 'After the change.' }),
  by: nullable(Type.String({ description: 'Who did it; null: the site by itself.' })),
  user: nullable(Type.String({ description: 'Whom it concerns: who gets it, or from whom it was taken.' })),
  role: nullable(Type.String({ description: 'Who may take it now.' })),
  note: nullable(Type.String()),
});
export type TaskAuditEntry = Static<typeof TaskAuditEntry>;

/** What becomes of a task by itself. */
export const TaskComing = Type.Object({
  at: iso('When, if nobody does anything before.'),
  what: Type.Enum(['unanswered', 'silent', 'escalate', 'overdue'], {
    description:
      'unanswered: others are asked. silent: it is taken from whoever has it. escalate: others are told or get it. overdue: it counts as late, unless the procedure goes on without it.',
  }),
  role: nullable(Type.String({ description: 'To whom it escalates.' })),
  user: nullable(Type.String({ description: 'To whom it escalates by name.' })),
});

export const TaskDetail = Type.Object({
  ...Task.properties,
  note: nullable(Type.String()),
  answers: Type.Unknown({ description: 'What was filled into the form; null without one.' }),
  audit: Type.Array(TaskAuditEntry, { description: 'Oldest first.' }),
  coming: Type.Array(TaskComing, { description: 'What follows if nobody does anything, soonest first.' }),
});
export type TaskDetail = Static<typeof TaskDetail>;

/** What the page of a task shows: with what to do about it, when it is about a dead letter. */
export const TaskPage = Type.Object({ ...TaskDetail.properties, runbook: nullable(TaskRunbook) });
export type TaskPage = Static<typeof TaskPage>;

export const TaskQuery = Type.Object(
  {
    state: Type.Optional(Type.Enum([...taskStates], { description: 'Without it: all open ones.' })),
    role: Type.Optional(Type.String({ maxLength: 32, description: 'Those that this role may take.' })),
    mine: Type.Boolean({
      default: false,
      description: 'Offered to the caller by name, or claimed by the caller.',
    }),
    limit: Type.Integer({ minimum: 1, maximum: 500, default: 500 }),
  },
  closed,
);
export type TaskQuery = Static<typeof TaskQuery>;

export const TaskDecide = Type.Object(
  {
    decision: Type.String({ minLength: 1 }),
    note: Type.Optional(Note),
    form: Type.Optional(Type.Unknown({ description: 'Answers, as the form of the task asks for them.' })),
  },
  closed,
);
export const TaskGiveBack = Type.Object({ note: Type.Optional(Note) }, closed);
export const TaskDelegate = Type.Object(
  { to: Type.String({ minLength: 1, maxLength: 64 }), note: Type.Optional(Note) },
  closed,
);
