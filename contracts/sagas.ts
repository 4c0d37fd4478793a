import { type Static, Type } from 'typebox';

/**
 * A saga definition as data: a graph of nodes. The builder in `local-orchestrator/` emits it, the interpreter
 * runs it, the UI and the docs draw it. It is stored by the hash of its canonical JSON and never changed.
 *
 * A new kind of node is one more member of `SagaNode`, and new members of a node are optional: definitions that
 * do not use them keep their hash.
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
    via: Type.Enum(['local', 'command', 'code'], {
      description: 'command: through the gate to a device. code: a function with journaled sub-steps.',
    }),
    effect: Type.Enum([...effects]),
    needsUndo: Type.Optional(
      Type.Literal(true, { description: 'A definition without a compensation for it is refused.' }),
    ),
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
    totalMs: Type.Optional(
      Type.Integer({ minimum: 1, description: 'Budget of all attempts together, from the first dispatch.' }),
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

/**
 * A share of something scarce, such as a zone, a robot or a dock. All steps that name the same limit and key
 * share it; who comes first is served first. A step that waits for its turn has dispatched nothing.
 */
export const StepLimit = Type.Object(
  {
    name: NodeId,
    key: Expression,
    concurrencyMax: Type.Optional(Type.Integer({ minimum: 1, description: 'Attempts at the same time.' })),
    perMinuteMax: Type.Optional(Type.Integer({ minimum: 1, description: 'Attempts begun in a minute.' })),
  },
  closed,
);
export type StepLimit = Static<typeof StepLimit>;

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
  heartbeatMs: Type.Optional(
    Type.Integer({ minimum: 1, description: 'An attempt that is silent for longer counts as lost.' }),
  ),
  limits: Type.Optional(Type.Array(StepLimit, { minItems: 1, maxItems: 8 })),
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

/** A JSON Schema (draft 2020-12), as data. */
export const JsonSchema = Type.Unsafe<Readonly<Record<string, Json>>>(
  Type.Record(Type.String(), Type.Unknown(), { description: 'A JSON Schema.' }),
);

export const SignalNode = Type.Object(
  {
    kind: Type.Literal('signal'),
    title: Type.String(),
    signal: Type.String({ minLength: 1, maxLength: 64 }),
    payload: Type.Optional(JsonSchema),
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

/** Who is asked. `manual`: it is offered to all of the role. The others name one person, or fall back to the role. */
export const assignmentPolicies = ['manual', 'round-robin', 'by-skill', 'by-zone', 'least-loaded'] as const;
export type AssignmentPolicy = (typeof assignmentPolicies)[number];

/** After so long without an answer or an end, the task goes on to others, who are told. */
export const EscalationLevel = Type.Object(
  {
    afterMs: Type.Integer({ minimum: 1, description: 'From the moment the task was offered.' }),
    when: Type.Enum(['unanswered', 'unfinished'], {
      description: 'unanswered: nobody has claimed it. unfinished: it is still open.',
    }),
    role: Type.Optional(Type.String({ minLength: 1, maxLength: 32 })),
    user: Type.Optional(Type.String({ minLength: 1, maxLength: 64 })),
    notify: Type.Array(NodeId, { description: 'Names of notification channels of the site file.' }),
  },
  closed,
);
export type EscalationLevel = Static<typeof EscalationLevel>;

/** How people are found for a task and reminded of it. Everything here has a default. */
export const TaskPeople = Type.Object(
  {
    assign: Type.Optional(Type.Enum([...assignmentPolicies])),
    role: Type.Optional(Type.String({ minLength: 1, maxLength: 32, description: 'Who may take it.' })),
    skill: Type.Optional(Type.String({ minLength: 1, maxLength: 32 })),
    zone: Type.Optional(Expression),
    respondMs: Type.Optional(Type.Integer({ minimum: 1, description: 'Somebody should have claimed it.' })),
    escalation: Type.Optional(Type.Array(EscalationLevel, { maxItems: 8 })),
    notify: Type.Optional(Type.Array(NodeId, { maxItems: 8 })),
    form: Type.Optional(JsonSchema),
    image: Type.Optional(Expression),
    suggestion: Type.Optional(Expression),
  },
  closed,
);
export type TaskPeople = Static<typeof TaskPeople>;

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
    people: Type.Optional(TaskPeople),
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

/**
 * How many ways must come to their end: all, one, a number, or `settled`: each comes to its end, well or not.
 * A group that can no longer get there fails; what its ways did is undone, and its failure routes are taken.
 */
export const JoinPolicy = Type.Union([
  Type.Literal('all'),
  Type.Literal('any'),
  Type.Literal('settled'),
  Type.Integer({ minimum: 1, maximum: 1_000 }),
]);
export type JoinPolicy = Static<typeof JoinPolicy>;

const group = {
  title: Type.String(),
  need: JoinPolicy,
  rest: Type.Enum(['cancel', 'await'], {
    description: 'Ways that are still under way when enough have come: stopped and undone, or waited for.',
  }),
  failure: Type.Array(FailureRoute, {
    description: 'Its codes: those of the way that failed, and GROUP_FAILED.',
  }),
  next: NodeId,
};

/** Several ways at once. Each ends in a `join` of this node. Output: `{ways: {id: outcome}, completed, failed}`. */
export const ParallelNode = Type.Object(
  {
    kind: Type.Literal('parallel'),
    ...group,
    ways: Type.Array(Type.Object({ id: NodeId, title: Type.String(), start: NodeId }, closed), {
      minItems: 2,
      maxItems: 16,
    }),
  },
  closed,
);
export type ParallelNode = Static<typeof ParallelNode>;

/**
 * One way for each item of a list, so many at once. Inside, `each.<node>.item` and `each.<node>.index` are known.
 * Output: `{items: [{index, outcome, output}], completed, failed}`; `output` is computed where the way joins.
 */
export const EachNode = Type.Object(
  {
    kind: Type.Literal('each'),
    ...group,
    items: Expression,
    itemsMax: Type.Integer({ minimum: 1, maximum: 1_000, description: 'A longer list fails the node.' }),
    concurrencyMax: Type.Integer({ minimum: 1, maximum: 64 }),
    start: NodeId,
    output: Expression,
  },
  closed,
);
export type EachNode = Static<typeof EachNode>;

/**
 * A way that is gone again while `again` is true where it joins, so often at most; then `otherwise`. Inside,
 * `each.<node>.index` is known. Output: `{passes}`.
 */
export const LoopNode = Type.Object(
  {
    kind: Type.Literal('loop'),
    title: Type.String(),
    start: NodeId,
    again: Expression,
    timesMax: Type.Integer({ minimum: 1, maximum: 1_000 }),
    next: NodeId,
    otherwise: NodeId,
  },
  closed,
);
export type LoopNode = Static<typeof LoopNode>;

/** Where a way of a parallel, an each or a loop comes to its end. */
export const JoinNode = Type.Object({ kind: Type.Literal('join'), of: NodeId }, closed);
export type JoinNode = Static<typeof JoinNode>;

/**
 * A saga of its own, waited for. It begins on the version that is current then. Its failure codes: CHILD_FAILED,
 * CHILD_CANCELLED, CHILD_MISSING, TIMED_OUT. Output: that of the child.
 */
export const ChildNode = Type.Object(
  {
    kind: Type.Literal('child'),
    title: Type.String(),
    saga: NodeId,
    input: Expression,
    timeoutMs: Type.Union([Type.Integer({ minimum: 1 }), Type.Null()]),
    onCancel: Type.Enum(['cancel', 'leave'], { description: 'What becomes of it when this saga gives up.' }),
    compensation: Type.Optional(Compensation),
    failure: Type.Array(FailureRoute),
    next: NodeId,
  },
  closed,
);
export type ChildNode = Static<typeof ChildNode>;

const score = Type.Number({ minimum: 0, maximum: 1 });
/**
 * A model chooses among options. At `actAt` or above it is followed; at `approveAt` or above a person approves,
 * with its suggestion shown; below, or when it does not answer in time, a person decides with full context.
 * Output: `{decision, by, note, score, model, version}`; `by` is `model` or a person.
 */
export const ModelNode = Type.Object(
  {
    kind: Type.Literal('model'),
    title: Type.String(),
    model: NodeId,
    input: Expression,
    options: Type.Array(Type.Object({ ...DecisionButton.properties, next: NodeId }, closed), {
      minItems: 2,
      maxItems: 16,
    }),
    actAt: score,
    approveAt: score,
    timeoutMs: Type.Integer({ minimum: 1, description: 'Deadline of the answer.' }),
    cacheMs: Type.Integer({ minimum: 0, description: 'The same input gets the same answer for so long.' }),
    text: Expression,
    context: Type.Array(Type.Object({ label: Type.String(), value: Expression }, closed)),
    dueMs: Type.Union([Type.Integer({ minimum: 1 }), Type.Null()]),
    onDue: Type.Union([NodeId, Type.Null()]),
    people: Type.Optional(TaskPeople),
  },
  closed,
);
export type ModelNode = Static<typeof ModelNode>;

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
  ParallelNode,
  EachNode,
  LoopNode,
  JoinNode,
  ChildNode,
  ModelNode,
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
    input: Type.Optional(JsonSchema),
    search: Type.Optional(
      Type.Record(NodeId, Expression, { description: 'By what it is found later; computed of its input.' }),
    ),
    slo: Type.Optional(
      Type.Object(
        {
          durationMs: Type.Integer({ minimum: 1 }),
          objective: Type.Number({ exclusiveMinimum: 0, exclusiveMaximum: 1 }),
        },
        { ...closed, description: 'So many of all shall complete without amends within this time.' },
      ),
    ),
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
