import { Type } from 'typebox';
import { expect, onTestFinished, test } from 'vitest';
import { silentLog } from '#contracts/log.ts';
import {
  defineSaga,
  endCancelled,
  goOn,
  implement,
  localActivity,
  park,
  sagaNamed,
} from '../../local-orchestrator/index.ts';
import { createKeeper } from '../../local-orchestrator/retention/keeper.ts';
import { createFakeClock, type FakeClock } from '../support/fake-clock.ts';
import { passUntil } from '../support/pass-until.ts';
import { until } from '../support/until.ts';
import { createPlant } from './plant.ts';
import { openSagaStore, sagaConfig, startSite, type TestSite, temporaryFolder } from './site.ts';

const DAY_MS = 86_400_000;

type Numbers = { value: number };
const work = localActivity<Numbers, Numbers>('keep.work', 1);
const title = 'Work';
const retry = { attempts: 1, firstMs: 1, factor: 1, capMs: 1 };

const short = defineSaga<Numbers>('short')
  .step('one', work, { title, timeoutMs: null, retry, onFailure: { '*': park }, input: ({ input }) => input })
  .signal('gate', { title: 'Gate', signal: 'open', payload: Type.Object({ value: Type.Integer() }) })
  .end({ title: 'Short', version: 1 });
const asking = defineSaga<Numbers>('asking')
  .task('ask', {
    kind: 'ask',
    title: 'Ask',
    text: () => 'Which?',
    decisions: {
      yes: { label: 'Yes', tone: 'primary', needsNote: false, leads: goOn },
      no: { label: 'No', tone: 'danger', needsNote: false, leads: endCancelled('no') },
    },
  })
  .end({ title: 'Asking', version: 1 });
const family = defineSaga<Numbers>('family')
  .child('young', sagaNamed<Numbers, Numbers>('short'), { title: 'Young', input: ({ input }) => input })
  .signal('gate', { title: 'Gate', signal: 'open', payload: Type.Object({ value: Type.Integer() }) })
  .end({ title: 'Family', version: 1 });

interface Kept extends TestSite {
  readonly ended: Map<string, string>;
  readonly script: (() => Numbers)[];
}

async function startKept(clock: FakeClock, dir: string): Promise<Kept> {
  const script: (() => Numbers)[] = [];
  const site = await startSite({
    dir,
    clock,
    plant: createPlant(['amr-1']),
    parts: {
      config: { ...sagaConfig, keepDays: 30 },
      sagas: [short, asking, family],
      activities: [implement(work, ({ input }) => script.shift()?.() ?? input)],
    },
  });
  const ended = new Map<string, string>();
  site.orchestrator.onSagaEnded((sagaId, status) => ended.set(sagaId, status));
  return { ...site, ended, script };
}

const traces = async ({ store }: TestSite, sagaId: string) => ({
  saga: (await store.query('saga.state', { sagaId })).length,
  history: (await store.query('saga.historyOf', { sagaId, countMax: 100 })).length,
  input: (await store.query('orders.input', { sagaId })).length,
  tasks: (await store.query('task.ofSaga', { sagaId })).length,
  signals: (await store.query('saga.signal', { sagaId, signalId: 'e-1' })).length,
});
const nothing = { saga: 0, history: 0, input: 0, tasks: 0, signals: 0 };

test('what ended long ago is deleted with all that belongs to it; what runs, is younger, or is a figure stays', async () => {
  const dir = temporaryFolder();
  const clock = createFakeClock();
  const first = await startKept(clock, dir);
  first.script.push(() => {
    throw new Error('broken');
  });
  await first.orchestrator.startSaga('short', 'old', { value: 1 });
  const task = await until('it is stuck', () => first.orchestrator.tasks()[0]);
  await first.orchestrator.deadLetters.redrive(task.taskId, 'ann', { reason: 'again' });
  await first.orchestrator.signal('old', { id: 'e-1', name: 'open', payload: { value: 1 } });
  await until('it ends', () => first.ended.get('old') === 'completed');
  await first.orchestrator.startSaga('asking', 'open', { value: 1 });
  await until('a person is asked', () => first.orchestrator.tasks().length === 1);
  const before = await traces(first, 'old');
  // Every kind of row that is to go was there.
  for (const [kind, count] of Object.entries(before)) expect([kind, count > 0]).toEqual([kind, true]);
  await first.close();

  clock.jumpWall(29 * DAY_MS);
  const second = await startKept(clock, dir);
  await second.orchestrator.startSaga('asking', 'young', { value: 1 });
  const young = await until('a person is asked', () =>
    second.orchestrator.tasks().find(({ sagaId }) => sagaId === 'young'),
  );
  await second.orchestrator.decideTask(young.taskId, 'ann', 'yes');
  await until('it ends', () => second.ended.get('young') === 'completed');
  await clock.pass(700_000);
  expect(await traces(second, 'old')).toEqual(before);

  clock.jumpWall(2 * DAY_MS);
  const isGone = async () => (await traces(second, 'old')).saga === 0;
  await passUntil(clock, 60_000, 'the old one is gone', isGone);
  expect(await traces(second, 'old')).toEqual(nothing);
  expect(await second.orchestrator.deadLetters.list({ state: 'closed', limit: 9 })).toEqual([]);
  expect(await traces(second, 'young')).toMatchObject({ saga: 1, tasks: 1 });
  expect(await traces(second, 'open')).toMatchObject({ saga: 1, tasks: 1 });
  expect(second.orchestrator.tasks()).toMatchObject([{ sagaId: 'open' }]);
  const days = await second.orchestrator.kpis.windows({ span: 'day', fromMs: Date.UTC(2026, 0, 1) });
  expect(days.find(({ saga }) => saga === 'short')).toMatchObject({ completed: 1, deadLetters: 1 });
});

test('a child stays as long as its parent, which may ask for it', async () => {
  const dir = temporaryFolder();
  const clock = createFakeClock();
  const first = await startKept(clock, dir);
  const open = { id: 'e-1', name: 'open', payload: { value: 1 } };
  await first.orchestrator.startSaga('family', 'parent', { value: 1 });
  await first.orchestrator.signal('parent/young.1', open);
  await until('the child has ended', () => first.ended.get('parent/young.1') === 'completed');
  await first.orchestrator.startSaga('short', 'alone', { value: 1 });
  await first.orchestrator.signal('alone', open);
  await until('another ends', () => first.ended.get('alone') === 'completed');
  await first.close();

  clock.jumpWall(40 * DAY_MS);
  const second = await startKept(clock, dir);
  await passUntil(clock, 60_000, 'the other is gone', async () => (await traces(second, 'alone')).saga === 0);
  expect(await traces(second, 'parent/young.1')).toMatchObject({ saga: 1 });
  await second.orchestrator.signal('parent', open);
  await until('the parent ends', () => second.ended.get('parent') === 'completed');
  await second.close();

  clock.jumpWall(40 * DAY_MS);
  const third = await startKept(clock, dir);
  const areGone = async () =>
    (await traces(third, 'parent')).saga + (await traces(third, 'parent/young.1')).saga === 0;
  await passUntil(clock, 60_000, 'both are gone', areGone);
});

test('old orders go with their sagas', async () => {
  const dir = temporaryFolder();
  const clock = createFakeClock();
  const first = await startKept(clock, dir);
  await first.order('A-1');
  const hasEnded = async () => (await first.orchestrator.order('A-1'))?.state === 'completed';
  await passUntil(clock, 100, 'the order is done', hasEnded);
  const reservationsOf = async ({ store }: TestSite) =>
    (await store.query('inventory.reservation', { reservationId: 'pick-order:A-1:reserve.1' })).length;
  expect(await reservationsOf(first)).toBe(1);
  await first.close();
  clock.jumpWall(40 * DAY_MS);
  const second = await startKept(clock, dir);
  const isGone = async () => (await second.orchestrator.orders({})).length === 0;
  await passUntil(clock, 60_000, 'the order is gone', isGone);
  expect(await reservationsOf(second)).toBe(0);
  expect(await traces(second, 'pick-order:A-1')).toEqual(nothing);
});

test('a booking at a dock goes with its saga, but not while it holds its slot', async () => {
  const dir = temporaryFolder();
  const clock = createFakeClock();
  const first = await startKept(clock, dir);
  const nowMs = clock.nowMs();
  for (const [bookingId, fromMs] of [
    ['b-1', 0],
    ['b-2', 10],
  ] as const) {
    const times = { fromMs, toMs: fromMs + 10, nowMs };
    const params = { bookingId, dockId: 'dock-1', request: '{}', by: 'tms', ...times };
    await first.store.commit([{ op: 'run', statement: 'docks.book', params, changes: 1 }]);
    await first.orchestrator.startSaga('short', `dock-handoff:${bookingId}`, { value: 1 });
    const open = { id: 'e-1', name: 'open', payload: { value: 1 } };
    await first.orchestrator.signal(`dock-handoff:${bookingId}`, open);
    await until('it ends', () => first.ended.has(`dock-handoff:${bookingId}`));
  }
  const params = { bookingId: 'b-1', state: 'departed', toMs: nowMs, reason: null, nowMs };
  await first.store.commit([{ op: 'run', statement: 'docks.end', params, changes: 1 }]);
  await first.close();
  clock.jumpWall(40 * DAY_MS);
  const second = await startKept(clock, dir);
  const isKept = async (bookingId: string) =>
    (await second.store.query('docks.booking', { bookingId })).length;
  await passUntil(clock, 60_000, 'the old one is gone', async () => (await isKept('b-1')) === 0);
  expect(await isKept('b-2')).toBe(1);
});

test('a keeper that is stopped in the midst of a batch is over when that batch is', async () => {
  const dir = temporaryFolder();
  const clock = createFakeClock();
  const first = await startKept(clock, dir);
  await first.orchestrator.startSaga('asking', 'old', { value: 1 });
  const task = await until('a person is asked', () => first.orchestrator.tasks()[0]);
  await first.orchestrator.decideTask(task.taskId, 'ann', 'yes');
  await until('it ends', () => first.ended.has('old'));
  await first.close();
  clock.jumpWall(40 * DAY_MS);
  const store = await openSagaStore(dir);
  onTestFinished(() => store.close());
  const keeper = createKeeper({ store, clock, log: silentLog, keepDays: 30 });
  keeper.start();
  await clock.pass(600_000);
  // Nobody moves the clock any more, so that a pause between two batches would last for ever.
  await keeper.stop();
  expect(await store.query('saga.state', { sagaId: 'old' })).toEqual([]);
});

test('a wall clock that is set far ahead, and back again, takes nothing along', async () => {
  const clock = createFakeClock();
  const site = await startKept(clock, temporaryFolder());
  await site.orchestrator.startSaga('asking', 'young', { value: 1 });
  const task = await until('a person is asked', () => site.orchestrator.tasks()[0]);
  await site.orchestrator.decideTask(task.taskId, 'ann', 'yes');
  await until('it ends', () => site.ended.has('young'));
  clock.jumpWall(365 * DAY_MS);
  for (let minute = 0; minute < 60; minute += 1) await clock.pass(60_000);
  clock.jumpWall(-365 * DAY_MS);
  for (let minute = 0; minute < 180; minute += 1) await clock.pass(60_000);
  expect(await traces(site, 'young')).toMatchObject({ saga: 1 });
  // The same clock, set for good, is believed in the end.
  clock.jumpWall(365 * DAY_MS);
  await passUntil(clock, 60_000, 'it is gone', async () => (await traces(site, 'young')).saga === 0);
});

test('a saga with a long history goes in stretches', async () => {
  const dir = temporaryFolder();
  const clock = createFakeClock();
  const site = await startKept(clock, dir);
  await site.orchestrator.startSaga('short', 'long', { value: 1 });
  await site.orchestrator.signal('long', { id: 'e-1', name: 'open', payload: { value: 1 } });
  await until('it ends', () => site.ended.get('long') === 'completed');
  const [row] = await site.store.query('saga.historyOf', { sagaId: 'long', countMax: 1 });
  const filler = Array.from({ length: 3_000 }, (_, index) => ({
    op: 'run' as const,
    statement: 'saga.history',
    params: {
      sagaId: 'long',
      seq: index + 100,
      atMs: 0,
      decidedMs: null,
      random: 0.5,
      event: String(row?.event),
      emitted: '[]',
      journal: null,
    },
  }));
  const [state] = await site.store.query('saga.state', { sagaId: 'long' });
  const firstSeq = Number(state?.seq) + 1;
  // As many transitions as its history now has rows.
  const updates = Array.from({ length: 3_100 - firstSeq }, (_, index) => ({
    op: 'run' as const,
    statement: 'saga.update',
    params: {
      sagaId: 'long',
      seq: firstSeq + index,
      status: 'completed',
      state: String(state?.state),
      busy: 0,
      wakeMs: null,
    },
    changes: 1,
  }));
  await site.store.commit([...filler, ...updates]);
  await site.close();
  clock.jumpWall(40 * DAY_MS);
  const again = await startKept(clock, dir);
  const isGone = async () => (await traces(again, 'long')).saga === 0;
  await passUntil(clock, 60_000, 'it is gone', isGone);
  expect(await traces(again, 'long')).toEqual(nothing);
});
