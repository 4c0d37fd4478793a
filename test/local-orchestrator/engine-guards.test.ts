import { describe, expect, onTestFinished, test } from 'vitest';
import { ApplianceError } from '#contracts/errors.ts';
import { offset } from '#contracts/ids.ts';
import type { Store } from '#contracts/store.ts';
import { PROGRESS_BYTES_MAX } from '../../local-orchestrator/engine/heartbeats.ts';
import {
  ActivityFailure,
  codeActivity,
  commandActivity,
  defineSaga,
  endFailed,
  way,
} from '../../local-orchestrator/index.ts';
import { createFakeClock } from '../support/fake-clock.ts';
import { until } from '../support/until.ts';
import {
  createHold,
  type Numbers,
  never,
  passUntil,
  remote,
  startNumbers,
  statusOf,
  work,
} from './numbers.ts';
import { openSagaStore, temporaryFolder } from './site.ts';

const HOUR_MS = 3_600_000;
const title = 'Work';
const retry = { attempts: 3, firstMs: 100, factor: 1, capMs: 100 };

describe('a step with a limit', () => {
  const limited = defineSaga<Numbers>('limited')
    .step('enter', work, {
      title,
      timeoutMs: null,
      input: ({ input }) => input,
      limits: () => [{ name: 'zone', key: 'z1', concurrencyMax: 1 }],
    })
    .end({ title: 'Limited', version: 1 });

  test('waits for its turn, also over a restart, and those that run keep theirs', async () => {
    const dir = temporaryFolder();
    const first = await startNumbers({ dir, sagas: [limited], behave: (_name, call) => never(call) });
    for (const sagaId of ['s-1', 's-2', 's-3'])
      await first.orchestrator.startSaga('limited', sagaId, { value: 1 });
    await until('one is in the zone', () => first.calls.length === 1);
    expect(first.orchestrator.stats().limits).toEqual([{ name: 'zone', key: 'z1', running: 1, waiting: 2 }]);
    expect(first.orchestrator.limits()).toMatchObject([{ inside: ['s-1'], next: ['s-2', 's-3'] }]);
    await first.orchestrator.cancelSaga('s-2', 'ann', 'not needed');
    await until('it is gone', () => first.ended.has('s-2'));
    await first.close();

    const hold = createHold();
    const second = await startNumbers({
      dir,
      sagas: [limited],
      behave: (_name, { sagaId }) => (sagaId === 's-1' ? hold.opened.then(() => ({ value: 2 })) : null),
    });
    await until('the one that was inside goes on', () => second.calls.length === 1);
    expect(second.calls).toMatchObject([{ key: 's-1:enter.1' }]);
    expect(second.orchestrator.stats().limits).toEqual([{ name: 'zone', key: 'z1', running: 1, waiting: 1 }]);
    hold.open();
    await until('both are through', () => second.ended.size === 2);
    expect(second.calls.map(({ key }) => key)).toEqual(['s-1:enter.1', 's-3:enter.1']);
    expect(second.orchestrator.stats().limits).toEqual([]);
  });

  test('gives its turn back while it pauses between attempts', async () => {
    const clock = createFakeClock();
    let tries = 0;
    const stubborn = defineSaga<Numbers>('stubborn')
      .step('enter', work, {
        title,
        retry,
        input: ({ input }) => input,
        limits: () => [{ name: 'zone', key: 'z1', concurrencyMax: 1 }],
      })
      .end({ title: 'Stubborn', version: 1 });
    const site = await startNumbers({
      clock,
      sagas: [stubborn],
      behave(_name, { sagaId }) {
        tries += 1;
        return sagaId === 's-1' && tries === 1 ? Promise.reject(new Error('no luck')) : null;
      },
    });
    await site.orchestrator.startSaga('stubborn', 's-1', { value: 1 });
    await until('it has failed once', () => tries === 1);
    await site.orchestrator.startSaga('stubborn', 's-2', { value: 1 });
    await until('another gets through meanwhile', () => site.ended.get('s-2') === 'completed');
    await passUntil(clock, 50, 'it is through too', () => site.ended.get('s-1') === 'completed');
  });
});

describe('a step with a heartbeat', () => {
  const long = defineSaga<Numbers>('long')
    .step('haul', work, { title, retry, timeoutMs: null, heartbeatMs: 10_000, input: ({ input }) => input })
    .end({ title: 'Long', version: 1 });

  test('that falls silent is begun anew, and goes on from the progress it told', async () => {
    const clock = createFakeClock();
    const seen: unknown[] = [];
    const site = await startNumbers({
      clock,
      sagas: [long],
      behave(_name, call) {
        seen.push([call.work.attempt, call.progress]);
        call.heartbeat({ pallets: 3 });
        call.heartbeat({ pallets: 4 });
        return call.work.attempt === 1 ? never(call) : null;
      },
    });
    await site.orchestrator.startSaga('long', 's-1', { value: 1 });
    await until('it hauls', () => seen.length === 1);
    await clock.pass(9_000);
    expect(seen).toHaveLength(1);
    await passUntil(clock, 500, 'it is done', () => site.ended.get('s-1') === 'completed');
    expect(seen).toEqual([
      [1, null],
      [2, { pallets: 4 }],
    ]);
  });

  test('that is heard of may take as long as it takes', async () => {
    const clock = createFakeClock();
    const hold = createHold();
    let beat: () => void = () => {};
    const site = await startNumbers({
      clock,
      sagas: [long],
      behave(_name, call) {
        beat = () => call.heartbeat();
        return hold.opened.then(() => ({ value: 1 }));
      },
    });
    await site.orchestrator.startSaga('long', 's-1', { value: 1 });
    await until('it hauls', () => site.calls.length === 1);
    for (let minutes = 0; minutes < 10; minutes += 1) {
      beat();
      await clock.pass(9_000);
    }
    hold.open();
    await until('it is done', () => site.ended.get('s-1') === 'completed');
    expect(site.calls).toHaveLength(1);
  });

  test('that tells too much fails with words, and what it told before is kept', async () => {
    const clock = createFakeClock();
    const refused: unknown[] = [];
    const seen: unknown[] = [];
    const site = await startNumbers({
      clock,
      sagas: [long],
      behave(_name, call) {
        seen.push(call.progress);
        if (seen.length > 1) return null;
        call.heartbeat({ pallets: 1 });
        try {
          call.heartbeat({ pallets: 'x'.repeat(PROGRESS_BYTES_MAX) });
        } catch (error) {
          refused.push(error);
        }
        return never(call);
      },
    });
    await site.orchestrator.startSaga('long', 's-1', { value: 1 });
    await passUntil(clock, 500, 'it is done', () => site.ended.get('s-1') === 'completed');
    expect(refused).toMatchObject([
      { code: 'SAGA_PROGRESS_TOO_LONG', details: { sagaId: 's-1', bytesMax: PROGRESS_BYTES_MAX } },
    ]);
    expect(seen).toEqual([null, { pallets: 1 }]);
  });
});

describe('an open circuit', () => {
  const calling = defineSaga<Numbers>('calling')
    .step('call', remote, {
      title,
      retry: { ...retry, attempts: 1 },
      input: ({ input }) => input,
      onFailure: {
        CIRCUIT_OPEN: way((saga) => saga.step('instead', work, { title, input: ({ input }) => input })),
        '*': endFailed('it failed'),
      },
    })
    .end({ title: 'Calling', version: 1 });
  const waiting = defineSaga<Numbers>('waiting')
    .step('call', remote, { title, retry: { ...retry, attempts: 1 }, input: ({ input }) => input })
    .end({ title: 'Waiting', version: 1 });

  test('leads to the branch that names it; without one it is waited for', async () => {
    const clock = createFakeClock();
    let broken = true;
    const site = await startNumbers({
      clock,
      sagas: [calling, waiting],
      config: { breaker: { failures: 2, openMs: 60_000, probes: 1 } },
      behave(name) {
        if (name === 'test.remote' && broken) throw new ActivityFailure('DOWN', 'no answer', true);
        return null;
      },
    });
    for (const sagaId of ['f-1', 'f-2']) await site.orchestrator.startSaga('calling', sagaId, { value: 1 });
    await until('both have failed', () => site.ended.size === 2);
    expect(site.orchestrator.breakers.list()).toMatchObject([{ id: 'endpoint:wms', state: 'open' }]);
    broken = false;
    await site.orchestrator.startSaga('calling', 's-1', { value: 1 });
    await until('the other way is gone', () => site.ended.get('s-1') === 'completed');
    expect(site.calls.at(-1)).toMatchObject({ activity: 'test.work', key: 's-1:instead.1' });
    await site.orchestrator.startSaga('waiting', 's-2', { value: 1 });
    await clock.pass(30_000);
    expect(site.ended.has('s-2')).toBe(false);
    await passUntil(clock, 5_000, 'it closes', () => site.ended.get('s-2') === 'completed');
    expect(site.orchestrator.breakers.list()).toMatchObject([{ state: 'closed' }]);
  });
});

describe('a code step', () => {
  const effects: string[] = [];
  const begun = (name: string) => effects.filter((one) => one === name).length;
  let behave: (name: string, signal: AbortSignal) => Promise<null> | null = () => null;
  const ship = codeActivity<Numbers, Numbers>('test.ship', 1, async (call) => {
    for (const name of ['label', 'pay']) {
      await call.step(
        name,
        () => {
          effects.push(name);
          return behave(name, call.signal);
        },
        { effect: name === 'pay' ? 'neither' : 'idempotent' },
      );
    }
    return { value: 2 };
  });
  const shipping = defineSaga<Numbers>('shipping')
    .step('ship', ship, { title, timeoutMs: null, input: ({ input }) => input })
    .end({ title: 'Shipping', version: 1 });

  test('goes on after a restart where it was; what nobody knows about goes to a person', async () => {
    const dir = temporaryFolder();
    behave = (name, signal) =>
      name === 'pay'
        ? new Promise((_resolve, reject) =>
            signal.addEventListener('abort', () => reject(new Error('cut off'))),
          )
        : null;
    const first = await startNumbers({ dir, sagas: [shipping], more: [ship] });
    await first.orchestrator.startSaga('shipping', 's-1', { value: 1 });
    await until('it pays', () => begun('pay') === 1);
    await first.close();

    behave = () => null;
    const second = await startNumbers({ dir, sagas: [shipping], more: [ship] });
    const task = await until('a person is asked', () => second.orchestrator.tasks()[0]);
    expect(task).toMatchObject({ kind: 'unknown-outcome', text: expect.stringContaining('"pay" had begun') });
    expect([begun('label'), begun('pay')]).toEqual([1, 1]);
    await second.orchestrator.decideTask(task.taskId, 'ann', 'not-done');
    await until('it ends', () => second.ended.get('s-1') === 'completed');
    expect([begun('label'), begun('pay')]).toEqual([1, 2]);
  });

  test('whose code has changed under it is parked with words', async () => {
    const dir = temporaryFolder();
    effects.length = 0;
    const failing = codeActivity<Numbers, Numbers>('test.ship', 1, async (call) => {
      await call.step('weigh', () => null);
      throw new ActivityFailure('SCALE', 'the scale is off', true);
    });
    const first = await startNumbers({ dir, sagas: [shipping], more: [failing] });
    await first.orchestrator.startSaga('shipping', 's-1', { value: 1 });
    await until('it weighs', () => first.orchestrator.stats().transitions >= 2);
    await first.close();
    const second = await startNumbers({ dir, sagas: [shipping], more: [ship] });
    const task = await until('a person is asked', () => second.orchestrator.tasks()[0]);
    expect(task).toMatchObject({
      kind: 'definition-broken',
      text: expect.stringContaining('sub-step 1 is recorded as "weigh", and the code calls "label" there'),
    });
    expect(effects).toEqual([]);
  });
});

test.each([-HOUR_MS, HOUR_MS])('deadlines do not move when the wall clock is set by %i ms', async (byMs) => {
  const clock = createFakeClock();
  const timed = defineSaga<Numbers>('timed')
    .timer('pause', { title: 'Pause', delayMs: () => 60_000 })
    .step('work', work, {
      title,
      timeoutMs: 600_000,
      retry: { ...retry, attempts: 1 },
      input: ({ input }) => input,
    })
    .end({ title: 'Timed', version: 1 });
  const site = await startNumbers({ clock, sagas: [timed], behave: (_name, call) => never(call) });
  await site.orchestrator.startSaga('timed', 's-1', { value: 1 });
  await clock.pass(30_000);
  clock.jumpWall(byMs);
  await clock.pass(29_000);
  expect(site.calls).toEqual([]);
  await passUntil(clock, 1_000, 'the timer fires', () => site.calls.length === 1);
  clock.jumpWall(byMs);
  // Far from its end: the clock has run on while the store was busy.
  await clock.pass(300_000);
  expect(site.ended.size).toBe(0);
  await passUntil(clock, 10_000, 'the step times out', () => site.ended.get('s-1') === 'compensated');
  // Records carry wall time, as it is set.
  const [last] = (
    await site.store.readLog(offset(0), { types: ['holdfast.saga.ended.v1'], countMax: 9 })
  ).map(({ event }) => Date.parse(event.time));
  expect(Math.abs((last ?? 0) - clock.nowMs())).toBeLessThan(HOUR_MS / 2);
  expect(site.ended.size).toBe(1);
});

test('a command that is sent after the wall clock was set carries an expiry by that clock', async () => {
  const clock = createFakeClock();
  const drive = commandActivity('MobileRobot', 'goTo');
  const driving = defineSaga<Numbers>('driving')
    .step('go', drive, {
      title,
      expiryMs: 10_000,
      input: () => ({ target: 'amr-1', epoch: 0, args: { place: 'rack-1' } }),
    })
    .end({ title: 'Driving', version: 1 });
  const site = await startNumbers({ clock, sagas: [driving] });
  clock.jumpWall(HOUR_MS);
  await site.orchestrator.startSaga('driving', 's-1', { value: 1 });
  await until('it is sent', () => site.plant.submitted.length === 1);
  expect(site.plant.submitted[0]?.expiresAtMs).toBe(clock.nowMs() + 10_000);
});

describe('a start', () => {
  const simple = defineSaga<Numbers>('simple')
    .step('work', work, { title, input: ({ input }) => input })
    .end({ title: 'Simple', version: 1 });

  test('is refused for now when the store has no room, and may be repeated under its id', async () => {
    const store = await openSagaStore(temporaryFolder());
    onTestFinished(() => store.close());
    let full = true;
    const commit: Store['commit'] = (ops, options) =>
      full && ops.some((op) => op.op === 'run' && op.statement === 'saga.insert')
        ? Promise.reject(new ApplianceError('STORE_FULL'))
        : store.commit(ops, options);
    const site = await startNumbers({ sagas: [simple], parts: { store: { ...store, commit } } });
    const start = () => site.orchestrator.startSaga('simple', 's-1', { value: 1 });
    await expect(start()).rejects.toMatchObject({ code: 'SAGA_BUSY', retryable: true });
    expect(await statusOf(store, 's-1')).toBe(undefined);
    full = false;
    expect(await start()).toBe('changed');
    await until('it ends', () => site.ended.get('s-1') === 'completed');
  });

  test('of a site without the device that its definition needs is refused with words', async () => {
    const conveying = defineSaga<Numbers>('conveying')
      .step('stop', commandActivity('Conveyor', 'stop'), {
        title,
        input: () => ({ target: 'conveyor-9', epoch: 0, args: {} }),
      })
      .end({ title: 'Conveying', version: 1 });
    const parts = { capabilities: new Set(['MobileRobot']) };
    await expect(startNumbers({ sagas: [conveying], parts })).rejects.toMatchObject({
      code: 'SAGA_CAPABILITY_MISSING',
      message: expect.stringContaining('Conveyor.stop, which no device of the site file has'),
    });
    const site = await startNumbers({ sagas: [simple], parts });
    await site.orchestrator.startSaga('simple', 's-1', { value: 1 });
    await until('what needs no conveyor runs', () => site.ended.get('s-1') === 'completed');
  });
});
