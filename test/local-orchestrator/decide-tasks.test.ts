import { Type } from 'typebox';
import { describe, expect, test } from 'vitest';
import type { Json } from '#contracts/sagas.ts';
import { words } from '../../local-orchestrator/decide/words.ts';
import { defineSaga, goOn, text } from '../../local-orchestrator/index.ts';
import { act, type Numbers, Played, simple } from './decide-kit.ts';

describe('values for people', () => {
  test.each<[Json, string]>([
    ['as it is', 'as it is'],
    ['', ''],
    [null, '–'],
    [true, 'yes'],
    [12.5, '12.5'],
    [[], 'none'],
    [{}, '–'],
    [['A', 'B'], 'A, B'],
    [[{ sku: 'SKU-1', quantity: 3 }], '3 × SKU-1'],
    [
      [
        { sku: 'SKU-1', quantity: 3 },
        { sku: 'SKU-7', quantity: 1, place: 'A-1' },
      ],
      '3 × SKU-1, 1 × SKU-7 (place: A-1)',
    ],
    [{ toteId: 'T-4', weight: null }, 'tote id: T-4; weight: –'],
    [{ robot: { id: 'R1', ok: false }, lines: ['a', 'b'] }, 'robot: (id: R1; ok: no); lines: a, b'],
    [[{ id: 1 }, { id: 2 }], '(id: 1), (id: 2)'],
  ])('%j reads %j', (value, said) => {
    expect(words(value)).toBe(said);
  });

  test('have an end', () => {
    expect(words(Array.from({ length: 5_000 }, (_, at) => at))).toHaveLength(2_000);
  });
});

const opened = (saga: Played) => {
  const record = saga.last.records.find((one) => one.record === 'task-opened');
  if (record?.record !== 'task-opened') throw new Error('no task was opened');
  return record.task;
};
const yes = { label: 'Yes', tone: 'primary', needsNote: false, leads: goOn } as const;

describe('a task', () => {
  const form = Type.Object({ counted: Type.Integer() });
  const counting = defineSaga<Numbers>('counting')
    .step('look', act('look'), simple('look'))
    .task('count', {
      kind: 'count',
      title: 'Count',
      text: ({ input }) => text`Count place ${input.value}`,
      context: ({ steps }) => ({ Seen: { sku: 'SKU-1', quantity: steps.look.value } }),
      form,
      people: ({ input, steps }) => ({
        role: 'counter',
        assign: 'by-zone',
        zone: text`zone ${input.value}`,
        image: text`pictures/${input.value}`,
        suggestion: { decision: 'yes', score: 0.7, model: 'eyes', seen: steps.look.value },
        respondMs: 5_000,
      }),
      decisions: { yes },
    })
    .end({ title: 'Counting', version: 1, output: ({ steps }) => steps.count });

  test('says whom it is for, with everything computed but the form', () => {
    const saga = new Played(counting, { value: 3 });
    saga.ok({ value: 8 });
    expect(opened(saga)).toMatchObject({
      context: [{ label: 'Seen', value: '8 × SKU-1' }],
      people: {
        role: 'counter',
        assign: 'by-zone',
        zone: 'zone 3',
        image: 'pictures/3',
        form: JSON.parse(JSON.stringify(form)),
        respondMs: 5_000,
      },
      suggestion: { decision: 'yes', score: 0.7, by: 'eyes' },
    });
  });

  test('gives what was filled in to what follows', () => {
    const saga = new Played(counting, { value: 3 });
    saga.ok({ value: 8 });
    const { taskId } = saga;
    saga.give({ type: 'task-decided', taskId, decision: 'no', by: 'ann', note: null, form: { counted: 7 } });
    expect(saga.state.status).toBe('running'); // there is no such button
    saga.give({ type: 'task-decided', taskId, decision: 'yes', by: 'ann', note: null, form: { counted: 7 } });
    expect(saga.state.result?.output).toEqual({
      decision: 'yes',
      by: 'ann',
      note: null,
      form: { counted: 7 },
    });
  });

  test('that cannot be put into words undoes what was done, with words', () => {
    const broken = defineSaga<Numbers>('broken')
      .step('look', act('look'), simple('look'))
      .task('ask', {
        kind: 'ask',
        title: 'Ask',
        text: ({ input }) => (input as never as { more: string }).more,
        decisions: { yes },
      })
      .end({ title: 'Broken', version: 1 });
    const saga = new Played(broken);
    saga.done('look');
    expect(saga.underWay).toEqual(['undo-look']);
    saga.ok();
    expect(saga.state.result?.reason).toContain('input.more');
  });
});

describe('several people at once', () => {
  const ask = (kind: string) => ({ kind, title: kind, text: () => kind, decisions: { yes } });
  const both = defineSaga<Numbers>('both')
    .parallel('group', {
      title: 'Group',
      ways: {
        a: { title: 'A', way: (saga) => saga.task('first', ask('first')) },
        b: { title: 'B', way: (saga) => saga.task('second', ask('second')) },
      },
    })
    .end({ title: 'Both', version: 1, output: ({ steps }) => [steps.first.by, steps.second.by] });

  test('have tasks of their own, that close one by one', () => {
    const saga = new Played(both);
    const [first, second] = saga.last.records.flatMap((one) =>
      one.record === 'task-opened' ? [one.task.taskId] : [],
    );
    expect(first).not.toBe(second);
    const decided = { type: 'task-decided', decision: 'yes', note: null } as const;
    saga.give({ ...decided, taskId: second ?? '', by: 'bob' });
    expect(saga.taskId).toBe(first);
    saga.give({ ...decided, taskId: first ?? '', by: 'ann' });
    expect(saga.state.result?.output).toEqual(['ann', 'bob']);
  });

  test('are all told when the saga is given up', () => {
    const saga = new Played(both);
    saga.give({ type: 'cancel', by: 'ann', reason: 'enough' });
    expect(saga.last.records.map((one) => one.record)).toEqual(['task-closed', 'task-closed']);
    expect(saga.state.status).toBe('cancelled');
  });
});

describe('signals', () => {
  test('one is for one who waits; the next who waits asks for another', () => {
    const wait = { title: 'Wait', signal: 'go', payload: Type.Object({ by: Type.String() }) };
    const definition = defineSaga<Numbers>('waiting')
      .parallel('group', {
        title: 'Group',
        ways: {
          a: { title: 'A', way: (saga) => saga.signal('first', wait) },
          b: { title: 'B', way: (saga) => saga.signal('second', wait) },
        },
      })
      .end({ title: 'Waiting', version: 1, output: ({ steps }) => [steps.first.by, steps.second.by] });
    const saga = new Played(definition);
    saga.give({ type: 'signal', signalId: 'x', name: 'go', payload: { by: 'x' } });
    expect(saga.last.intents).toEqual([{ do: 'seek-signal', name: 'go' }]);
    saga.give({ type: 'signal', signalId: 'y', name: 'go', payload: { by: 'y' } });
    expect(saga.state.result?.output).toEqual(['x', 'y']);
  });
});
