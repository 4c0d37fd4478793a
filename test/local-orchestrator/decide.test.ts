import { Type } from 'typebox';
import { describe, expect, test } from 'vitest';
import {
  defineSaga,
  endCancelled,
  goOn,
  gt,
  park,
  text,
  undoTo,
  way,
} from '../../local-orchestrator/index.ts';
import { act, type Numbers, Played } from './decide-kit.ts';

const title = 'A step';
const retry = { attempts: 3, firstMs: 100, factor: 2, capMs: 1_000 };

/** Three steps, each with amends. */
const three = (effect: 'idempotent' | 'queryable' | 'neither' = 'idempotent') =>
  defineSaga<Numbers>('three')
    .step('one', act('one', effect), {
      title,
      retry,
      timeoutMs: 1_000,
      refusal: { firstMs: 100, factor: 2, capMs: 400, budgetMs: 5_000 },
      reconcile: { queries: 3, firstMs: 100, factor: 2, capMs: 400, answerMs: 500 },
      input: ({ input }) => ({ value: input.value }),
      assume: () => ({ value: 42 }),
      undo: { activity: act('undo-one'), title, retry, input: () => ({ value: 1 }) },
    })
    .step('two', act('two'), {
      title,
      retry,
      input: ({ steps }) => ({ value: steps.one.value }),
      undo: { activity: act('undo-two'), title, retry, input: () => ({ value: 2 }) },
    })
    .step('three', act('three'), {
      title,
      retry,
      input: ({ steps }) => ({ value: steps.two.value }),
      undo: { activity: act('undo-three'), title, retry, input: () => ({ value: 3 }) },
    })
    .end({ title: 'Three', version: 1, output: ({ steps }) => ({ value: steps.three.value }) });

describe('a saga that goes well', () => {
  test('runs its steps in order, each with the output of the one before', () => {
    const saga = new Played(three(), { value: 7 });
    expect(saga.running.input).toEqual({ value: 7 });
    saga.ok({ value: 8 });
    expect(saga.running.input).toEqual({ value: 8 });
    saga.ok({ value: 9 });
    saga.ok({ value: 10 });
    expect(saga.state.status).toBe('completed');
    expect(saga.state.result?.output).toEqual({ value: 10 });
    expect(saga.acts).toEqual(['one', 'two', 'three']);
  });

  test('takes a result once: twice, late and after the end nothing changes', () => {
    const saga = new Played(three());
    const first = saga.running;
    saga.ok();
    const afterFirst = saga.state;
    saga.result({ outcome: 'succeeded', output: { value: 99 } }, first);
    expect(saga.state).toBe(afterFirst);
    expect(saga.last.intents).toEqual([]);
    saga.ok();
    saga.ok();
    const ended = saga.state;
    for (const event of [{ type: 'woken' }, { type: 'recovered' }, { type: 'started' }] as const)
      saga.give(event);
    saga.give({ type: 'cancel', by: 'ann', reason: 'late' });
    expect(saga.state).toBe(ended);
  });
});

describe('a step that fails', () => {
  test('is tried again after a pause, under a new attempt, until its attempts are used up', () => {
    const saga = new Played(three());
    saga.fail('NET', true);
    expect(saga.acts).toEqual(['one']);
    saga.wake(49); // half of 100 ms by the fixed chance of these tests, less one
    expect(saga.acts).toEqual(['one']);
    saga.wake(1);
    expect(saga.running.work.attempt).toBe(2);
    saga.fail('NET', true);
    saga.wake(100);
    expect(saga.running.work.attempt).toBe(3);
    saga.fail('NET', true);
    expect(saga.acts.at(-1)).toBe('undo-one');
    saga.ok();
    expect(saga.state.status).toBe('compensated');
    expect(saga.state.result?.reason).toBe('it said NET');
  });

  test('is not tried again when that would not help', () => {
    const saga = new Played(three());
    saga.ok();
    saga.fail('NO_SUCH_ARTICLE', false);
    expect(saga.acts).toEqual(['one', 'two', 'undo-two']);
    saga.ok();
    saga.ok();
    expect(saga.acts).toEqual(['one', 'two', 'undo-two', 'undo-one']);
    expect(saga.state.status).toBe('compensated');
  });

  test('refused by the gate costs no attempt, waits, and asks a person after its budget', () => {
    const saga = new Played(three());
    const refused = { outcome: 'refused' as const, reason: 'e-stop 1 is pressed' };
    for (let count = 0; count < 8; count += 1) {
      saga.result(refused);
      expect(saga.state.positions[0]).toMatchObject({ burned: 0, phase: { is: 'pausing' } });
      saga.wake(400);
    }
    saga.nowMs += 5_000;
    saga.result(refused);
    expect(saga.state.positions[0]).toMatchObject({ phase: { is: 'held', cause: 'refused-too-long' } });
    saga.decideTask('wait');
    saga.ok();
    saga.ok();
    saga.ok();
    expect(saga.state.status).toBe('completed');
  });

  test('that never moved anything needs no amends', () => {
    const saga = new Played(three());
    saga.result({ outcome: 'refused', reason: 'gate 2 is open' });
    saga.give({ type: 'cancel', by: 'ann', reason: 'not wanted' });
    expect(saga.state.status).toBe('cancelled');
    expect(saga.acts).toEqual(['one']);
  });
});

describe('an outcome that nobody knows', () => {
  test('is done again under the same key when that does no harm', () => {
    const saga = new Played(three('idempotent'));
    saga.give({ type: 'recovered' });
    expect(saga.last.journal).toEqual([]); // nothing new was decided, except that its time begins anew
    expect(saga.acts).toEqual(['one', 'one']);
    expect(saga.running.work.attempt).toBe(1);
  });

  test('is asked about, and what the device says counts', () => {
    const saga = new Played(three('queryable'));
    saga.give({ type: 'recovered' });
    expect(saga.last.intents).toMatchObject([{ do: 'ask', query: 1 }]);
    const work = saga.running.work;
    saga.give({ type: 'answered', work, query: 1, answer: { outcome: 'done', output: { value: 5 } } });
    expect(saga.acts).toEqual(['one', 'two']);
    expect(saga.running.input).toEqual({ value: 5 });
  });

  test('is asked about again with pauses, then goes to a person, and is never guessed', () => {
    const saga = new Played(three('queryable'));
    const { work } = saga.running;
    saga.wake(1_000);
    expect(saga.last.intents.map((intent) => intent.do)).toEqual(['abort', 'ask']);
    const late = saga.state;
    saga.result({ outcome: 'succeeded', output: { value: 1 } });
    expect(saga.state).toBe(late); // the question is under way; its answer says the same
    saga.give({ type: 'answered', work, query: 1, answer: { outcome: 'unknown', reason: 'no radio' } });
    saga.give({ type: 'answered', work, query: 1, answer: { outcome: 'done', output: { value: 1 } } });
    expect(saga.acts).toEqual(['one']); // an answer to a question of before
    saga.wake(100);
    saga.wake(500); // the second question is not answered in its time
    saga.wake(400);
    saga.give({ type: 'answered', work, query: 3, answer: { outcome: 'unknown', reason: 'no radio' } });
    expect(saga.state.positions[0]).toMatchObject({ phase: { is: 'held', cause: 'unknown-outcome' } });
    expect(saga.acts).toEqual(['one']);
    saga.decideTask('done');
    expect(saga.running.input).toEqual({ value: 42 });
  });

  test('still running on the device is waited for', () => {
    const saga = new Played(three('queryable'));
    const { work } = saga.running;
    saga.give({ type: 'recovered' });
    for (let query = 1; query < 8; query += 1) {
      saga.give({ type: 'answered', work, query, answer: { outcome: 'running' } });
      saga.wake(100);
    }
    expect(saga.state.positions[0]).toMatchObject({ phase: { is: 'asking' } });
    expect(saga.acts).toEqual(['one']);
  });

  test('not done for certain is done under a new attempt', () => {
    const saga = new Played(three('queryable'));
    const { work } = saga.running;
    saga.give({ type: 'recovered' });
    saga.give({ type: 'answered', work, query: 1, answer: { outcome: 'not-done', reason: 'never came' } });
    saga.wake(1_000);
    expect(saga.running.work.attempt).toBe(2);
  });

  test('of an activity that cannot be asked goes to a person at once', () => {
    const saga = new Played(three('neither'));
    saga.give({ type: 'recovered' });
    expect(saga.state.positions[0]).toMatchObject({ phase: { is: 'held', cause: 'unknown-outcome' } });
    expect(saga.last.records).toMatchObject([
      { record: 'task-opened', task: { kind: 'unknown-outcome' } },
      { record: 'parked', cause: 'unknown-outcome' },
    ]);
    saga.decideTask('not-done');
    expect(saga.acts).toEqual(['one', 'one']);
    expect(saga.running.work.attempt).toBe(2);
  });
});

describe('amends', () => {
  const neverSent = {
    outcome: 'failed',
    code: 'SAFE_UNKNOWN_TARGET',
    reason: 'there is no amr-9',
    retryable: false,
    untouched: true,
  } as const;

  test('are not made for a command that never left the gate', () => {
    const saga = new Played(three());
    saga.result(neverSent);
    expect(saga.state).toMatchObject({ status: 'compensated', journal: [{ node: 'one', amends: 'none' }] });
  });

  test('are not made for a command that the device knows nothing of', () => {
    const saga = new Played(three('queryable'));
    const { work } = saga.running;
    saga.give({ type: 'recovered' });
    saga.give({ type: 'cancel', by: 'ann', reason: 'enough' });
    saga.give({ type: 'answered', work, query: 1, answer: { outcome: 'not-done', reason: 'never came' } });
    expect(saga.state.status).toBe('cancelled');
    expect(saga.acts).toEqual(['one']);
  });

  test('are not made for what a person says was not done', () => {
    const saga = new Played(three('neither'));
    saga.give({ type: 'recovered' });
    saga.give({ type: 'cancel', by: 'ann', reason: 'enough' });
    saga.decideTask('not-done');
    expect(saga.state.status).toBe('cancelled');
    expect(saga.acts).toEqual(['one']);
  });

  test('are made when only the last of several attempts did nothing', () => {
    const saga = new Played(three());
    saga.fail('JAM', true);
    saga.wake(1_000);
    saga.result(neverSent);
    expect(saga.underWay).toEqual(['undo-one']);
  });

  test('are made in reverse order, once each', () => {
    const saga = new Played(three());
    saga.ok();
    saga.ok();
    saga.fail();
    const undo = saga.running;
    saga.ok();
    saga.result({ outcome: 'succeeded', output: { value: 0 } }, undo);
    saga.ok();
    saga.ok();
    expect(saga.acts.slice(3)).toEqual(['undo-three', 'undo-two', 'undo-one']);
    expect(saga.state.status).toBe('compensated');
  });

  test('that fail park the saga until a person has said what to do', () => {
    const saga = new Played(three());
    saga.ok();
    saga.fail();
    saga.fail('STUCK', false);
    expect(saga.state.status).toBe('compensating');
    expect(saga.last.records).toMatchObject([
      { record: 'task-opened', task: { kind: 'compensation-blocked' } },
      { record: 'parked', cause: 'compensation-blocked' },
    ]);
    saga.decideTask('retry');
    saga.fail('STUCK', false);
    saga.decideTask('skip', 'it may stay there');
    saga.ok();
    expect(saga.state.status).toBe('compensated');
    expect(saga.acts).toEqual(['one', 'two', 'undo-two', 'undo-two', 'undo-one']);
  });

  test.each([
    ['by-hand', 'made', 'by-hand'],
    ['skip', 'skipped', 'skipped'],
  ] as const)('that a person answers with %s are told apart from others for good', (decision, amends, outcome) => {
    const saga = new Played(three());
    saga.ok();
    saga.fail();
    saga.fail('STUCK', false);
    saga.decideTask(decision, 'seen to it');
    expect(saga.last.journal).toEqual([{ op: 'amend', node: 'two', visit: 1, amends }]);
    expect(saga.last.records).toMatchObject([
      { record: 'task-closed', by: 'ann', decision, note: 'seen to it' },
      { record: 'resumed', by: 'ann', decision },
    ]);
    const byPerson = saga.told.filter(
      ([kind, data]) => kind === 'compensation' && (data.outcome === 'by-hand' || data.outcome === 'skipped'),
    );
    expect(byPerson).toMatchObject([['compensation', { step: 'two', outcome, reason: 'ann: seen to it' }]]);
    saga.ok();
    expect(saga.state.status).toBe('compensated');
    expect(saga.acts).toEqual(['one', 'two', 'undo-two', 'undo-one']);
  });

  test('do not apply to what a later step has taken over', () => {
    const definition = defineSaga<Numbers>('voids')
      .step('pick', act('pick'), {
        title,
        input: () => ({ value: 0 }),
        undo: { activity: act('put-back'), title, input: () => ({ value: 0 }) },
      })
      .step('drop', act('drop'), { title, input: () => ({ value: 0 }), voids: ['pick'] })
      .step('book', act('book'), { title, input: () => ({ value: 0 }) })
      .end({ title: 'Voids', version: 1 });
    const saga = new Played(definition);
    saga.ok();
    saga.ok();
    saga.fail();
    expect(saga.state.status).toBe('compensated');
    expect(saga.acts).toEqual(['pick', 'drop', 'book']);
  });
});

describe('cancellation', () => {
  test('stops what runs, awaits its outcome, then makes amends for it too', () => {
    const saga = new Played(three());
    saga.ok();
    saga.give({ type: 'cancel', by: 'ann', reason: 'customer left' });
    expect(saga.last.intents).toMatchObject([{ do: 'abort', work: { node: 'two' } }]);
    saga.give({ type: 'cancel', by: 'bob', reason: 'again' });
    expect(saga.state.cancel).toEqual({ by: 'ann', reason: 'customer left' });
    saga.result({ outcome: 'succeeded', output: { value: 1 } });
    expect(saga.acts).toEqual(['one', 'two', 'undo-two']);
    saga.ok();
    saga.ok();
    expect(saga.state.status).toBe('cancelled');
    expect(saga.state.result?.reason).toBe('customer left');
  });

  test('does not wait for what only waits', () => {
    const saga = new Played(three());
    saga.fail('NET', true);
    saga.give({ type: 'cancel', by: 'ann', reason: 'customer left' });
    expect(saga.acts).toEqual(['one', 'undo-one']);
    saga.wake(10_000);
    saga.ok();
    expect(saga.state.status).toBe('cancelled');
  });

  test('waits for the person who has to say whether it was done', () => {
    const saga = new Played(three('neither'));
    saga.give({ type: 'recovered' });
    saga.give({ type: 'cancel', by: 'ann', reason: 'customer left' });
    expect(saga.acts).toEqual(['one']);
    saga.decideTask('done');
    expect(saga.acts).toEqual(['one', 'undo-one']);
  });
});

describe('other nodes', () => {
  const checked = defineSaga<Numbers>('checked')
    .step('choose', act('choose'), {
      title,
      input: () => ({ value: 0 }),
      undo: { activity: act('give-back'), title, input: () => ({ value: 0 }) },
    })
    .step('pick', act('pick'), {
      title,
      input: () => ({ value: 0 }),
      undo: { activity: act('put-back'), title, input: () => ({ value: 0 }) },
      onFailure: { FLAT: undoTo('choose', 1), '*': park },
    })
    .branch('wrong', {
      title: 'Wrong?',
      when: ({ steps }) => gt(steps.pick.value, 0),
      way: (saga) =>
        saga.task('check', {
          kind: 'check',
          title: 'Check',
          text: ({ steps }) => text`There are ${steps.pick.value} wrong`,
          dueMs: 60_000,
          onDue: endCancelled('nobody came'),
          decisions: {
            accept: { label: 'Accept', tone: 'primary', needsNote: false, leads: goOn },
            again: { label: 'Again', tone: 'neutral', needsNote: false, leads: undoTo('pick', 2) },
          },
        }),
    })
    .timer('rest', { title: 'Rest', delayMs: () => 5_000 })
    .signal('gate', {
      title: 'Gate',
      signal: 'open',
      payload: Type.Object({ by: Type.String() }),
      timeoutMs: 9_000,
    })
    .end({ title: 'Checked', version: 1, output: ({ steps }) => ({ by: steps.gate.by }) });

  test('a branch that does not apply is passed by; a timer and a signal are waited for', () => {
    const saga = new Played(checked);
    saga.ok();
    saga.ok({ value: 0 });
    saga.wake(4_999);
    expect(saga.state.positions).toMatchObject([{ at: 'timer' }]);
    saga.wake(1);
    expect(saga.last.intents).toEqual([{ do: 'seek-signal', name: 'open' }]);
    saga.give({ type: 'signal', signalId: 'x', name: 'close', payload: {} });
    expect(saga.state.positions).toMatchObject([{ at: 'signal' }]);
    saga.give({ type: 'signal', signalId: 'y', name: 'open', payload: { by: 'ann' } });
    expect(saga.last.records).toEqual([{ record: 'signal-taken', signalId: 'y' }]);
    expect(saga.state).toMatchObject({ status: 'completed', result: { output: { by: 'ann' } } });
  });

  test('a person sends it back: amends from there on, then again, so often at most', () => {
    const saga = new Played(checked);
    saga.ok();
    for (let count = 0; count < 2; count += 1) {
      saga.ok({ value: 1 });
      saga.decideTask('again');
      expect(saga.acts.slice(-1)).toEqual(['put-back']);
      saga.ok();
      expect(saga.running.activity.name).toBe('pick');
    }
    expect(saga.running.work.visit).toBe(3);
    saga.ok({ value: 1 });
    saga.decideTask('again');
    expect(saga.state.status).toBe('compensating');
    saga.ok();
    saga.ok();
    expect(saga.acts.slice(-2)).toEqual(['put-back', 'give-back']);
    expect(saga.state.status).toBe('compensated');
  });

  test('a failure can lead back further, with amends for what failed as well', () => {
    const saga = new Played(checked);
    saga.ok();
    saga.fail('FLAT');
    saga.ok();
    saga.ok();
    expect(saga.acts).toEqual(['choose', 'pick', 'put-back', 'give-back', 'choose']);
    saga.ok();
    saga.fail('JAMMED');
    expect(saga.state.positions[0]).toMatchObject({ phase: { is: 'held', cause: 'not-retryable' } });
    saga.decideTask('retry');
    expect(saga.running.work).toMatchObject({ node: 'pick', visit: 2, attempt: 2 });
  });

  test('a task that nobody took in time leads where it should, once', () => {
    const saga = new Played(checked);
    saga.ok();
    saga.ok({ value: 3 });
    const { taskId } = saga;
    expect(saga.last.records).toMatchObject([{ task: { text: 'There are 3 wrong', dueMs: 61_000 } }]);
    saga.wake(60_000);
    expect(saga.last.records).toMatchObject([{ record: 'task-closed', state: 'expired' }]);
    const state = saga.state;
    saga.give({ type: 'task-decided', taskId, decision: 'accept', by: 'ann', note: null });
    expect(saga.state).toBe(state);
  });

  test('a failed visit hands its duty of amends to the next one', () => {
    const definition = defineSaga<Numbers>('retaken')
      .step('convey', act('convey'), {
        title,
        input: () => ({ value: 0 }),
        undo: { activity: act('reject'), title, input: () => ({ value: 0 }) },
        onFailure: {
          '*': way((saga) =>
            saga.task('jam', {
              kind: 'jam',
              title: 'Jam',
              text: () => 'Jam',
              decisions: {
                again: {
                  label: 'Again',
                  tone: 'primary',
                  needsNote: false,
                  leads: { route: 'to', node: 'convey' },
                },
                cancel: { label: 'No', tone: 'danger', needsNote: false, leads: endCancelled('jam') },
              },
            }),
          ),
        },
      })
      .end({ title: 'Retaken', version: 1 });
    const saga = new Played(definition);
    saga.fail();
    saga.decideTask('again');
    saga.fail();
    saga.decideTask('cancel');
    saga.ok();
    expect(saga.acts).toEqual(['convey', 'convey', 'reject']);
    expect(saga.state.status).toBe('cancelled');
  });
});
