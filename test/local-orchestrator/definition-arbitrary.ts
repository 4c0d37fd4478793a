import fc from 'fast-check';
import { assignmentPolicies, type Json, type SagaDefinition, type SagaNode } from '#contracts/sagas.ts';
import { edgesOf, entriesOf } from '../../local-orchestrator/definition/edges.ts';
import {
  defaultReconcile,
  defaultRefusal,
  defaultRetry,
} from '../../local-orchestrator/definition/policies.ts';

/** Literals, and what looks like more than a literal: dollars, references, numbers and dates in quotes. */
const literal: fc.Arbitrary<Json> = fc.oneof(
  fc.constantFrom<Json>(
    '$',
    '$$',
    '$input.x',
    `a \${input.b} c`,
    `$\${x}`,
    '1e3',
    'yes',
    '~',
    '',
    ' a',
    '2020-01-01',
    '#',
    '- x',
    'a: b',
    '0x1',
    '\n',
    'never',
    'é\u2028',
  ),
  fc.string(),
  fc.integer(),
  fc.boolean(),
  fc.constant(null),
  fc.double({ noNaN: true, noDefaultInfinity: true }).map((one) => (Object.is(one, -0) ? 0 : one)),
);
const key = fc.string({ minLength: 1 }).filter((one) => !one.startsWith('$') && one !== '__proto__');
const path = fc.constantFrom(
  'input',
  'input.order.id',
  'input.a-b.0',
  'input.with space',
  'input.{x}',
  'saga.id',
);

export const expression: fc.Arbitrary<Json> = fc.letrec<{ it: Json }>((tie) => ({
  it: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    literal,
    path.map((one) => ({ $ref: one })),
    fc.record({ $ref: path, $else: tie('it') }),
    fc
      .array(
        fc.oneof(
          fc.string(),
          path.map((one) => ({ $ref: one })),
          tie('it'),
        ),
        { maxLength: 4 },
      )
      .map((one) => ({ $text: one })),
    fc.tuple(tie('it'), tie('it')).map((pair) => ({ $eq: pair })),
    fc.array(tie('it'), { maxLength: 3 }),
    fc.dictionary(key, tie('it'), { maxKeys: 3 }),
  ),
})).it;

const ms = fc.oneof(
  fc.integer({ min: 1, max: 99_999_999 }),
  fc.constantFrom(1, 1_000, 60_000, 3_600_000, 86_400_000),
);
const title = fc.string({ minLength: 1, maxLength: 80 });
const code = fc.constantFrom('NOT_DONE', 'TIMED_OUT', 'A', 'any', '');
const maybe = <T extends object>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: {} as T });
const schema = fc.constantFrom<Record<string, Json>>(
  { type: 'object', properties: { count: { type: 'integer', minimum: 0 } }, required: ['count'] },
  { enum: ['$a', 'yes', null] },
  {},
);
const limit = fc.record(
  {
    name: fc.constantFrom('zone', 'dock'),
    key: expression,
    concurrencyMax: fc.integer({ min: 1, max: 9 }),
    perMinuteMax: fc.integer({ min: 1, max: 9 }),
  },
  { requiredKeys: ['name', 'key', 'concurrencyMax'] },
);
const activity = fc.record({
  name: fc.constantFrom('inventory.reserve', 'MobileRobot.goTo', 'x', 'a b', 'a@b'),
  version: fc.integer({ min: 1, max: 3 }),
  via: fc.constantFrom('local' as const, 'command' as const, 'code' as const),
  effect: fc.constantFrom('idempotent' as const, 'queryable' as const, 'neither' as const),
});
/** Some of its entries, besides those of its pauses, and what is usual for the others. */
const policy = <T extends object, P extends { readonly firstMs: number; readonly capMs: number }>(
  entries: { [K in keyof T]: fc.Arbitrary<T[K]> },
  usual: P,
): fc.Arbitrary<P & Partial<T>> =>
  fc
    .tuple(
      fc.record(entries, { requiredKeys: [] }),
      maybe(
        fc
          .tuple(ms, ms, fc.constantFrom(1, 1.5, 10))
          // No pause is longer than the longest.
          .map(([a, b, factor]) => ({ firstMs: Math.min(a, b), factor, capMs: Math.max(a, b) })),
      ),
    )
    .map(([some, pauses]) => ({ ...usual, ...(some as Partial<T>), ...pauses }));
const work = fc
  .record({
    title,
    activity,
    input: expression,
    timeoutMs: fc.oneof(fc.constant(30_000), fc.constant(null), ms),
    expiryMs: fc.oneof(fc.constant(10_000), ms),
    retry: policy(
      {
        attempts: fc.integer({ min: 1, max: 9 }),
        nonRetryable: fc.array(code),
        only: fc.array(code),
        totalMs: ms,
      },
      defaultRetry,
    ),
    refusal: policy({ budgetMs: ms }, defaultRefusal),
    reconcile: policy(
      {
        queries: fc.integer({ min: 1, max: 100 }),
        answerMs: ms,
        whenUnknown: fc.constantFrom('person' as const, 'fail' as const),
      },
      defaultReconcile,
    ),
  })
  .chain((base) =>
    fc
      .record(
        {
          assume: expression,
          limits: fc.array(limit, { minLength: 1, maxLength: 2 }),
          heartbeatMs: fc.integer({ min: 1, max: 99_999_999 }),
        },
        { requiredKeys: [] },
      )
      // One that is as long as its attempt never counts.
      .map(({ heartbeatMs = 0, ...one }) => {
        const counts = heartbeatMs > 0 && (base.timeoutMs === null || heartbeatMs < base.timeoutMs);
        return { ...base, ...one, ...(counts ? { heartbeatMs } : {}) };
      }),
  );
const compensation = fc
  .tuple(work, fc.constantFrom('started' as const, 'completed' as const))
  .map(([one, when]) => ({ ...one, when }));
const anyPeople = fc.record(
  {
    assign: fc.constantFrom(...assignmentPolicies),
    role: fc.constant('operator'),
    skill: fc.constantFrom('counting', 'a b', '$x'),
    zone: expression,
    respondMs: ms,
    escalation: fc.array(
      fc
        .record(
          {
            afterMs: ms,
            when: fc.constantFrom('unanswered' as const, 'unfinished' as const),
            role: fc.constant('lead'),
            user: fc.constantFrom('ann', 'bob@site', '7'),
            notify: fc.constantFrom<string[]>([], ['mail']),
          },
          { requiredKeys: ['afterMs', 'when', 'notify'] },
        )
        // It must tell somebody.
        .map((one) => (one.user === undefined && one.notify.length === 0 ? { ...one, role: 'lead' } : one)),
      { maxLength: 2 },
    ),
    notify: fc.constantFrom<string[]>([], ['mail']),
    form: schema,
    image: expression,
    suggestion: expression,
  },
  { requiredKeys: [] },
);
/** By skill only with one, and by zone only with one. */
const people = anyPeople.map(({ assign, ...one }) => {
  const isMeant =
    (assign !== 'by-skill' || one.skill !== undefined) && (assign !== 'by-zone' || one.zone !== undefined);
  return { ...one, ...(assign !== undefined && isMeant ? { assign } : {}) };
});
const asking = fc
  .record({
    title,
    text: expression,
    context: fc.array(fc.record({ label: fc.constantFrom('Order', '2', '1', 'Place'), value: expression }), {
      maxLength: 3,
    }),
  })
  .chain((base) => fc.record({ people }, { requiredKeys: [] }).map((one) => ({ ...base, ...one })));
const button = fc.record({
  label: fc.string({ minLength: 1, maxLength: 48 }),
  tone: fc.constantFrom('primary' as const, 'neutral' as const, 'danger' as const),
  needsNote: fc.boolean(),
});
const group = fc.record({
  title,
  need: fc.constantFrom('all' as const, 'any' as const, 'settled' as const, 2),
  rest: fc.constantFrom('cancel' as const, 'await' as const),
});

type Draw = <T>(arbitrary: fc.Arbitrary<T>) => T;

/** Whole definitions of every kind of node, each sound: groups within groups, ways back, ends shared by several. */
export const definition: fc.Arbitrary<SagaDefinition> = fc.gen().map((gen) => {
  const draw: Draw = (arbitrary) => gen(() => arbitrary);
  const nodes: Record<string, SagaNode> = {};
  let count = 0;
  const name = (kind: string) => `${kind}-${++count}`;
  const pick = (max: number) => draw(fc.integer({ min: 0, max }));

  /** Some nodes one after the other, then on to `next`; returns the first. `earlier` may be led back to. */
  const block = (next: string, depth: number, earlier: readonly string[]): string => {
    let to = next;
    for (let left = pick(depth === 0 ? 1 : 3); left > 0; left -= 1) to = node(to, depth, earlier);
    return to;
  };
  const failure = (next: string, depth: number, earlier: readonly string[]) => {
    const routes = [
      { do: 'compensate' as const },
      { do: 'park' as const },
      { do: 'go' as const, node: pick(1) === 0 ? block(next, depth - 1, earlier) : next },
    ];
    const kind = pick(5);
    const leads = routes[kind];
    return leads === undefined ? [] : [{ codes: kind === 0 ? ['A', 'B'] : kind === 1 ? [] : ['C'], leads }];
  };
  const end = () => {
    const id = name('end');
    nodes[id] = {
      kind: 'end',
      title: draw(title),
      outcome: draw(fc.constantFrom('failed' as const, 'cancelled' as const)),
      reason: draw(expression),
      output: draw(expression),
    };
    return id;
  };
  const buttons = (id: string, next: string, depth: number, earlier: readonly string[]) =>
    Array.from({ length: 2 + pick(2) }, (_one, index) => {
      const leads = [next, next, () => block(next, depth - 1, [...earlier, id]), end, earlier[0] ?? next, id];
      const chosen = leads[pick(depth === 0 ? 1 : leads.length - 1)] ?? next;
      return { id: `b${index}`, ...draw(button), next: typeof chosen === 'string' ? chosen : chosen() };
    });
  const node = (next: string, depth: number, earlier: readonly string[]): string => {
    const make = makers[pick(depth === 0 ? 3 : makers.length - 1)] ?? step;
    return make(next, Math.max(depth, 1), earlier);
  };
  const step = (next: string, depth: number, earlier: readonly string[]) => {
    const id = name('step');
    const { activity, ...rest } = draw(work);
    const amends = pick(1) === 0 ? {} : { compensation: draw(compensation) };
    // Only what can be undone may demand that it is.
    const demands = 'compensation' in amends && pick(1) === 0 ? { needsUndo: true as const } : {};
    nodes[id] = {
      kind: 'step',
      ...rest,
      activity: { ...activity, ...demands },
      ...amends,
      voids: [],
      failure: failure(next, depth, earlier),
      next,
    };
    return id;
  };
  const within = (id: string, depth: number): string => {
    const join = pick(3) === 0 ? `${id}-end` : `${id}-join`;
    nodes[join] ??= { kind: 'join', of: id };
    return block(join, depth - 1, []);
  };
  const makers: ((next: string, depth: number, earlier: readonly string[]) => string)[] = [
    step,
    (next) => {
      const id = name('timer');
      nodes[id] = {
        kind: 'timer',
        title: draw(title),
        delayMs: draw(
          fc.oneof(
            ms,
            path.map((one) => ({ $ref: one })),
          ),
        ),
        next,
      };
      return id;
    },
    (next, depth, earlier) => {
      const id = name('signal');
      const timeoutMs = draw(fc.option(ms));
      const onTimeout = timeoutMs === null ? null : [null, next, block(next, depth - 1, earlier)][pick(2)];
      nodes[id] = {
        kind: 'signal',
        title: draw(title),
        signal: draw(fc.string({ minLength: 1, maxLength: 64 })),
        ...draw(fc.constantFrom({}, { payload: { type: 'string' } })),
        timeoutMs,
        onTimeout: onTimeout ?? null,
        next,
      };
      return id;
    },
    (next, depth, earlier) => {
      const id = name('child');
      nodes[id] = {
        kind: 'child',
        title: draw(title),
        saga: 'other',
        input: draw(expression),
        timeoutMs: draw(fc.option(ms)),
        onCancel: draw(fc.constantFrom('cancel' as const, 'leave' as const)),
        ...(pick(1) === 0 ? {} : { compensation: draw(compensation) }),
        failure: failure(next, depth, earlier),
        next,
      };
      return id;
    },
    (next, depth, earlier) => {
      const id = name('branch');
      const ways = Array.from({ length: 1 + pick(1) }, () => ({
        when: draw(expression),
        next: pick(1) === 0 ? next : block(next, depth - 1, earlier),
      }));
      nodes[id] = { kind: 'branch', title: draw(title), cases: ways, otherwise: next };
      return id;
    },
    (next, depth, earlier) => {
      const id = name('task');
      const dueMs = draw(fc.option(ms));
      const onDue = dueMs === null || pick(1) === 0 ? null : block(next, depth - 1, earlier);
      nodes[id] = {
        kind: 'task',
        taskKind: 'look',
        ...draw(asking),
        decisions: buttons(id, next, depth, earlier),
        dueMs,
        onDue,
      };
      return id;
    },
    (next, depth, earlier) => {
      const id = name('model');
      nodes[id] = {
        kind: 'model',
        model: 'risk',
        input: draw(expression),
        ...draw(asking),
        options: buttons(id, next, 0, earlier),
        actAt: 0.9,
        approveAt: draw(fc.constantFrom(0, 0.5)),
        timeoutMs: draw(fc.oneof(fc.constant(2_000), ms)),
        cacheMs: draw(fc.constantFrom(0, 60_000)),
        dueMs: null,
        onDue: null,
      };
      void depth;
      return id;
    },
    (next, depth, earlier) => {
      const id = name('parallel');
      const ways = Array.from({ length: 2 + pick(1) }, (_one, index) => ({
        id: `w${index}`,
        title: draw(title),
        start: within(id, depth),
      }));
      nodes[id] = { kind: 'parallel', ...draw(group), ways, failure: failure(next, depth, earlier), next };
      return id;
    },
    (next, depth, earlier) => {
      const id = name('each');
      nodes[id] = {
        kind: 'each',
        ...draw(group),
        items: { $ref: 'input.items' },
        itemsMax: draw(fc.constantFrom(100, 7)),
        concurrencyMax: draw(fc.constantFrom(8, 1)),
        start: within(id, depth),
        output: draw(expression),
        failure: failure(next, depth, earlier),
        next,
      };
      return id;
    },
    (next, depth) => {
      const id = name('loop');
      nodes[id] = {
        kind: 'loop',
        title: draw(title),
        timesMax: 1 + pick(5),
        start: within(id, depth),
        again: draw(expression),
        next,
        otherwise: [next, end()][pick(1)] ?? next,
      };
      return id;
    },
    (next, depth, earlier) => {
      const target = step(next, depth, earlier);
      const id = name('ask');
      const undo = name('undo');
      nodes[undo] = {
        kind: 'undo',
        title: draw(title),
        to: target,
        timesMax: 1 + pick(3),
        next: [target, next][pick(1)] ?? next,
        otherwise: pick(1) === 0 ? next : end(),
      };
      nodes[id] = {
        kind: 'task',
        taskKind: 'look',
        ...draw(asking),
        decisions: [
          { id: 'again', ...draw(button), next: undo },
          { id: 'on', ...draw(button), next: target },
        ],
        dueMs: null,
        onDue: null,
      };
      return id;
    },
  ];
  nodes.end = { kind: 'end', title: 'Done', outcome: 'completed', reason: 'done', output: draw(expression) };
  const start = block('end', 3, []);
  prune(start, nodes);
  const amended = Object.keys(nodes).filter((id) => {
    const one = nodes[id];
    return one !== undefined && 'compensation' in one && one.compensation !== undefined;
  });
  for (const one of Object.values(nodes)) {
    if (one.kind === 'step' && pick(2) === 0) one.voids = draw(fc.subarray(amended));
  }
  const head = draw(
    fc.record(
      {
        input: schema,
        slo: fc.record({ durationMs: ms, objective: fc.constantFrom(0.9, 0.999) }),
        search: fc.dictionary(fc.constantFrom('order', 'sku'), fc.constant({ $ref: 'input.x' })),
      },
      { requiredKeys: [] },
    ),
  );
  return { format: 1, name: 'made-up', version: 1 + pick(8), title: draw(title), start, ...head, nodes };
});

/** Nodes that were made and then not led to. */
function prune(start: string, nodes: Record<string, SagaNode>): void {
  const seen = new Set([start]);
  for (const id of seen) {
    const node = nodes[id];
    if (node !== undefined) for (const { to } of [...edgesOf(node), ...entriesOf(node)]) seen.add(to);
  }
  for (const id of Object.keys(nodes)) if (!seen.has(id)) delete nodes[id];
}
