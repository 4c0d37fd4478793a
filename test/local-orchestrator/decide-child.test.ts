import { describe, expect, test } from 'vitest';
import type { Json } from '#contracts/sagas.ts';
import type { SagaEvent } from '../../local-orchestrator/decide/events.ts';
import { defineSaga, goOn, park, sagaNamed } from '../../local-orchestrator/index.ts';
import { act, type Numbers, Played, simple } from './decide-kit.ts';

type ChildEnded = Extract<SagaEvent, { type: 'child-ended' }>;

const parent = (options: { onCancel?: 'cancel' | 'leave'; timeoutMs?: number; onFailure?: object } = {}) =>
  defineSaga<Numbers>('parent')
    .step('before', act('before'), simple('before'))
    .child('load', sagaNamed<Numbers, Numbers>('loading'), {
      title: 'Load the truck',
      input: ({ steps }) => ({ value: steps.before.value }),
      undo: { activity: act('unload'), title: 'Unload', input: () => ({ value: 0 }), when: 'completed' },
      ...(options as object),
    })
    .step('after', act('after'), { ...simple('after'), input: ({ steps }) => ({ value: steps.load.value }) })
    .end({ title: 'Parent', version: 1 });

const begun = (...options: Parameters<typeof parent>) => {
  const saga = new Played(parent(...options));
  saga.ok({ value: 4 });
  return saga;
};
const ended = (
  status: ChildEnded['status'],
  output: Json = { value: 5 },
  childId = 's/load.1',
): ChildEnded => ({
  type: 'child-ended',
  childId,
  status,
  output,
  reason: `the child said ${status}`,
});
const failure = (saga: Played) =>
  saga.state.journal.findLast(({ node, outcome }) => node === 'load' && outcome === 'failed')?.output;

describe('a child saga', () => {
  test('is begun under a name of its own, waited for, and its output is that of the node', () => {
    const saga = begun();
    expect(saga.last.intents).toEqual([
      { do: 'start-child', childId: 's/load.1', saga: 'loading', input: { value: 4 } },
    ]);
    saga.give(ended('completed'));
    expect(saga.running.input).toEqual({ value: 5 });
    const { state } = saga;
    saga.give(ended('completed'));
    expect(saga.state).toBe(state);
  });

  test('is begun once more after a crash, by the same name, and nothing is written', () => {
    const saga = begun();
    const { state, last } = saga;
    saga.give({ type: 'recovered' });
    expect(saga.state).toBe(state);
    expect(saga.last.intents).toEqual(last.intents);
  });

  test('that has completed is undone by its compensation', () => {
    const saga = begun();
    saga.give(ended('completed'));
    saga.fail();
    saga.done('undo-after', 'unload', 'undo-before');
    expect(saga.state.status).toBe('compensated');
  });

  test.each([
    ['compensated', 'CHILD_FAILED'],
    ['cancelled', 'CHILD_CANCELLED'],
    ['missing', 'CHILD_MISSING'],
  ] as const)('that ended %s fails with %s, and nothing of it is left to undo', (status, code) => {
    const saga = begun();
    saga.give(ended(status));
    expect(failure(saga)).toEqual({ code, reason: `the child said ${status}` });
    expect(saga.underWay).toEqual(['undo-before']);
  });

  test('that fails can lead elsewhere, or wait for a person who has it begun anew', () => {
    const elsewhere = begun({ onFailure: { CHILD_FAILED: goOn } });
    elsewhere.give(ended('compensated'));
    expect(elsewhere.state.positions).toMatchObject([{ node: 'after', phase: { is: 'held' } }]); // no output to go on with
    const parked = begun({ onFailure: { CHILD_FAILED: park } });
    parked.give(ended('compensated'));
    parked.decideTask('retry');
    expect(parked.last.intents).toMatchObject([{ do: 'start-child', childId: 's/load.2' }]);
    expect(parked.last.records).toMatchObject([
      { record: 'task-closed', decision: 'retry' },
      { record: 'resumed', by: 'ann' },
    ]);
  });

  test('that takes too long is stopped, and its end awaited', () => {
    const saga = begun({ timeoutMs: 1_000 });
    saga.wake(999);
    expect(saga.last.intents).toEqual([]);
    saga.wake(1);
    expect(saga.last.intents).toMatchObject([{ do: 'cancel-child', childId: 's/load.1' }]);
    saga.wake(60_000);
    expect(saga.last.intents).toEqual([]);
    saga.give({ type: 'recovered' });
    expect(saga.last.intents.map((intent) => intent.do)).toEqual(['cancel-child']);
    saga.give(ended('cancelled'));
    expect(failure(saga)).toMatchObject({ code: 'TIMED_OUT' });
  });

  test('that was done before it could be stopped counts as done', () => {
    const saga = begun({ timeoutMs: 1_000 });
    saga.wake(1_000);
    saga.give(ended('completed'));
    expect(saga.underWay).toEqual(['after']);
  });

  test('that takes too long and is to be left goes on without this saga', () => {
    const saga = begun({ timeoutMs: 1_000, onCancel: 'leave' });
    saga.wake(1_000);
    expect(saga.intents.map((intent) => intent.do)).not.toContain('cancel-child');
    expect(failure(saga)).toMatchObject({ code: 'TIMED_OUT' });
  });
});

describe('when the saga gives up', () => {
  const cancel = { type: 'cancel', by: 'ann', reason: 'enough' } as const;

  test('the child is cancelled and its end awaited before what was before it is undone', () => {
    const saga = begun();
    saga.give(cancel);
    expect(saga.last.intents).toEqual([{ do: 'cancel-child', childId: 's/load.1', reason: 'enough' }]);
    saga.give({ type: 'recovered' });
    expect(saga.last.intents.map((intent) => intent.do)).toEqual(['cancel-child']);
    expect(saga.underWay).toEqual([]);
    saga.give(ended('cancelled'));
    saga.done('undo-before');
    expect(saga.state.status).toBe('cancelled');
  });

  test('a child that was done all the same is undone', () => {
    const saga = begun();
    saga.give(cancel);
    saga.give(ended('completed'));
    saga.done('unload', 'undo-before');
    expect(saga.state.status).toBe('cancelled');
  });

  test('a child that is to be left is left', () => {
    const saga = begun({ onCancel: 'leave' });
    saga.give(cancel);
    expect(saga.intents.map((intent) => intent.do)).not.toContain('cancel-child');
    expect(saga.underWay).toEqual(['undo-before']);
    const { state } = saga;
    saga.give(ended('completed'));
    expect(saga.state).toBe(state);
  });
});
