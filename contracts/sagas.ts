import { type Static, Type } from 'typebox';

/**
 * A saga definition as data: a graph of nodes. The builder in `local-orchestrator/` emits it, the interpreter
 * runs it, the UI and the docs draw it. It is stored by the hash of its canonical JSON and never changed.
 *
 * A new kind of node (parallel, loop, for-each, child, model decision, code) is one more member of `SagaNode`;
 * definitions that do not use it keep their hash.
 */
const closed = { additionalProperties: false } as const;

/** What an expression evaluates to, and what inputs and outputs are made of. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

export const NodeId = Type.String({ pattern: '^[a-z0-9][a-z0-9-]*$', maxLength: 48 });

/**
 * JSON in which an object with one key that begins with `$` is computed: `{$ref, $else?}`, `{$text: [...]}`,
 * `{$eq: [a, b]}`, `{$gt: [a, b]}`, `{$and: [...]}`, `{$or: [...]}`, `{$not: x}`. Everything else is itself.
 */
export const Expression = Type.Unsafe<Json>(Type.Unknown({ description: 'JSON with $ref and operators.' }));

/** What a crash between dispatch and result means. `idempotent`: same key again. `queryable`: ask. `neither`: a person. */
export const effects = ['idempotent', 'queryable', 'neither'] as const;
export type Effect = (typeof effects)[number];

export const ActivityRef = Type.Object(
  {
    name: Type.String({ minLength: 1, maxLength: 64 }),
    version: Type.Integer({ minimum: 1 }),
    via: Type.Enum(['local', 'command'], { description: 'command: through the gate to a device.' }),
    effect: Type.Enum([...effects]),
  },
  closed,
);
export type ActivityRef = Static<typeof ActivityRef>;

const backoff = {
  firstMs: Type.Integer({ minimum: 1, description: 'Upper bound of the first pause; full jitter below it.' }),
  factor: Type.Number({ minimum: 1, maximum: 10 }),
  capMs: Type.Integer({ minimum: 1, description: 'No pause is longer.' }),
};
export const Backoff = Type.Object(backoff, closed);
export type Backoff = Static<typeof Backoff>;

export const RetryPolicy = Type.Object(
  {
    ...backoff,
    attempts: Type.Integer({ minimum: 1, maximum: 1_000, description: 'Including the first.' }),
    nonRetryable: Type.Array(Type.String(), { description: 'Codes that end the step at once.' }),
    only: Type.Optional(
      Type.Array(Type.String(), { description: 'When given, no other code is tried again.' }),
    ),
  },
  closed,
);
export type RetryPolicy = Static<typeof RetryPolicy>;

/** A refusal by the gate moved nothing. It costs no attempt, but waiting has a budget; past it a person is asked. */
export const RefusalPolicy = Type.Object(
  { ...backoff, budgetMs: Type.Integer({ minimum: 1, description: 'Total wait before a person is asked.' }) },
  closed,
);
export type RefusalPolicy = Static<typeof RefusalPolicy>;

/** How an unknown outcome is found out: so many questions to the device, then `whenUnknown`. */
export const ReconcilePolicy = Type.Object(
  {
    ...backoff,
    queries: Type.Integer({ minimum: 1, maximum: 100 }),
    answerMs: Type.Integer({ minimum: 1, description: 'How long one question may take.' }),
    whenUnknown: Type.Enum(['person', 'fail'], {
      description: 'fail only where doing it once more does no harm.',
    }),
  },
  closed,
);
export type ReconcilePolicy = Static<typeof ReconcilePolicy>;

const work = {
  title: Type.String({ minLength: 1, maxLength: 80, description: 'In words an operator understands.' }),
  activity: ActivityRef,
  input: Expression,
  timeoutMs: Type.Union([Type.Integer({ minimum: 1 }), Type.Null()], { description: 'Per attempt.' }),
  expiryMs: Type.Integer({ minimum: 1, description: 'A command not dispatched after so long is dead.' }),
  retry: RetryPolicy,
  refusal: RefusalPolicy,
  reconcile: ReconcilePolicy,
  assume: Type.Optional(
    Type.Unsafe<Json>(Type.Unknown({ description: 'Output when a person says that it is done.' })),
  ),
};
export const Compensation = Type.Object(
  {
    ...work,
    when: Type.Enum(['started', 'completed'], {
      description: 'started: also when the step failed or nobody knows.',
    }),
  },
  closed,
);
export type Compensation = Static<typeof Compensation>;

/** Where a failed step leads. Without a match the saga compensates. */
export const FailureRoute = Type.Object(
  {
    codes: Type.Array(Type.String(), { description: 'Empty: any.' }),
    leads: Type.Union([
      Type.Object({ do: Type.Literal('compensate') }, closed),
      Type.Object({ do: Type.Literal('park') }, closed),
      Type.Object({ do: Type.Literal('go'), node: NodeId }, closed),
    ]),
  },
  closed,
);
export type FailureRoute = Static<typeof FailureRoute>;

export const StepNode = Type.Object(
  {
    kind: Type.Literal('step'),
    ...work,
    compensation: Type.Optional(Compensation),
    voids: Type.Array(NodeId, {
      description: 'Steps whose compensation no longer applies once this one is done.',
    }),
    failure: Type.Array(FailureRoute),
    next: NodeId,
  },
  closed,
);
export type StepNode = Static<typeof StepNode>;

export const BranchNode = Type.Object(
  {
    kind: Type.Literal('branch'),
    title: Type.String(),
    cases: Type.Array(Type.Object({ when: Expression, next: NodeId }, closed), { minItems: 1 }),
    otherwise: NodeId,
  },
  closed,
);
export type BranchNode = Static<typeof BranchNode>;

export const TimerNode = Type.Object(
  { kind: Type.Literal('timer'), title: Type.String(), delayMs: Expression, next: NodeId },
  closed,
);
export type TimerNode = Static<typeof TimerNode>;

export const SignalNode = Type.Object(
  {
    kind: Type.Literal('signal'),
    title: Type.String(),
    signal: Type.String({ minLength: 1, maxLength: 64 }),
    timeoutMs: Type.Union([Type.Integer({ minimum: 1 }), Type.Null()]),
    next: NodeId,
    onTimeout: Type.Union([NodeId, Type.Null()], { description: 'null with a timeout: the saga fails.' }),
  },
  closed,
);
export type SignalNode = Static<typeof SignalNode>;

export const DecisionButton = Type.Object(
  {
    id: NodeId,
    label: Type.String({ minLength: 1, maxLength: 48 }),
    tone: Type.Enum(['primary', 'neutral', 'danger']),
    needsNote: Type.Boolean(),
  },
  closed,
);
export type DecisionButton = Static<typeof DecisionButton>;

export const TaskNode = Type.Object(
  {
    kind: Type.Literal('task'),
    taskKind: NodeId,
    title: Type.String(),
    text: Expression,
    context: Type.Array(Type.Object({ label: Type.String(), value: Expression }, closed)),
    decisions: Type.Array(Type.Object({ ...DecisionButton.properties, next: NodeId }, closed), {
      minItems: 1,
    }),
    dueMs: Type.Union([Type.Integer({ minimum: 1 }), Type.Null()]),
    onDue: Type.Union([NodeId, Type.Null()], { description: 'null: it stays open past its time.' }),
  },
  closed,
);
export type TaskNode = Static<typeof TaskNode>;

/** Makes amends for everything since `to`, in reverse order, then goes on at `next`; after `timesMax`, `otherwise`. */
export const UndoNode = Type.Object(
  {
    kind: Type.Literal('undo'),
    title: Type.String(),
    to: NodeId,
    timesMax: Type.Integer({ minimum: 1, maximum: 1_000 }),
    next: NodeId,
    otherwise: NodeId,
  },
  closed,
);
export type UndoNode = Static<typeof UndoNode>;

/** `failed` and `cancelled` first make amends for everything that was done. */
export const EndNode = Type.Object(
  {
    kind: Type.Literal('end'),
    title: Type.String(),
    outcome: Type.Enum(['completed', 'failed', 'cancelled']),
    reason: Expression,
    output: Expression,
  },
  closed,
);
export type EndNode = Static<typeof EndNode>;

export const SagaNode = Type.Union([
  StepNode,
  BranchNode,
  TimerNode,
  SignalNode,
  TaskNode,
  UndoNode,
  EndNode,
]);
export type SagaNode = Static<typeof SagaNode>;

export const SagaDefinition = Type.Object(
  {
    format: Type.Literal(1),
    name: NodeId,
    version: Type.Integer({ minimum: 1, description: 'For people; the hash is what counts.' }),
    title: Type.String({ minLength: 1, maxLength: 80 }),
    start: NodeId,
    nodes: Type.Record(Type.String(), SagaNode),
  },
  { ...closed, $id: 'SagaDefinition' },
);
export type SagaDefinition = Static<typeof SagaDefinition>;

/** Why a saga was parked. A closed list: each has its runbook. */
export const deadLetterCauses = [
  'retries-exhausted',
  'not-retryable',
  'unknown-outcome',
  'refused-too-long',
  'compensation-blocked',
  'definition-broken',
] as const;
export type DeadLetterCause = (typeof deadLetterCauses)[number];
