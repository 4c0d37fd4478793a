import { Type } from 'typebox';
import { expect, test } from 'vitest';
import type { Activity } from '../../local-orchestrator/activities/activity.ts';
import { localActivity } from '../../local-orchestrator/activities/activity.ts';
import { defineSaga } from '../../local-orchestrator/definition/builder.ts';
import { definitionHash } from '../../local-orchestrator/definition/hash.ts';
import { eq, gt, orElse, text } from '../../local-orchestrator/definition/refs.ts';
import { endFailed, goOn, way } from '../../local-orchestrator/definition/routes.ts';
import { sagaNamed } from '../../local-orchestrator/definition/saga-ref.ts';

const Input = Type.Object({
  orderId: Type.String(),
  lines: Type.Array(Type.Object({ sku: Type.String(), quantity: Type.Integer() })),
});
const count: Activity<{ sku: string }, { found: number }> = localActivity('count', 1);
const weigh: Activity<{ sku: string }, { grams: number }> = localActivity('weigh', 1);
const book: Activity<{ grams: number; found: number }, null> = localActivity('book', 1);
const putaway = sagaNamed<{ sku: string }, { place: string }>('putaway');

const first = () => ({ sku: 'A' });

test('every kind of node is written as data, in the same words each time', () => {
  const build = () =>
    defineSaga('everything', Input)
      .parallel('both', {
        title: 'Both',
        ways: {
          counted: {
            title: 'Count',
            way: (saga) => saga.step('count', count, { title: 'Count', input: first }),
          },
          weighed: {
            title: 'Weigh',
            way: (saga) => saga.step('weigh', weigh, { title: 'Weigh', input: first }),
          },
        },
        onFailure: { GROUP_FAILED: endFailed('neither counted nor weighed') },
      })
      .step('book', book, {
        title: 'Book',
        heartbeatMs: 5_000,
        retry: { totalMs: 60_000 },
        limits: ({ input }) => [{ name: 'books', key: input.orderId, concurrencyMax: 1 }],
        input: ({ steps }) => ({ grams: steps.weigh.grams, found: steps.count.found }),
      })
      .each('lines', {
        title: 'Each line',
        items: ({ input }) => input.lines,
        concurrencyMax: 2,
        way: (saga, { item, index }) =>
          saga
            .step('look', count, { title: 'Look', input: () => ({ sku: item.sku }) })
            .timer('rest', { title: 'Rest', delayMs: () => index }),
        output: ({ steps }) => ({ found: steps.look.found }),
      })
      .loop('again', {
        title: 'Until it is there',
        timesMax: 3,
        way: (saga) => saga.step('see', count, { title: 'See', input: first }),
        again: ({ steps }) => eq(steps.see.found, 0),
      })
      .child('away', putaway, {
        title: 'Put away',
        input: ({ input }) => ({ sku: input.orderId }),
        onFailure: { '*': endFailed('not put away') },
      })
      .signal('gate', {
        title: 'Gate',
        signal: 'open',
        payload: Type.Object({ by: Type.String() }),
        timeoutMs: 9,
        onTimeout: goOn,
      })
      .model('risk', {
        title: 'Risky?',
        model: 'exception-risk',
        input: ({ steps }) => ({ grams: steps.weigh.grams }),
        actAt: 0.9,
        approveAt: 0.6,
        text: ({ steps }) => text`Put away at ${steps.away.place}; is it risky?`,
        options: {
          yes: { label: 'Yes', tone: 'danger', needsNote: false, leads: endFailed('too risky') },
          no: { label: 'No', tone: 'primary', needsNote: false, leads: goOn },
        },
      })
      .task('look-over', {
        kind: 'look',
        title: 'Look',
        text: ({ steps }) => text`${steps.gate.by} has opened; ${steps.risk.decision}`,
        form: Type.Object({ seal: Type.String() }),
        people: ({ steps }) => ({ assign: 'by-zone', zone: steps.away.place, respondMs: 60_000 }),
        decisions: { fine: { label: 'Fine', tone: 'primary', needsNote: false, leads: goOn } },
      })
      .end({
        title: 'Everything',
        version: 3,
        output: ({ steps }) => ({
          seal: steps['look-over'].form.seal,
          lines: steps.lines.items,
          passes: steps.again.passes,
          way: steps.both.ways.counted,
        }),
        search: ({ input }) => ({ order: input.orderId }),
        slo: { durationMs: 60_000, objective: 0.99 },
      });
  const definition = build();
  expect(definitionHash(build())).toBe(definitionHash(definition));
  expect(definition.nodes.lines).toMatchObject({ start: 'look', itemsMax: 100, output: { found: {} } });
  expect(definition.nodes.look).toMatchObject({ input: { sku: { $ref: 'each.lines.item.sku' } } });
  expect(definition.nodes.rest).toMatchObject({ next: 'lines-join' });
  expect(definition.nodes['lines-join']).toEqual({ kind: 'join', of: 'lines' });
  expect(definition.nodes.both).toMatchObject({
    ways: [{ start: 'count' }, { start: 'weigh' }],
    next: 'book',
  });
  expect(definition.input).toEqual(JSON.parse(JSON.stringify(Input)));
});

/** A saga that is given to others as it is: what it takes and gives comes with it. */
const counting = defineSaga<{ sku: string }>('counting')
  .step('count', count, { title: 'Count', input: ({ input }) => ({ sku: input.sku }) })
  .end({ title: 'Counting', version: 1, output: ({ steps }) => ({ found: steps.count.found, at: 'here' }) });

test('a child is begun by its saga, and gives what that gives', () => {
  const parent = defineSaga('parent')
    .child('below', counting, { title: 'Count', input: first })
    .step('book', book, { title: 'Book', input: ({ steps }) => ({ grams: 1, found: steps.below.found }) })
    .end({ title: 'Parent', version: 1 });
  expect(parent.nodes.below).toMatchObject({ kind: 'child', saga: 'counting', input: { sku: 'A' } });
  expect(parent.nodes.book).toMatchObject({ input: { found: { $ref: 'steps.below.output.found' } } });
});

// Never called: tsc reads it, and a wrong reference that compiled would be an expectation without an error.
const mistakes = () => {
  const saga = defineSaga<{ name: string }>('types').step('count', count, { title: 'Count', input: first });
  // @ts-expect-error `steps.cuont` is not there
  saga.step('x', count, { title: 'X', input: ({ steps }) => ({ sku: steps.cuont.found }) });
  // @ts-expect-error a number where a string is wanted
  saga.step('x', count, { title: 'X', input: ({ steps }) => ({ sku: steps.count.found }) });
  // @ts-expect-error the step itself is not before itself
  saga.step('x', count, { title: 'X', input: ({ steps }) => ({ sku: steps.x.found }) });
  // @ts-expect-error what the input does not have
  saga.step('x', count, { title: 'X', input: ({ input }) => ({ sku: input.sku }) });
  // @ts-expect-error a child is given another type than it takes
  saga.child('x', counting, { title: 'X', input: () => ({ sku: 1 }) });
  // @ts-expect-error a child is given less than it takes
  saga.child('x', counting, { title: 'X', input: () => ({}) });
  const after = saga.child('below', counting, { title: 'X', input: first });
  // @ts-expect-error a child does not give this
  after.step('x', count, { title: 'X', input: ({ steps }) => ({ sku: steps.below.place }) });
  // @ts-expect-error a child gives another type
  after.step('x', count, { title: 'X', input: ({ steps }) => ({ sku: steps.below.found }) });
  after.step('x', count, { title: 'X', input: ({ steps }) => ({ sku: steps.below.at }) });
  const undo = { activity: book, title: 'Back' };
  saga.step('x', weigh, {
    title: 'X',
    input: first,
    // @ts-expect-error amends are made also when it failed, and then it has made nothing
    undo: { ...undo, input: ({ steps }) => ({ grams: steps.x.grams, found: 1 }) },
  });
  saga.child('x', counting, {
    title: 'X',
    input: first,
    // @ts-expect-error a child that failed gives nothing either
    undo: { ...undo, when: 'started', input: ({ steps }) => ({ grams: 1, found: steps.x.found }) },
  });
  saga.step('x', weigh, {
    title: 'X',
    input: first,
    undo: { ...undo, input: ({ steps }) => ({ grams: orElse(steps.x.grams, 0), found: 1 }) },
  });
  saga.step('x', weigh, {
    title: 'X',
    input: first,
    undo: { ...undo, when: 'completed', input: ({ steps }) => ({ grams: steps.x.grams, found: 1 }) },
  });
  saga.step('x', count, {
    title: 'X',
    input: first,
    // @ts-expect-error voids a step that is not before it
    voids: ['nothing'],
  });
  // A failure's way knows what was before the step, and not the step.
  saga.step('x', weigh, {
    title: 'X',
    input: first,
    onFailure: {
      '*': way((sub) =>
        sub.step('y', book, {
          title: 'Y',
          // @ts-expect-error `x` has failed; it has no output
          input: ({ steps }) => ({ found: steps.count.found, grams: steps.x.grams }),
        }),
      ),
    },
  });
  const ways = {
    a: { title: 'A', way: (sub: typeof saga) => sub.step('weigh', weigh, { title: 'W', input: first }) },
    b: { title: 'B', way: (sub: typeof saga) => sub.step('count-b', count, { title: 'C', input: first }) },
  };
  const all = saga.parallel('all', { title: 'All', ways });
  all.step('x', book, {
    title: 'X',
    input: ({ steps }) => ({ grams: steps.weigh.grams, found: steps['count-b'].found }),
  });
  saga.parallel('siblings', {
    title: 'Siblings',
    ways: {
      a: { title: 'A', way: (sub) => sub.step('weigh', weigh, { title: 'W', input: first }) },
      b: {
        title: 'B',
        way: (sub) =>
          sub.step('y', book, {
            title: 'Y',
            // @ts-expect-error `weigh` is on the other way
            input: ({ steps }) => ({ found: 1, grams: steps.weigh.grams }),
          }),
      },
    },
  });
  const any = saga.parallel('any', { title: 'Any', need: 'any', ways });
  any.step('x', book, {
    title: 'X',
    // @ts-expect-error one way may have come, and not this one
    input: ({ steps }) => ({ grams: steps.weigh.grams, found: 1 }),
  });
  any.step('x', book, {
    title: 'X',
    input: ({ steps }) => ({ grams: orElse(steps.weigh.grams, 0), found: steps.count.found }),
  });
  const lines = defineSaga('lines', Input).each('lines', {
    title: 'Lines',
    items: ({ input }) => input.lines,
    way: (sub, { item }) =>
      // @ts-expect-error an item has a sku, and no name
      sub.step('look', count, { title: 'Look', input: () => ({ sku: item.name }) }),
    output: ({ steps }) => ({ found: steps.look.found }),
  });
  lines.step('x', count, {
    title: 'X',
    // @ts-expect-error which of the items? their outputs are in those of `lines`
    input: ({ steps }) => ({ sku: steps.look.found }),
  });
  // @ts-expect-error a list of outputs where a number is wanted
  lines.timer('t', { title: 'T', delayMs: ({ steps }) => steps.lines.items });
  lines.timer('t', { title: 'T', delayMs: ({ steps }) => steps.lines.completed });
  const branched = saga.branch('many', {
    title: 'Many?',
    when: ({ steps }) => gt(steps.count.found, 3),
    way: (sub) => sub.step('weigh', weigh, { title: 'W', input: first }),
  });
  branched.step('x', book, {
    title: 'X',
    // @ts-expect-error it may have gone past
    input: ({ steps }) => ({ found: 1, grams: steps.weigh.grams }),
  });
  // @ts-expect-error a child's input is its own
  saga.child('c', putaway, { title: 'C', input: () => ({ place: 'A' }) });
  saga
    .child('c', putaway, { title: 'C', input: first })
    // @ts-expect-error a child's output is its own
    .step('x', count, { title: 'X', input: ({ steps }) => ({ sku: steps.c.sku }) });
  const decided = saga.task('t', {
    kind: 't',
    title: 'T',
    text: () => '',
    form: Type.Object({ seal: Type.String() }),
    decisions: { yes: { label: 'Yes', tone: 'primary', needsNote: false, leads: goOn } },
  });
  // @ts-expect-error there is no such button
  decided.branch('b', { title: 'B', when: ({ steps }) => eq(steps.t.decision, 'no'), way: (sub) => sub });
  // @ts-expect-error there is no such answer
  decided.step('x', count, { title: 'X', input: ({ steps }) => ({ sku: steps.t.form.colour }) });
  decided.step('x', count, { title: 'X', input: ({ steps }) => ({ sku: steps.t.form.seal }) });
};

test('a wrong reference does not compile', () => expect(mistakes).toBeTypeOf('function'));
