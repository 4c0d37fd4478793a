import { expect, test } from 'vitest';
import type { DeadLetter } from '#contracts/dead-letters.ts';
import { ApplianceError, isApplianceError } from '#contracts/errors.ts';
import { deadLetterRedriven } from '#contracts/events/dead-letter.ts';
import { offset } from '#contracts/ids.ts';
import { silentLog } from '#contracts/log.ts';
import type { Json } from '#contracts/sagas.ts';
import type { SqlRow, Store, StoreOp } from '#contracts/store.ts';
import { openLocalDisk } from '../../appliance/store/index.ts';
import { startTestSite } from '../../appliance/test-kit/index.ts';
import { deadLetterTables } from '../../local-orchestrator/dead-letters/dead-letter-tables.ts';
import { createRedriveRuns } from '../../local-orchestrator/dead-letters/redrive-runs.ts';
import {
  defineSaga,
  implement,
  localActivity,
  orchestratorStoreModules,
  park,
  sagaNamed,
} from '../../local-orchestrator/index.ts';
import { startTestSite as startOn, type TestDisk } from '../../local-orchestrator/test-kit/index.ts';
import { createFakeClock } from '../support/fake-clock.ts';
import { until } from '../support/until.ts';
import { openSmallStore } from './small-store.ts';

type Value = { v: number };
const act = localActivity<Value, object>('races.act', 1);
const onlySeven = implement(act, ({ input }) => {
  if (input.v !== 7) throw new Error('only seven will do');
  return {};
});
const once = { attempts: 1 } as const;
const single = defineSaga<Value>('single')
  .step('a', act, { title: 'A', retry: once, input: ({ input }) => input, onFailure: { '*': park } })
  .end({ title: 'Single', version: 1 });
const both = defineSaga<Value>('both')
  .parallel('ways', {
    title: 'Ways',
    onFailure: { '*': park },
    ways: {
      a: {
        title: 'A',
        way: (s) => s.step('a', act, { title: 'A', retry: once, input: ({ input }) => input }),
      },
      b: { title: 'B', way: (s) => s.timer('t', { title: 'T', delayMs: () => 1_000 }) },
    },
  })
  .end({ title: 'Both', version: 1 });
const parent = defineSaga<Value>('parent')
  .child('below', sagaNamed<Value, Json>('single'), {
    title: 'Below',
    input: ({ input }) => input,
    onFailure: { '*': park },
  })
  .end({ title: 'Parent', version: 1 });

const start = () => startTestSite({ sagas: [single, both, parent], activities: [onlySeven] });
type Site = Awaited<ReturnType<typeof start>>;

async function letterOf(site: Site, saga: string, sagaId: string, v = 1): Promise<DeadLetter> {
  await site.start(saga, sagaId, { v });
  await site.pass('1 min');
  const { orchestrator } = await site.running();
  const letters = await orchestrator.deadLetters.list({ state: 'open', limit: 100 });
  const found = letters.find((letter) => letter.sagaId === sagaId);
  if (found === undefined) throw new Error(`${sagaId} is not stuck`);
  return found;
}
const redriven = async (site: Site) => {
  const { store } = await site.running();
  const records = await store.readLog(offset(0), { types: [deadLetterRedriven.type], countMax: 500 });
  return records.map(({ event }) => event.data as Record<string, unknown>);
};

/** As far as a transition is on its way at most. */
const TURNS_MAX = 12;

test("somebody else's decision at the same moment is never booked as the re-drive", async () => {
  using site = await start();
  const { orchestrator } = await site.running();
  let lost = 0;
  for (let turns = 0; turns < TURNS_MAX; turns += 1) {
    const { taskId } = await letterOf(site, 'single', `s-${turns}`);
    const redrive = orchestrator.deadLetters.redrive(taskId, 'ann', { reason: 'fix', input: { v: 7 } }).then(
      () => 'done',
      (error: unknown) => (isApplianceError(error) ? error.code : 'fault'),
    );
    for (let turn = 0; turn < turns; turn += 1) await new Promise((resolve) => setImmediate(resolve));
    const cancel = orchestrator.decideTask(taskId, 'bob', 'cancel', 'no more').then(
      () => true,
      () => false,
    );
    const isBobs = await cancel;
    const isAnns = (await redrive) === 'done';
    expect([isAnns, isBobs].filter(Boolean)).toHaveLength(1);
    const booked = (await redriven(site)).filter((data) => data.taskId === taskId);
    expect(booked).toMatchObject(isAnns ? [{ by: 'ann', decision: 'retry', after: { v: 7 } }] : []);
    if (isBobs) {
      lost += 1;
      expect(await orchestrator.deadLetters.get(taskId)).toMatchObject({ closedBy: 'bob', redriveId: null });
    }
  }
  expect(lost, 'the race was lost at least once').toBeGreaterThan(0);
});

test('an item of a re-drive whose letter somebody else decided first is left, not done', async () => {
  using site = await start();
  const { orchestrator } = await site.running();
  const { deadLetters } = orchestrator;
  let lost = 0;
  for (let turns = 0; turns < TURNS_MAX; turns += 1) {
    const { taskId } = await letterOf(site, 'single', `s-${turns}`);
    const order = {
      reason: 'fix',
      filter: {},
      all: true,
      countMax: 9,
      dryRun: false,
      patch: { v: 7 },
    } as const;
    const { redriveId } = await deadLetters.redriveMany('ann', order);
    for (let turn = 0; turn < turns; turn += 1) await new Promise((resolve) => setImmediate(resolve));
    const isBobs = await orchestrator.decideTask(taskId, 'bob', 'cancel', 'no more').then(
      () => true,
      () => false,
    );
    await site.pass('10 s');
    const detail = await deadLetters.redriveDetail(redriveId);
    expect(detail).toMatchObject({ state: 'done', pending: 0, done: isBobs ? 0 : 1, left: isBobs ? 1 : 0 });
    if (isBobs) lost += 1;
  }
  expect(lost, 'the race was lost at least once').toBeGreaterThan(0);
});

test.each([
  ['both', 'ways'],
  ['parent', 'below'],
])('another input for a %s that is stuck as a whole is refused, and nothing goes on', async (saga, step) => {
  using site = await start();
  const { orchestrator } = await site.running();
  if (saga === 'parent') {
    // Its child is stuck before it is: whoever cancels that hands the matter up.
    await site.start(saga, 's-1', { v: 1 });
    await site.pass('1 min');
    const [task] = site.tasks();
    await site.decide(task?.taskId ?? '', 'ann', 'cancel', 'not this one');
    await site.pass('1 min');
  } else await letterOf(site, saga, 's-1');
  const [letter] = await orchestrator.deadLetters.list({ state: 'open', limit: 9 });
  expect(letter).toMatchObject({ sagaId: 's-1', step, activity: '' });
  const taskId = letter?.taskId ?? '';
  await expect(
    orchestrator.deadLetters.redrive(taskId, 'ann', { reason: 'fix', input: { v: 7 } }),
  ).rejects.toMatchObject({
    code: 'SAGA_REDRIVE_INPUT',
    message: expect.stringContaining(`step ${step} is no activity`),
    hint: expect.stringContaining('without an input'),
  });
  const planned = await orchestrator.deadLetters.plan({
    reason: 'fix',
    filter: {},
    all: true,
    countMax: 9,
    dryRun: true,
    patch: { v: 7 },
  });
  expect(planned).toMatchObject([{ taskId, problem: expect.stringContaining('is no activity') }]);
  expect(await redriven(site)).toEqual([]);
  await expect(orchestrator.deadLetters.redrive(taskId, 'ann', { reason: 'again' })).resolves.toMatchObject({
    closedBy: 'ann',
    decision: 'retry',
  });
});

test('a re-drive that begins during the last look of another one is worked off', async () => {
  const real = await openSmallStore([deadLetterTables]);
  const looked = Promise.withResolvers<void>();
  const answer = Promise.withResolvers<void>();
  let looks = 0;
  const store: Store = {
    ...real,
    commit: real.commit.bind(real),
    async query(name, params): Promise<readonly SqlRow[]> {
      const rows = await real.query(name, params);
      if (name !== 'dead-letter.running' || ++looks > 1) return rows;
      // Nothing is there yet, and the answer takes its time.
      expect(rows).toEqual([]);
      looked.resolve();
      await answer.promise;
      return rows;
    },
  };
  const clock = createFakeClock();
  const runs = createRedriveRuns({ store, clock, log: silentLog, site: 'test', drive: async () => null });
  runs.start();
  await looked.promise;
  const redriveId = await runs.begin({ by: 'ann', reason: 'r', filter: {}, patch: undefined, planned: [] });
  answer.resolve();
  await until('it is done', async () => {
    const [run] = await real.query('dead-letter.redrives', { redriveId, countMax: 1 });
    return run?.state === 'done';
  });
  await runs.stop();
});

test('a decision that cannot be written down is told as a fault, and the letter stays open', async () => {
  const disk = openLocalDisk(orchestratorStoreModules);
  let refused = 0;
  let refuses = true;
  const broken: TestDisk = {
    close: () => disk.close(),
    start(options) {
      const real = disk.start(options);
      return Object.assign(Object.create(real), {
        async commit(ops: readonly StoreOp[], how?: object) {
          const isClosing = ops.some((one) => one.op === 'run' && one.statement === 'dead-letter.close');
          if (!isClosing || !refuses) return real.commit(ops, how);
          refused += 1;
          throw new ApplianceError('STORE_STATEMENT', { statement: 'dead-letter.close', problem: 'boom' });
        },
      });
    },
  };
  using site = await startOn(broken, { sagas: [single], activities: [onlySeven] });
  const { taskId } = await letterOf(site, 'single', 's-1');
  const { orchestrator } = await site.running();
  const { deadLetters } = orchestrator;
  const notWritten = { code: 'SAGA_NOT_WRITTEN', message: expect.stringContaining('s-1') };
  await expect(orchestrator.decideTask(taskId, 'ann', 'retry')).rejects.toMatchObject(notWritten);
  await expect(deadLetters.redrive(taskId, 'ann', { reason: 'fix' })).rejects.toMatchObject(notWritten);
  const order = { reason: 'fix', filter: {}, all: true, countMax: 9, dryRun: false } as const;
  const { redriveId } = await deadLetters.redriveMany('ann', order);
  await site.pass('10 s');
  const { state, letters } = await deadLetters.redriveDetail(redriveId);
  expect(state).toBe('done');
  expect(letters).toMatchObject([{ state: 'left', detail: expect.stringContaining('written down') }]);
  expect(refused).toBeGreaterThanOrEqual(3);
  refuses = false;
  await expect(deadLetters.redrive(taskId, 'ann', { reason: 'fix', input: { v: 7 } })).resolves.toMatchObject(
    {
      closedBy: 'ann',
    },
  );
});
