import { describe, expect, test } from 'vitest';
import type { FailureRoutes } from '../../local-orchestrator/definition/work-options.ts';
import { defineSaga, endFailed, goOn, park, text, way } from '../../local-orchestrator/index.ts';
import { act, type Numbers, Played, simple } from './decide-kit.ts';

const retry = { attempts: 5, firstMs: 100, factor: 1, capMs: 100 };
const refusal = { firstMs: 100, factor: 1, capMs: 100, budgetMs: 1_000 };

describe('a step with limits', () => {
  const limited = defineSaga<Numbers>('limited')
    .step('drive', act('drive', 'queryable'), {
      ...simple('drive'),
      retry,
      limits: ({ input }) => [
        { name: 'zone', key: text`zone ${input.value}`, concurrencyMax: 2 },
        { name: 'site', key: 'all', perMinuteMax: 30 },
      ],
    })
    .end({ title: 'Limited', version: 1 });
  const work = { node: 'drive', visit: 1, role: 'action' } as const;
  const granted = { type: 'granted', work } as const;

  test('dispatches nothing before its turn, and is dispatched once', () => {
    const saga = new Played(limited, { value: 4 });
    expect(saga.last.intents).toEqual([
      {
        do: 'queue',
        work,
        limits: [
          { name: 'zone', key: 'zone 4', concurrencyMax: 2 },
          { name: 'site', key: 'all', perMinuteMax: 30 },
        ],
        taken: false,
      },
    ]);
    saga.wake(1_000_000);
    expect(saga.acts).toEqual([]);
    saga.give(granted);
    saga.give(granted);
    expect(saga.acts).toEqual(['drive']);
  });

  test('waits for a turn at each attempt', () => {
    const saga = new Played(limited);
    saga.give(granted);
    saga.fail('JAM', true);
    saga.give(granted); // nobody waits for it now
    saga.wake(100);
    expect(saga.last.intents).toMatchObject([{ do: 'queue', work }]);
    saga.give(granted);
    expect(saga.running.work.attempt).toBe(2);
  });

  test('queues again after a crash and writes nothing', () => {
    const saga = new Played(limited);
    const { state, last } = saga;
    saga.give({ type: 'recovered' });
    expect(saga.state).toBe(state);
    expect(saga.last.intents).toEqual(last.intents);
  });

  test('gives up its place when it is not wanted, and has nothing to undo', () => {
    const saga = new Played(limited);
    saga.give({ type: 'cancel', by: 'ann', reason: 'enough' });
    expect(saga.last.intents).toEqual([{ do: 'unqueue', work }]);
    expect(saga.state.status).toBe('cancelled');
  });

  test('that runs when the process ends has its turn again before anybody else', () => {
    const definition = defineSaga<Numbers>('again')
      .step('drive', act('drive'), {
        ...simple('drive'),
        limits: () => [{ name: 'zone', key: 'z', concurrencyMax: 1 }],
      })
      .end({ title: 'Again', version: 1 });
    const saga = new Played(definition);
    saga.give(granted);
    saga.give({ type: 'recovered' });
    expect(saga.last.intents).toMatchObject([{ do: 'queue', taken: true }, { do: 'run' }]);
  });

  test('whose key cannot be computed waits for a person', () => {
    const definition = defineSaga<Numbers>('keyless')
      .step('drive', act('drive'), {
        ...simple('drive'),
        limits: ({ input }) => [
          { name: 'zone', key: (input as never as { zone: string }).zone, concurrencyMax: 1 },
        ],
      })
      .end({ title: 'Keyless', version: 1 });
    const saga = new Played(definition);
    expect(saga.state.positions).toMatchObject([{ phase: { is: 'held', cause: 'definition-broken' } }]);
  });

  test('whose input cannot be computed gives its turn back', () => {
    const definition = defineSaga<Numbers>('inputless')
      .step('drive', act('drive'), {
        ...simple('drive'),
        input: ({ input }) => ({ value: (input as never as { more: number }).more }),
        limits: () => [{ name: 'zone', key: 'z', concurrencyMax: 1 }],
      })
      .end({ title: 'Inputless', version: 1 });
    const saga = new Played(definition);
    saga.give(granted);
    expect(saga.last.intents).toEqual([{ do: 'unqueue', work }]);
    expect(saga.state.positions).toMatchObject([{ phase: { is: 'held', cause: 'definition-broken' } }]);
  });
});

describe('the time of all attempts together', () => {
  const budget = (timeoutMs: number | null = 1_000) =>
    defineSaga<Numbers>('budget')
      .step('drive', act('drive'), {
        ...simple('drive'),
        timeoutMs,
        refusal,
        retry: { ...retry, attempts: 50, totalMs: 2_500 },
      })
      .end({ title: 'Budget', version: 1 });

  test('ends the step though there are attempts left', () => {
    const saga = new Played(budget());
    saga.wake(1_000);
    saga.wake(50);
    expect(saga.running.work.attempt).toBe(2);
    saga.wake(1_000);
    saga.wake(50);
    expect(saga.running.work.attempt).toBe(3);
    saga.wake(399);
    expect(saga.underWay).toEqual(['drive']);
    saga.wake(1); // the third attempt is cut short
    expect(saga.underWay).toEqual(['undo-drive']);
  });

  test('limits an attempt that has no time of its own', () => {
    const saga = new Played(budget(null));
    expect(saga.state.positions).toMatchObject([{ phase: { is: 'running', deadlineMs: 3_500 } }]);
  });

  test('does not begin while nothing could move', () => {
    const saga = new Played(budget());
    for (let count = 0; count < 9; count += 1) {
      saga.result({ outcome: 'refused', reason: 'e-stop' });
      saga.wake(100);
    }
    saga.nowMs += 800;
    expect(saga.state.positions).toMatchObject([{ phase: { is: 'running', deadlineMs: 2_900 } }]);
  });

  test('that is over when a turn comes dispatches nothing more', () => {
    const saga = new Played(budget());
    saga.fail('JAM', true);
    saga.result({ outcome: 'refused', reason: 'e-stop' });
    saga.wake(50);
    saga.result({ outcome: 'refused', reason: 'e-stop' });
    saga.wake(5_000);
    expect(saga.underWay).toEqual(['undo-drive']);
    expect(saga.acts.filter((name) => name === 'drive')).toHaveLength(2);
  });
});

describe('an attempt that had to wait for a place at its activity', () => {
  const timed = (totalMs?: number) =>
    new Played(
      defineSaga<Numbers>('timed')
        .step('drive', act('drive', 'neither'), {
          ...simple('drive'),
          timeoutMs: 1_000,
          retry: { ...retry, attempts: 1, ...(totalMs === undefined ? {} : { totalMs }) },
        })
        .end({ title: 'Timed', version: 1 }),
    );
  const late = (saga: Played, beganMs: number | null) => {
    saga.nowMs += 1_000;
    saga.give({ type: 'woken', waited: [{ work: saga.running.work, beganMs }] });
  };

  test('has its time from when it begins', () => {
    const saga = timed();
    late(saga, null);
    expect(saga.state.positions).toMatchObject([{ phase: { is: 'running', deadlineMs: 3_000 } }]);
    late(saga, 2_500);
    expect(saga.state.positions).toMatchObject([{ phase: { is: 'running', deadlineMs: 3_500 } }]);
    late(saga, 2_500);
    expect(saga.state.positions).toMatchObject([{ phase: { is: 'held', cause: 'unknown-outcome' } }]);
  });

  test('is over when the time for all attempts is, and nothing was done', () => {
    const saga = timed(1_000);
    late(saga, null);
    expect(saga.last.intents).toMatchObject([{ do: 'abort' }]);
    expect(saga.state).toMatchObject({ status: 'compensated', journal: [{ amends: 'none' }] });
  });
});

describe('a refusal with a code', () => {
  const routes = (onFailure: FailureRoutes<Numbers, unknown>) =>
    new Played(
      defineSaga<Numbers>('routes')
        .step('drive', act('drive'), { ...simple('drive'), refusal, onFailure })
        .step('after', act('after'), simple('after'))
        .end({ title: 'Routes', version: 1 }),
    );
  const open = { outcome: 'refused', reason: 'robot 3 is broken', code: 'CIRCUIT_OPEN' } as const;

  test('takes the fallback that the definition has for it, and there is nothing to undo', () => {
    const saga = routes({
      CIRCUIT_OPEN: way((inner) => inner.step('other', act('other'), simple('other'))),
    });
    saga.result(open);
    expect(saga.underWay).toEqual(['other']);
    saga.done('other');
    saga.fail();
    saga.done('undo-after', 'undo-other');
    expect(saga.state.status).toBe('compensated');
  });

  test('is waited for without one: a route for everything is not meant for it', () => {
    const saga = routes({ '*': goOn });
    saga.result(open);
    expect(saga.state.positions).toMatchObject([{ burned: 0, phase: { is: 'pausing', untilMs: 1_075 } }]);
  });

  test('is not tried again before it can be of use, and a person is asked in time', () => {
    const saga = routes({});
    saga.result({ ...open, retryAtMs: 1_600 });
    expect(saga.state.positions).toMatchObject([{ phase: { is: 'pausing', untilMs: 1_600 } }]);
    saga.wake(600);
    saga.result({ ...open, retryAtMs: 60_000 });
    expect(saga.state.positions).toMatchObject([{ phase: { is: 'pausing', untilMs: 2_000 } }]);
    saga.wake(400);
    saga.result({ ...open, retryAtMs: 60_000 });
    expect(saga.state.positions).toMatchObject([{ phase: { is: 'held', cause: 'refused-too-long' } }]);
  });
});

describe('an attempt that is silent', () => {
  const silent = (effect: 'idempotent' | 'queryable' | 'neither') =>
    new Played(
      defineSaga<Numbers>('silent')
        .step('drive', act('drive', effect), { ...simple('drive'), heartbeatMs: 5_000, retry })
        .end({ title: 'Silent', version: 1 }),
    );

  test('tells its runner how often it must be heard', () => {
    expect(silent('idempotent').running.heartbeatMs).toBe(5_000);
  });

  test.each([
    ['idempotent', ['abort'], { is: 'pausing' }],
    ['queryable', ['abort', 'ask'], { is: 'asking' }],
    ['neither', ['abort'], { is: 'held', cause: 'unknown-outcome' }],
  ] as const)('counts as lost: %s', (effect, intents, phase) => {
    const saga = silent(effect);
    const { work } = saga.running;
    saga.give({ type: 'silent', work });
    expect(saga.last.intents.map((intent) => intent.do)).toEqual(intents);
    expect(saga.state.positions).toMatchObject([{ phase }]);
    const { state } = saga;
    saga.give({ type: 'silent', work });
    expect(saga.state).toBe(state);
  });
});

describe('input that a person has corrected', () => {
  const held = () => {
    const saga = new Played(
      defineSaga<Numbers>('corrected')
        .step('drive', act('drive', 'queryable'), { ...simple('drive'), retry, onFailure: { '*': park } })
        .end({ title: 'Corrected', version: 1 }),
    );
    saga.fail();
    const { taskId } = saga;
    saga.give({
      type: 'task-decided',
      taskId,
      decision: 'retry',
      by: 'ann',
      note: null,
      input: { value: 9 },
    });
    return saga;
  };

  test('takes the place of the computed one, for this and later attempts and questions, and is recorded', () => {
    const saga = held();
    expect(saga.last.records.at(-1)).toEqual({
      record: 'resumed',
      taskId: 's:t2',
      by: 'ann',
      decision: 'retry',
      input: { value: 9 },
    });
    expect(saga.told.find(([kind]) => kind === 'resumed')?.[1]).toMatchObject({ edited: true });
    expect(saga.running.input).toEqual({ value: 9 });
    saga.fail('JAM', true);
    saga.wake(100);
    expect(saga.running.input).toEqual({ value: 9 });
    saga.give({ type: 'recovered' });
    expect(saga.last.intents).toMatchObject([{ do: 'ask', input: { value: 9 } }]);
  });

  test('is not that of the amends', () => {
    const saga = held();
    saga.give({ type: 'cancel', by: 'ann', reason: 'enough' });
    saga.ok();
    expect(saga.running).toMatchObject({ activity: { name: 'undo-drive' }, input: { value: 0 } });
  });
});

describe('a person says that it is done', () => {
  test('but the definition cannot say with what: asked again, with the reason', () => {
    const saga = new Played(
      defineSaga<Numbers>('assuming')
        .step('drive', act('drive', 'neither'), {
          ...simple('drive'),
          assume: ({ input }) => ({ value: (input as never as { more: number }).more }),
          onFailure: { '*': endFailed('no') },
        })
        .end({ title: 'Assuming', version: 1 }),
    );
    saga.give({ type: 'recovered' });
    const first = saga.taskId;
    saga.decideTask('done');
    expect(saga.taskId).not.toBe(first);
    expect(saga.state.positions).toMatchObject([{ phase: { is: 'held', cause: 'unknown-outcome' } }]);
    saga.decideTask('not-done');
    expect(saga.running.work.attempt).toBe(2);
  });
});
