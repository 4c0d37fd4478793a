import { type Static, Type } from 'typebox';
import { TimelineEntry } from './api.ts';
import { DiagramEdge } from './diagram.ts';

/** What the API says about sagas, whatever they are about. */
const closed = { additionalProperties: false } as const;
const iso = (description: string) => Type.String({ format: 'date-time', description });
const nullable = <T extends Parameters<typeof Type.Union>[0][number]>(schema: T) =>
  Type.Union([schema, Type.Null()]);

export const sagaStatuses = ['running', 'compensating', 'completed', 'compensated', 'cancelled'] as const;

/** Rows of one answer, at most. */
export const SAGA_PAGE_MAX = 200;

/** So many are counted, and past it there are more. */
export const SAGA_COUNT_MAX = 1_000;

/** All that is given must hold. */
export const SagaQuery = Type.Object(
  {
    name: Type.Optional(Type.String({ minLength: 1, maxLength: 48, description: 'Name of the definition.' })),
    status: Type.Optional(Type.Enum([...sagaStatuses])),
    version: Type.Optional(Type.Integer({ minimum: 1, description: 'Of the definition; needs its name.' })),
    hash: Type.Optional(
      Type.String({ pattern: '^[0-9a-f]{6,64}$', description: 'How the hash of its definition begins.' }),
    ),
    from: Type.Optional(iso('Begun then or later.')),
    to: Type.Optional(iso('Begun before.')),
    id: Type.Optional(
      Type.String({ minLength: 1, maxLength: 64, description: 'How its id begins. Ordered by id then.' }),
    ),
    correlation: Type.Optional(
      Type.String({ minLength: 1, maxLength: 64, description: 'How its correlation id begins.' }),
    ),
    attribute: Type.Optional(
      Type.Array(Type.String({ pattern: '^[a-z0-9][a-z0-9-]*=.+$', maxLength: 260 }), {
        maxItems: 8,
        description: '`<name>=<value>`: a search attribute of its definition, without regard to case.',
      }),
    ),
    text: Type.Optional(
      Type.String({ minLength: 1, maxLength: 200, description: 'Whole words of its search attributes.' }),
    ),
    limit: Type.Optional(Type.Integer({ minimum: 1, maximum: SAGA_PAGE_MAX, default: 50 })),
    after: Type.Optional(Type.String({ maxLength: 400, description: '`next` of the page before.' })),
  },
  closed,
);
export type SagaQuery = Static<typeof SagaQuery>;

export const SagaSummary = Type.Object({
  sagaId: Type.String(),
  name: Type.String(),
  title: Type.String(),
  version: Type.Integer(),
  hash: Type.String({ description: 'Content hash of the definition it stays on.' }),
  status: Type.Enum([...sagaStatuses]),
  correlationId: Type.String(),
  startedAt: iso('When it began.'),
  endedAt: nullable(iso('When it ended.')),
  amended: Type.Boolean({ description: 'Amends were made for something it had done. Known at its end.' }),
  attributes: Type.Record(Type.String(), Type.String(), { description: 'By what it is found.' }),
});
export type SagaSummary = Static<typeof SagaSummary>;

export const SagaPage = Type.Object({
  sagas: Type.Array(SagaSummary, { description: 'Newest first; ordered by id when asked for by id.' }),
  next: nullable(
    Type.String({
      description:
        'Where to go on. A page may be short, even empty, and yet have a next: the look is bounded.',
    }),
  ),
  count: nullable(
    Type.Object(
      { atLeast: Type.Integer(), exact: Type.Boolean() },
      {
        description: `How many fit in all, of the first page only: counted up to ${SAGA_COUNT_MAX}, and no further than the look goes.`,
      },
    ),
  ),
});
export type SagaPage = Static<typeof SagaPage>;

/** How a node of the diagram stands. `idle`: not reached, or all that it did was taken back and left behind. */
export const nodeStates = ['idle', 'active', 'waiting', 'done', 'failed', 'undoing', 'undone'] as const;
export const NodeView = Type.Object({
  id: Type.String(),
  kind: Type.String(),
  title: Type.String(),
  state: Type.Enum([...nodeStates]),
  visits: Type.Integer({ description: 'How often it has been passed, in all lanes.' }),
});
export type NodeView = Static<typeof NodeView>;

/** One recorded transition. `position` counts them, from 1. */
export const SagaStep = Type.Object({
  position: Type.Integer(),
  at: iso('When.'),
  what: Type.String({ description: 'What happened, in words.' }),
  made: Type.Array(Type.String(), { description: 'What came of it, in words.' }),
});
export type SagaStep = Static<typeof SagaStep>;

/** A saga as it was at a position, made anew from what was recorded. */
export const SagaView = Type.Object({
  saga: SagaSummary,
  at: Type.Integer({ description: 'Position that is shown.' }),
  newest: Type.Integer({ description: 'Its last position so far.' }),
  status: Type.Enum([...sagaStatuses], { description: 'At that position.' }),
  faithful: nullable(
    Type.Boolean({
      description:
        'False where this release decides otherwise than the one that ran it: then it is told up to position "at", ' +
        'and no further. True at the newest position; null at a past one.',
    }),
  ),
  input: Type.Unknown(),
  output: Type.Unknown({ description: 'null while it runs.' }),
  reason: nullable(Type.String({ description: 'Why it ended as it did.' })),
  nodes: Type.Array(NodeView),
  edges: Type.Array(DiagramEdge, {
    description: 'The way that was gone so far: edges of the diagram of its definition.',
  }),
  outputs: Type.Record(Type.String(), Type.Unknown(), {
    description: 'Newest output that stands, by node.',
  }),
  steps: Type.Array(SagaStep, { description: 'The newest up to that position, oldest of them first.' }),
  earlier: Type.Integer({ description: 'Positions before the first of `steps`.' }),
  timeline: Type.Array(TimelineEntry, { description: 'The same stretch as attempts with their durations.' }),
});
export type SagaView = Static<typeof SagaView>;
