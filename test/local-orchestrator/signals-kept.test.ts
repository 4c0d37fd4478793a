import { Type } from 'typebox';
import { describe, expect, test } from 'vitest';
import { ApplianceError } from '#contracts/errors.ts';
import { offset } from '#contracts/ids.ts';
import type { StoreOp } from '#contracts/store.ts';
import { openLocalDisk } from '../../appliance/store/index.ts';
import { startTestSite } from '../../appliance/test-kit/index.ts';
import { EARLY_COUNT_MAX } from '../../local-orchestrator/engine/signal-desk.ts';
import { defineSaga, orchestratorStoreModules } from '../../local-orchestrator/index.ts';
import { startTestSite as startOn, type TestDisk } from '../../local-orchestrator/test-kit/index.ts';

const gate = defineSaga<object>('gate')
  .signal('go', { title: 'Go', signal: 'go', payload: Type.Object({}) })
  .end({ title: 'Gate', version: 1 });
const rest = defineSaga<object>('rest')
  .timer('rest', { title: 'Rest', delayMs: () => 30 * 86_400_000 })
  .end({ title: 'Rest', version: 1 });
const late = defineSaga<object>('late')
  .timer('rest', { title: 'Rest', delayMs: () => 3_600_000 })
  .signal('go', { title: 'Go', signal: 'go', payload: Type.Object({}) })
  .end({ title: 'Late', version: 1 });

const start = (daysMax = 30) =>
  startTestSite({ sagas: [gate, rest, late], parts: { config: { signalDaysMax: daysMax } } });
type Site = Awaited<ReturnType<typeof start>>;
const dropped = async (site: Site) => {
  const { store } = await site.running();
  const types = ['holdfast.signal.dropped.v1'];
  return (await store.readLog(offset(0), { types, countMax: 99 })).map(({ event }) => event.data);
};
const send = async (site: Site, sagaId: string, id: string, expiresAtMs?: number) => {
  const { orchestrator } = await site.running();
  const expiry = expiresAtMs === undefined ? {} : { expiresAtMs };
  return orchestrator.signal(sagaId, { id, name: 'go', payload: {}, ...expiry });
};
/** As if the process had died between the answer to the sender and telling the saga. */
const storedOnly = (sagaId: string, signalId: string, name: string, early = 0): StoreOp => ({
  op: 'run',
  statement: 'saga.receiveSignal',
  params: { sagaId, signalId, name, payload: '{}', nowMs: 0, expiresMs: Number.MAX_SAFE_INTEGER, early },
});

/** A disk that cannot be read for a while. */
function busyDisk(statement: string) {
  const disk = openLocalDisk(orchestratorStoreModules);
  const faults = { left: 0, fired: 0 };
  const busy: TestDisk = {
    close: () => disk.close(),
    start(options) {
      const store = disk.start(options);
      return Object.assign(Object.create(store), {
        async query(name: string, params: never) {
          if (name !== statement || faults.left === 0) return store.query(name, params);
          faults.left -= 1;
          faults.fired += 1;
          throw new ApplianceError('STORE_BUSY', { waiting: 20_000, what: 'reads' });
        },
      });
    },
  };
  return { busy, faults };
}

describe('an acknowledged signal', () => {
  test('reaches its saga after reads have failed', async () => {
    const { busy, faults } = busyDisk('saga.signalsOpen');
    using site = await startOn(busy, { sagas: [gate] });
    await site.start('gate', 's-1', {});
    faults.left = 3;
    await site.signal('s-1', 'go', {}, 'e-1');
    await site.pass('1 min');
    expect(faults).toEqual({ left: 0, fired: 3 });
    expect((await site.saga('s-1')).status).toBe('completed');
  });

  test('is found at the next start, however many wait for sagas that do not', async () => {
    using site = await start();
    const { store } = await site.running();
    const ids = Array.from({ length: 600 }, (_, n) => `s-${n}`);
    await site.start('rest', 'a', {});
    await Promise.all(ids.map((id) => site.start('gate', id, {})));
    await store.commit([
      ...Array.from({ length: 10_100 }, (_, n) => storedOnly('a', `e-${n}`, `word-${n}`)),
      ...ids.map((id) => storedOnly(id, 'e-1', 'go')),
    ]);
    await site.pass('1 min');
    expect((await site.saga('s-0')).status).toBe('running');
    await site.restart();
    await site.pass('1 min');
    const states = await Promise.all(ids.map(async (id) => (await site.saga(id)).status));
    expect(states.filter((status) => status !== 'completed')).toEqual([]);
  });
});

describe('a signal to a saga that has ended', () => {
  test('is refused with how it ended, and a repeat of one that it took is not', async () => {
    using site = await start();
    await site.start('gate', 's-1', {});
    await send(site, 's-1', 'e-1');
    await site.pass('1 s');
    expect((await site.saga('s-1')).status).toBe('completed');
    await expect(send(site, 's-1', 'e-2')).rejects.toMatchObject({
      code: 'SAGA_ENDED',
      message: 'Saga s-1 has ended: completed',
    });
    await send(site, 's-1', 'e-1');
    const { store } = await site.running();
    expect(await store.query('saga.signal', { sagaId: 's-1', signalId: 'e-2' })).toEqual([]);
  });
});

describe('signals for sagas that have not begun', () => {
  test('are kept up to a limit of all together, and make room when their sagas take them', async () => {
    using site = await start();
    const { store } = await site.running();
    const stored = Array.from({ length: EARLY_COUNT_MAX - 1 }, (_, n) =>
      storedOnly(`nobody-${n}`, 'e-1', 'go', 1),
    );
    await store.commit(stored);
    await send(site, 's-1', 'e-1');
    await expect(send(site, 's-2', 'e-1')).rejects.toMatchObject({
      code: 'SAGA_SIGNALS_EARLY',
      message: expect.stringContaining(`${EARLY_COUNT_MAX} signals`),
      hint: expect.stringContaining('right id'),
      retryable: true,
    });
    // A repeat is no new one, and a saga that runs has its own room.
    await send(site, 's-1', 'e-1');
    await site.start('gate', 's-3', {});
    await send(site, 's-3', 'e-1');
    // What was accepted is still there for its saga, and then there is room for one more.
    await site.start('gate', 's-1', {});
    await site.start('gate', 'nobody-0', {});
    await site.pass('1 s');
    const ends = ['s-1', 's-3', 'nobody-0'].map(async (id) => (await site.saga(id)).status);
    expect(await Promise.all(ends)).toEqual(['completed', 'completed', 'completed']);
    await send(site, 's-2', 'e-1');
  });
});

describe('a signal that says when it expires', () => {
  test('is given up then, with a record, and not taken afterwards', async () => {
    using site = await start();
    const nowMs = site.clock.nowMs();
    await site.start('late', 's-1', {});
    await send(site, 's-1', 'e-1', nowMs + 60_000);
    await send(site, 's-1', 'e-2', nowMs + 2 * 3_600_000);
    await site.pass('59 s');
    expect(await dropped(site)).toEqual([]);
    await site.pass('2 s');
    expect(await dropped(site)).toMatchObject([{ sagaId: 's-1', signalId: 'e-1', why: 'expired' }]);
    // A repeat of it is the same one, and changes nothing.
    await send(site, 's-1', 'e-1', nowMs + 60_000);
    await site.pass('1 h');
    expect((await site.saga('s-1')).status).toBe('completed');
    const { store } = await site.running();
    const [first, second] = await Promise.all(
      ['e-1', 'e-2'].map((signalId) => store.query('saga.signal', { sagaId: 's-1', signalId })),
    );
    expect([first?.[0]?.taken_ms, typeof second?.[0]?.taken_ms]).toEqual([null, 'number']);
  });

  test('lasts no longer than the site keeps any', async () => {
    using site = await start(2);
    await send(site, 's-1', 'e-1', site.clock.nowMs() + 100 * 86_400_000);
    await site.pass('47 h');
    expect(await dropped(site)).toEqual([]);
    await site.pass('2 h');
    expect(await dropped(site)).toMatchObject([{ signalId: 'e-1', why: 'expired' }]);
  });

  test('expires by its own clock when that of the site is set', async () => {
    using site = await start();
    site.clock.jumpWall(3_600_000);
    await send(site, 's-1', 'e-1', site.clock.nowMs() + 60_000);
    await site.pass('59 s');
    expect(await dropped(site)).toEqual([]);
    await site.pass('2 s');
    expect(await dropped(site)).toHaveLength(1);
  });

  test('is refused when that is over already', async () => {
    using site = await start();
    await expect(send(site, 's-1', 'e-1', site.clock.nowMs() - 1)).rejects.toMatchObject({
      code: 'SAGA_SIGNAL_INVALID',
      message: 'Signal go for saga s-1, expiresAt: is over already',
    });
  });

  test('in time reaches a saga that waited for it while the process was down', async () => {
    using site = await start();
    await site.start('gate', 's-1', {});
    const { store } = await site.running();
    const expiresMs = site.clock.nowMs() + 60_000;
    const op = storedOnly('s-1', 'e-1', 'go') as Extract<StoreOp, { op: 'run' }>;
    await store.commit([{ ...op, params: { ...op.params, expiresMs } }]);
    await site.crash('1 h');
    await site.pass('1 s');
    expect((await site.saga('s-1')).status).toBe('completed');
  });
});
