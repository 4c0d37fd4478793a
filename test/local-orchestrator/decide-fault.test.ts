import { Type } from 'typebox';
import { expect, test } from 'vitest';
import { defineSaga } from '../../local-orchestrator/index.ts';
import { act, type Numbers, Played, simple } from './decide-kit.ts';

const gated = defineSaga<Numbers>('gated')
  .step('one', act('one'), {
    ...simple('one'),
    undo: { activity: act('undo'), title: 'Undo', input: ({ input }) => input },
  })
  .signal('gate', { title: 'Gate', signal: 'open', payload: Type.Object({ value: Type.Integer() }) })
  .step('two', act('two'), simple('two'))
  .end({ title: 'Gated', version: 1 });

const result = (value: number) => ({ outcome: 'succeeded', output: { value } }) as const;
const press = (taskId: string, decision: string) =>
  ({ type: 'task-decided', taskId, decision, by: 'ann', note: 'looked at it' }) as const;

function taskOf(saga: Played): string {
  const [fault] = saga.state.positions.filter(({ at }) => at === 'fault');
  if (fault?.at !== 'fault') throw new Error('nobody is asked');
  return fault.taskId;
}

/** The result of step one could not be decided. */
function faulted(): Played {
  const saga = new Played(gated);
  const event = { type: 'result', work: saga.running.work, result: result(1) } as const;
  saga.give({ type: 'faulted', event, reason: 'no such thing' });
  return saga;
}

test('what could not be decided is kept, and a person is asked', () => {
  const saga = faulted();
  expect(saga.last.records).toMatchObject([
    {
      record: 'task-opened',
      task: { kind: 'definition-broken', text: expect.stringContaining('no such thing') },
    },
    { record: 'parked', cause: 'definition-broken', reason: 'no such thing', work: { node: 'one' } },
  ]);
  expect(saga.state.status).toBe('running');
});

test('tried again, it happens as if it had come then', () => {
  const saga = faulted();
  saga.give(press(taskOf(saga), 'retry'));
  expect(saga.state.positions).toMatchObject([{ at: 'signal', node: 'gate' }]);
  expect(saga.state.journal).toMatchObject([{ node: 'one', output: { value: 1 } }]);
});

test('a fault of its own cure is asked about anew, with what it was about', () => {
  const saga = faulted();
  const first = taskOf(saga);
  saga.give({ type: 'faulted', event: press(first, 'retry'), reason: 'still not' });
  const second = taskOf(saga);
  expect(second).not.toBe(first);
  expect(saga.last.records).toMatchObject([
    { record: 'task-closed', taskId: first },
    { record: 'resumed', taskId: first },
    { record: 'task-opened', task: { taskId: second } },
    { record: 'parked', taskId: second },
  ]);
  saga.give(press(second, 'retry'));
  expect(saga.state.positions).toMatchObject([{ at: 'signal' }]);
});

test('a fault at the very start is tried again from the start', () => {
  const saga = new Played(gated);
  saga.state = { ...saga.state, seq: 0, positions: [], journal: [] };
  saga.told.length = 0;
  saga.give({ type: 'faulted', event: { type: 'started' }, reason: 'no' });
  expect(saga.state).toMatchObject({ seq: 1, positions: [{ at: 'fault', node: 'one' }] });
  saga.give(press(taskOf(saga), 'retry'));
  expect(saga.told.map(([type]) => type)).toContain('started');
  expect(saga.state.positions).toMatchObject([{ at: 'work', node: 'one' }]);
});

test('a signal is sought again, since it may have been taken meanwhile', () => {
  const saga = new Played(gated);
  saga.give({ type: 'result', work: saga.running.work, result: result(1) });
  const signal = { type: 'signal', signalId: 'e-1', name: 'open', payload: { value: 1 } } as const;
  saga.give({ type: 'faulted', event: signal, reason: 'no' });
  saga.give({ type: 'faulted', event: signal, reason: 'no' }); // it came again: one is asked once
  expect(saga.state.positions.map(({ at }) => at)).toEqual(['signal', 'fault']);
  saga.give(press(taskOf(saga), 'retry'));
  expect(saga.last.intents).toEqual([{ do: 'seek-signal', name: 'open' }]);
});

test('cancelled, everything is undone, and the question is closed', () => {
  const saga = new Played(gated);
  saga.give({ type: 'result', work: saga.running.work, result: result(1) });
  saga.give({ type: 'faulted', event: { type: 'woken' }, reason: 'no' });
  saga.give({ type: 'faulted', event: { type: 'woken' }, reason: 'no' });
  expect(saga.state.positions.filter(({ at }) => at === 'fault')).toHaveLength(1);
  const taskId = taskOf(saga);
  saga.give({ type: 'cancel', by: 'ann', reason: 'enough' });
  expect(saga.last.records).toContainEqual({
    record: 'resumed',
    taskId,
    by: 'cancellation',
    decision: 'cancel',
  });
  saga.give({ type: 'result', work: saga.running.work, result: result(0) });
  expect(saga.state.status).toBe('cancelled');
});

test('cancelled, what its attempt did is found out before anything is undone', () => {
  const saga = faulted();
  const runs = saga.intents.length;
  saga.give(press(taskOf(saga), 'cancel'));
  expect(saga.state.status).toBe('compensating');
  // Step one may be repeated: that is how one finds out what became of it.
  expect(saga.state.positions).toMatchObject([{ at: 'work', node: 'one' }]);
  saga.wake(60_000);
  expect(saga.intents.slice(runs).some((intent) => intent.do === 'run' && intent.work.node === 'one')).toBe(
    true,
  );
});

test('people are asked about so many faults of one saga, and no more', () => {
  const saga = new Played(gated);
  const work = saga.running.work;
  for (let attempt = 1; attempt <= 20; attempt += 1) {
    saga.give({ type: 'faulted', event: { type: 'silent', work: { ...work, attempt } }, reason: 'no' });
  }
  expect(saga.state.positions.filter(({ at }) => at === 'fault')).toHaveLength(8);
});
