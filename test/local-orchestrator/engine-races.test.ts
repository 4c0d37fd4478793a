import { Type } from 'typebox';
import { describe, expect, test } from 'vitest';
import { ApplianceError } from '#contracts/errors.ts';
import { silentLog } from '#contracts/log.ts';
import type { SqlRow, Store } from '#contracts/store.ts';
import type { ActivityCall, ActivityRunner } from '../../local-orchestrator/activities/activity.ts';
import { createRunners } from '../../local-orchestrator/activities/runners.ts';
import { initialState } from '../../local-orchestrator/decide/state.ts';
import { createInsist } from '../../local-orchestrator/engine/insist.ts';
import { createInstanceStore, freshInstance } from '../../local-orchestrator/engine/instances.ts';
import { createSignalDesk } from '../../local-orchestrator/engine/signal-desk.ts';
import { createSteadyClock } from '../../local-orchestrator/engine/steady-clock.ts';
import { createTransitions } from '../../local-orchestrator/engine/transitions.ts';
import { defineSaga } from '../../local-orchestrator/index.ts';
import { createFakeClock } from '../support/fake-clock.ts';
import { until } from '../support/until.ts';
import { createHold, type Numbers } from './numbers.ts';

const waiting = defineSaga<Numbers>('waiting')
  .signal('gate', { title: 'Gate', signal: 'open', payload: Type.Object({}) })
  .end({ title: 'Waiting', version: 1 });
const saga = { sagaId: 's-1', hash: 'h', correlationId: 's-1', input: { value: 1 }, startedMs: 0 };
const fresh = () => freshInstance(waiting, initialState(saga), { traceparent: null, parentId: null });
const atGate = () => {
  const instance = fresh();
  instance.state = {
    ...instance.state,
    seq: 1,
    positions: [{ at: 'signal', node: 'gate', visit: 1, lane: '', untilMs: null }],
  };
  return instance;
};
const stateRow = (): SqlRow => {
  const { positions, groups, unwindings, cancel, result } = atGate().state;
  const state = JSON.stringify({ positions, groups, unwindings, cancel, result });
  const names = { saga_id: 's-1', hash: 'h', correlation_id: 's-1', traceparent: null, parent_id: null };
  return { ...names, started_ms: 0, seq: 1, status: 'running', state, input: '{"value":1}' };
};

describe('a saga that is loaded and begun at the same moment', () => {
  test('is one saga in memory, not two', async () => {
    const disk = createHold();
    let asked = false;
    const store = {
      async query(statement: string) {
        if (statement !== 'saga.load') return [];
        asked = true;
        await disk.opened;
        return [stateRow()];
      },
    } as unknown as Store;
    const instances = createInstanceStore(store, async () => waiting);
    const loading = instances.load('s-1');
    await until('the disk is asked', () => asked);
    const begun = fresh();
    instances.put(begun);
    disk.open();
    expect(await loading).toBe(begun);
    expect(instances.get('s-1')).toBe(begun);
  });

  test('loses no event that was meant for the one on disk', async () => {
    const disk = createHold();
    let commits = 0;
    const store = {
      async commit() {
        commits += 1;
        await disk.opened;
        throw new ApplianceError('STORE_CONFLICT', {});
      },
      query: async () => [],
    } as unknown as Store;
    const instances = createInstanceStore(store, async () => waiting);
    const transitions = createTransitions({
      store,
      clock: createSteadyClock(createFakeClock()),
      random: () => 0.5,
      log: silentLog,
      site: 'test',
      instances,
      dueAfterMs: () => null,
      project: () => [],
      repeated: () => {},
      committed: () => {},
      carryOut: () => {},
    });
    const again = fresh();
    instances.put(again);
    const outcomes: string[] = [];
    transitions.push(again, { type: 'started' }, (outcome) => outcomes.push(`start ${outcome}`));
    await until('it is on its way to the disk', () => commits === 1);
    transitions.push(again, { type: 'woken' }, (outcome) => outcomes.push(`event ${outcome}`));
    disk.open();
    await until('both are told', () => outcomes.length === 2);
    expect(outcomes.toSorted()).toEqual(['event conflict', 'start conflict']);
    expect(instances.get('s-1')).toBeUndefined();
  });

  test('gets a signal that was stored while it looked for one', async () => {
    let instance: ReturnType<typeof fresh> | undefined;
    let stored: SqlRow[] = [];
    const offered: unknown[] = [];
    const store = {
      async query(statement: string) {
        return statement === 'saga.signalsOpen' ? stored : [];
      },
      async commit() {
        // It begins just now, has looked, and has found nothing.
        instance = atGate();
        stored = [{ signal_id: 'e-1', payload: '{"value":2}' }];
        return [];
      },
    } as unknown as Store;
    const clock = createSteadyClock(createFakeClock());
    const desk = createSignalDesk({
      store,
      clock,
      log: silentLog,
      site: 'test',
      daysMax: 7,
      insist: createInsist({ clock, log: silentLog, stopped: () => false }),
      repeated: () => {},
      load: async () => instance,
      async offer(_sagaId, event) {
        offered.push(event);
        stored = [];
        return 'changed';
      },
    });
    await desk.receive('s-1', { id: 'e-1', name: 'open', payload: { value: 2 } });
    await until('it is handed over', () => offered.length > 0);
    expect(offered).toMatchObject([{ type: 'signal', signalId: 'e-1' }]);
    desk.stop();
  });
});

describe('an attempt that was given up while it waited for its place', () => {
  test('is not begun, and says that nothing was done', async () => {
    const hold = createHold();
    const begun: string[] = [];
    const ref = { name: 'test.slow', version: 1, via: 'local', effect: 'neither' } as const;
    const slow: ActivityRunner = {
      ref,
      concurrencyMax: 1,
      async run({ key }) {
        begun.push(key);
        await hold.opened;
        return { outcome: 'succeeded', output: null };
      },
    };
    const runners = createRunners([slow], { log: silentLog, breakers: {} as never });
    const callOf = (key: string, signal: AbortSignal) =>
      ({ key, signal, input: null }) as unknown as ActivityCall;
    const controller = new AbortController();
    const first = runners.run(ref, callOf('first', new AbortController().signal), () => {});
    const second = runners.run(ref, callOf('second', controller.signal), () => {});
    await until('the first runs', () => begun.length === 1);
    controller.abort();
    hold.open();
    expect(await first).toMatchObject({ outcome: 'succeeded' });
    expect(await second).toMatchObject({ outcome: 'refused' });
    expect(begun).toEqual(['first']);
  });
});
