import { describe, expect, test } from 'vitest';
import { ApplianceError } from '#contracts/errors.ts';
import type { CommitOptions, StoreOp } from '#contracts/store.ts';
import { openLocalDisk } from '../../appliance/store/index.ts';
import { startTestSite } from '../../appliance/test-kit/index.ts';
import {
  type ActivityCall,
  defineSaga,
  implement,
  localActivity,
  orchestratorStoreModules,
  sagaNamed,
} from '../../local-orchestrator/index.ts';
import { startTestSite as startOn, type TestDisk } from '../../local-orchestrator/test-kit/index.ts';

type None = Record<never, never>;
const title = 'Work';
const act = localActivity<None, None>('out.act', 1);
const undo = localActivity<None, None>('out.undo', 1);
const once = localActivity<None, None>('out.once', 1, 'neither');
const undoing = { activity: undo, title: 'Undo', input: () => ({}) };
const simple = defineSaga<None>('simple')
  .step('act', act, { title, input: () => ({}) })
  .end({ title: 'Simple', version: 1 });

/** A disk that refuses some commits for as long as it is told to; counts them. */
function refusingDisk(wrong: (ops: readonly StoreOp[], options?: CommitOptions) => ApplianceError | null) {
  const disk = openLocalDisk(orchestratorStoreModules);
  const state = { refuses: true, refused: 0 };
  const wrapped: TestDisk = {
    start(options) {
      const store = disk.start(options);
      return Object.assign(Object.create(store) as typeof store, {
        commit(ops: readonly StoreOp[], how?: CommitOptions) {
          const error = state.refuses ? wrong(ops, how) : null;
          if (error === null) return store.commit(ops, how);
          state.refused += 1;
          return Promise.reject(error);
        },
      });
    },
    close: () => disk.close(),
  };
  return { disk: wrapped, state };
}

const inserts = (ops: readonly StoreOp[], saga?: string): boolean =>
  ops.some(
    (op) =>
      op.op === 'run' &&
      op.statement === 'saga.insert' &&
      (saga === undefined || (op.params as { name?: string } | undefined)?.name === saga),
  );

describe('an attempt that a power cut ended', () => {
  test('is not begun anew when its saga had been cancelled; what it did is undone', async () => {
    const done: string[] = [];
    const slow = defineSaga<None>('slow')
      .step('act', act, { title, timeoutMs: null, input: () => ({}), undo: undoing })
      .end({ title: 'Slow', version: 1 });
    using site = await startTestSite({
      sagas: [slow],
      activities: [
        implement(act, () => {
          done.push('act');
          return new Promise<None>(() => {});
        }),
        implement(undo, () => {
          done.push('undo');
          return {};
        }),
      ],
    });
    await site.start('slow', 's-1', {});
    await site.pass('1 min');
    await site.cancel('s-1', 'not wanted');
    await site.pass('1 s');
    await site.crash('1 s');
    await site.pass('1 h');
    expect(done).toEqual(['act', 'undo']);
    expect((await site.saga('s-1')).status).toBe('cancelled');
  });

  test('has its whole time again: nobody worked on it while the box was down', async () => {
    const begun: number[] = [];
    const timed = defineSaga<None>('timed')
      .step('act', act, { title, timeoutMs: 30_000, retry: { attempts: 1 }, input: () => ({}) })
      .end({ title: 'Timed', version: 1 });
    using site = await startTestSite({
      sagas: [timed],
      activities: [
        implement(act, ({ work }) => {
          begun.push(work.attempt);
          return new Promise<None>((resolve) => site.clock.after(20_000, () => resolve({})));
        }),
      ],
    });
    await site.start('timed', 's-1', {});
    await site.pass('1 s');
    await site.crash('2 min');
    await site.pass('1 h');
    expect(begun).toEqual([1, 1]);
    expect((await site.saga('s-1')).status).toBe('completed');
  });
});

describe('an attempt that waits for a place at its activity', () => {
  const printing = (options: { timeoutMs: number | null; heartbeatMs?: number }) =>
    defineSaga<None>('printing')
      .step('print', once, { title, ...options, input: () => ({}) })
      .end({ title: 'Printing', version: 1 });

  async function printed(definition: ReturnType<typeof printing>, takesMs: number) {
    const begun: string[] = [];
    using site = await startTestSite({
      sagas: [definition],
      activities: [
        implement(
          once,
          (call: ActivityCall<None>) => {
            begun.push(call.sagaId);
            const beat = () => {
              call.heartbeat();
              if (!call.signal.aborted) site.clock.after(1_000, beat);
            };
            beat();
            return new Promise<None>((resolve) => site.clock.after(takesMs, () => resolve({})));
          },
          { concurrencyMax: 1 },
        ),
      ],
    });
    const ids = ['s-1', 's-2', 's-3', 's-4', 's-5'];
    for (const id of ids) await site.start('printing', id, {});
    await site.pass('1 h');
    const ends = await Promise.all(ids.map(async (id) => (await site.saga(id)).status));
    return { begun, ends, asked: site.tasks().map(({ text }) => text) };
  }

  test('has its time before it until it begins', async () => {
    const { begun, ends, asked } = await printed(printing({ timeoutMs: 30_000 }), 20_000);
    expect(asked).toEqual([]);
    expect(begun).toHaveLength(5);
    expect(new Set(ends)).toEqual(new Set(['completed']));
  });

  test('need not give a sign of life', async () => {
    const { ends, asked } = await printed(printing({ timeoutMs: null, heartbeatMs: 5_000 }), 60_000);
    expect(asked).toEqual([]);
    expect(new Set(ends)).toEqual(new Set(['completed']));
  });
});

describe('a start that the store refuses', () => {
  const activities = [implement(act, () => ({}))];

  test('counts as begun for nobody who repeated it meanwhile', async () => {
    const { disk, state } = refusingDisk((ops) =>
      inserts(ops) ? new ApplianceError('STORE_FULL', { dir: 'd' }) : null,
    );
    using site = await startOn(disk, { sagas: [simple], activities });
    const { orchestrator } = await site.running();
    const both = [1, 2].map(() => orchestrator.startSaga('simple', 's-1', {}));
    for (const one of both) await expect(one).rejects.toMatchObject({ code: 'SAGA_BUSY' });
    expect(state.refused).toBe(1);
    state.refuses = false;
    const again = [1, 2].map(() => orchestrator.startSaga('simple', 's-1', {}));
    expect(await Promise.all(again)).toEqual(['changed', 'unchanged']);
  });

  test('for a fault of ours is told as a fault, and a schedule tries it again', async () => {
    const { disk, state } = refusingDisk((ops) =>
      inserts(ops) ? new ApplianceError('STORE_STATEMENT', { statement: 'kpi.add', problem: 'boom' }) : null,
    );
    const minute = {
      name: 'minute',
      saga: 'simple',
      cron: '* * * * *',
      input: {},
      missed: 'once',
      missedMax: 1,
    } as const;
    using site = await startOn(disk, {
      sagas: [simple],
      activities,
      parts: { config: { schedules: [minute] } },
    });
    const { orchestrator, store } = await site.running();
    await expect(orchestrator.startSaga('simple', 's-1', {})).rejects.toMatchObject({
      code: 'SAGA_NOT_WRITTEN',
    });
    await site.pass('3 min');
    expect(orchestrator.schedules.list()).toMatchObject([{ problem: expect.stringContaining('written') }]);
    expect(await store.query('saga.aliveCount')).toEqual([{ count: 0 }]);
    state.refuses = false;
    await site.pass('3 min');
    expect(orchestrator.schedules.list()).toMatchObject([{ problem: null }]);
  });
});

test('a child that had no room to begin does not begin after its parent was cancelled', async () => {
  const acted: string[] = [];
  const child = defineSaga<None>('child')
    .step('act', act, { title, input: () => ({}) })
    .end({ title: 'Child', version: 1 });
  const parent = defineSaga<None>('parent')
    .child('young', sagaNamed<None, None>('child'), { title: 'Young', input: () => ({}) })
    .end({ title: 'Parent', version: 1 });
  const { disk, state } = refusingDisk((ops, how) =>
    how?.reserve !== true && inserts(ops, 'child') ? new ApplianceError('STORE_FULL', { dir: 'd' }) : null,
  );
  using site = await startOn(disk, {
    sagas: [child, parent],
    activities: [
      implement(act, () => {
        acted.push('act');
        return {};
      }),
    ],
  });
  await site.start('parent', 'p', {});
  await site.pass('1 min');
  expect(state.refused).toBeGreaterThan(0);
  await site.cancel('p', 'not wanted');
  await site.pass('1 min');
  expect((await site.saga('p')).status).toBe('cancelled');
  state.refuses = false;
  await site.pass('1 h');
  expect(acted).toEqual([]);
});

test('an output that is too long fails its step, with words', async () => {
  const long = localActivity<None, { text: string }>('out.long', 1);
  const talking = defineSaga<None>('talking')
    .step('talk', long, { title, input: () => ({}), undo: undoing })
    .end({ title: 'Talking', version: 1 });
  let undone = 0;
  using site = await startTestSite({
    sagas: [talking],
    activities: [
      implement(long, () => ({ text: 'x'.repeat(2 * 1024 * 1024) })),
      implement(undo, () => {
        undone += 1;
        return {};
      }),
    ],
  });
  await site.start('talking', 's-1', {});
  await site.pass('1 h');
  expect(await site.saga('s-1')).toMatchObject({ status: 'compensated' });
  expect(undone).toBe(1);
});
