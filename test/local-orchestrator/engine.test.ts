import { Type } from 'typebox';
import { describe, expect, test } from 'vitest';
import { offset } from '#contracts/ids.ts';
import {
  type Activity,
  type ActivityRunner,
  defineSaga,
  endCancelled,
  goOn,
  implement,
  localActivity,
} from '../../local-orchestrator/index.ts';
import { changeOp } from '../../local-orchestrator/tasks/task-ops.ts';
import { sheetOf } from '../../local-orchestrator/tasks/task-sheet.ts';
import { createFakeClock } from '../support/fake-clock.ts';
import { until } from '../support/until.ts';
import { passUntil } from './numbers.ts';
import { createPlant } from './plant.ts';
import { sagaConfig, startSite, type TestSite, type TestSiteOptions, temporaryFolder } from './site.ts';

type Numbers = { value: number };
const work = localActivity<Numbers, Numbers>('test.work', 1);
const undo = localActivity<Numbers, Numbers>('test.undo', 1);
const blind = localActivity<Numbers, Numbers>('test.blind', 1, 'neither');
const title = 'Work';
const retry = { attempts: 3, firstMs: 1_000, factor: 1, capMs: 1_000 };

const chain = defineSaga<Numbers>('chain')
  .step('first', work, {
    title,
    retry,
    timeoutMs: null,
    input: ({ input }) => input,
    undo: { activity: undo, title, input: ({ input }) => input },
  })
  .timer('night', { title: 'Night', delayMs: () => 30 * 86_400_000 })
  .signal('gate', { title: 'Gate', signal: 'open', payload: Type.Object({ value: Type.Integer() }) })
  .step('last', work, { title, retry, timeoutMs: null, input: ({ steps }) => ({ value: steps.gate.value }) })
  .end({ title: 'Chain', version: 1, output: ({ steps }) => ({ value: steps.last.value }) });

const careful = defineSaga<Numbers>('careful')
  .step('only', blind, { title, timeoutMs: null, input: ({ input }) => input, assume: () => ({ value: 1 }) })
  .end({ title: 'Careful', version: 1 });

const asking = defineSaga<Numbers>('asking')
  .task('ask', {
    kind: 'ask',
    title: 'Ask',
    text: () => 'Which?',
    decisions: {
      yes: { label: 'Yes', tone: 'primary', needsNote: false, leads: goOn },
      no: { label: 'No', tone: 'danger', needsNote: true, leads: endCancelled('no') },
    },
  })
  .end({ title: 'Asking', version: 1 });

interface Bench {
  readonly calls: { activity: string; key: string; value: number; attempt: number }[];
  /** What the next calls do; without one they add one. */
  readonly script: ((signal: AbortSignal) => Promise<Numbers> | Numbers)[];
  readonly ended: Map<string, string>;
  readonly activities: ActivityRunner[];
}

function createBench(): Bench {
  const bench: Bench = { calls: [], script: [], ended: new Map(), activities: [] };
  const run = (activity: Activity<Numbers, Numbers>) =>
    implement(activity, ({ input, key, signal, work: { attempt } }) => {
      bench.calls.push({ activity: activity.ref.name, key, value: input.value, attempt });
      return bench.script.shift()?.(signal) ?? { value: input.value + 1 };
    });
  bench.activities.push(run(work), run(undo), run(blind));
  return bench;
}

async function startBench(
  options: TestSiteOptions & { bench?: Bench } = {},
): Promise<TestSite & { bench: Bench }> {
  const { bench = createBench() } = options;
  const site = await startSite({
    plant: createPlant([]),
    ...options,
    parts: { sagas: [chain, careful, asking], activities: bench.activities, ...options.parts },
  });
  site.orchestrator.onSagaEnded((sagaId, status) => bench.ended.set(sagaId, status));
  return { ...site, bench };
}

/** Never ends, until it is told to stop. */
const never = (signal: AbortSignal) =>
  new Promise<Numbers>((_resolve, reject) =>
    signal.addEventListener('abort', () => reject(new Error('stop'))),
  );
const fail = () => Promise.reject(new Error('no luck'));
describe('after a restart', () => {
  test('an idempotent activity runs again under its key, and thirty days pass in a moment', async () => {
    const dir = temporaryFolder();
    const clock = createFakeClock();
    // A signal is kept for as long as the site said when it came.
    const parts = { config: { ...sagaConfig, signalDaysMax: 60 } };
    const first = await startBench({ dir, clock, parts });
    first.bench.script.push(never);
    await first.orchestrator.startSaga('chain', 's-1', { value: 5 });
    await until('the first step runs', () => first.bench.calls.length === 1);
    await first.close();

    const second = await startBench({ dir, clock, parts });
    await until('it runs again', () => second.bench.calls.length === 1);
    expect(second.bench.calls[0]).toEqual(first.bench.calls[0]);
    await second.orchestrator.signal('s-1', { id: 'e-1', name: 'open', payload: { value: 70 } });
    await until('it waits for its day', async () => {
      const [row] = await second.store.query('saga.state', { sagaId: 's-1' });
      return String(row?.state).includes('"at":"timer"');
    });
    await second.close();

    clock.jumpWall(31 * 86_400_000);
    const third = await startBench({ dir, clock, parts });
    await expect
      .poll(() => third.store.query('saga.state', { sagaId: 's-1' }), { timeout: 20_000 })
      .toMatchObject([{ status: 'completed' }]);
    // The timer fired once although its day had gone by; the signal had come before anybody waited for it.
    expect(third.bench.calls).toMatchObject([{ key: 's-1:last.1', value: 70 }]);
  });

  test('retries are counted on, not begun anew', async () => {
    const dir = temporaryFolder();
    const clock = createFakeClock();
    const parts = { random: () => 0.999 };
    const first = await startBench({ dir, clock, parts });
    first.bench.script.push(fail, fail);
    await first.orchestrator.startSaga('chain', 's-1', { value: 5 });
    await passUntil(clock, 200, 'two attempts have failed', () => first.bench.calls.length === 2);
    await until('the second failure is on disk', () => first.orchestrator.stats().transitions >= 4);
    await first.close();
    const second = await startBench({ dir, clock, parts });
    second.bench.script.push(fail);
    await passUntil(clock, 200, 'amends are made', () => second.bench.ended.get('s-1') === 'compensated');
    expect(second.bench.calls.map(({ activity, attempt }) => [activity, attempt])).toEqual([
      ['test.work', 3],
      ['test.undo', 1],
    ]);
  });

  test('what can neither be repeated nor asked about is looked at by a person', async () => {
    const dir = temporaryFolder();
    const first = await startBench({ dir });
    first.bench.script.push(never);
    await first.orchestrator.startSaga('careful', 's-1', { value: 5 });
    await until('it runs', () => first.bench.calls.length === 1);
    await first.close();
    const second = await startBench({ dir });
    const task = await until('a person is asked', () => second.orchestrator.tasks()[0]);
    expect(task).toMatchObject({ kind: 'unknown-outcome', sagaId: 's-1', orderId: null });
    expect(await second.orchestrator.deadLetters.list({ state: 'open', limit: 9 })).toMatchObject([
      { sagaId: 's-1', cause: 'unknown-outcome', step: 'only' },
    ]);
    await second.orchestrator.decideTask(task.taskId, 'ann', 'done');
    await until('it ends', () => second.bench.ended.get('s-1') === 'completed');
    expect(second.bench.calls).toEqual([]);
    expect(await second.orchestrator.deadLetters.list({ state: 'open', limit: 9 })).toEqual([]);
  });

  test('a running saga stays on its definition, and a release without its activity refuses to start', async () => {
    const dir = temporaryFolder();
    const first = await startBench({ dir });
    await first.orchestrator.startSaga('asking', 's-1', { value: 1 });
    await until('a person is asked', () => first.orchestrator.tasks()[0]);
    first.bench.script.push(never);
    await first.orchestrator.startSaga('careful', 's-2', { value: 5 });
    await until('it runs', () => first.bench.calls.length === 1);
    await first.close();

    const changed = defineSaga<Numbers>('asking')
      .step('other', work, { title: 'Something else', input: ({ input }) => input })
      .end({ title: 'Asking', version: 2 });
    const bench = createBench();
    const without = bench.activities.filter(({ ref }) => ref.name !== 'test.blind');
    await expect(
      startBench({ dir, bench, parts: { sagas: [changed], activities: without } }),
    ).rejects.toMatchObject({
      code: 'SAGA_ACTIVITY_MISSING',
      details: { activity: 'test.blind@1', running: 1 },
    });
  });

  test('an upgraded definition leaves running sagas as they are', async () => {
    const dir = temporaryFolder();
    const first = await startBench({ dir });
    await first.orchestrator.startSaga('asking', 's-1', { value: 1 });
    const task = await until('a person is asked', () => first.orchestrator.tasks()[0]);
    await first.close();
    const changed = defineSaga<Numbers>('asking')
      .step('other', work, { title: 'Something else', input: ({ input }) => input })
      .end({ title: 'Asking', version: 2 });
    const second = await startBench({ dir, parts: { sagas: [changed] } });
    await second.orchestrator.startSaga('asking', 's-2', { value: 1 });
    await until('the new one runs as it is written now', () => second.bench.ended.get('s-2') === 'completed');
    await second.orchestrator.decideTask(task.taskId, 'ann', 'yes');
    await until(
      'the old one ends as it was written then',
      () => second.bench.ended.get('s-1') === 'completed',
    );
    expect(second.bench.calls).toHaveLength(1);
  });
});

describe('signals', () => {
  test('count once by their id, also before the saga exists', async () => {
    const clock = createFakeClock();
    const config = { ...sagaConfig, signalDaysMax: 60 };
    const site = await startBench({ clock, parts: { config } });
    await site.orchestrator.signal('s-1', { id: 'e-1', name: 'open', payload: { value: 1 } });
    await site.orchestrator.signal('s-1', { id: 'e-1', name: 'open', payload: { value: 99 } });
    await site.orchestrator.startSaga('chain', 's-1', { value: 0 });
    await until('the timer is set', () => site.orchestrator.stats().transitions >= 2);
    await clock.pass(30 * 86_400_000);
    await until('it ends', () => site.bench.ended.has('s-1'));
    expect(site.bench.calls.at(-1)).toMatchObject({ key: 's-1:last.1', value: 1 });
    await expect(
      site.orchestrator.signal('s-1', { id: 'e-2', name: 'open', payload: { value: 2 } }),
    ).rejects.toMatchObject({ code: 'SAGA_ENDED' });
    expect(site.bench.calls).toHaveLength(2);
  });

  test('of many at once one is taken, and the others stay', async () => {
    const clock = createFakeClock();
    const site = await startBench({ clock });
    await site.orchestrator.startSaga('chain', 's-1', { value: 0 });
    await until('the timer is set', () => site.orchestrator.stats().transitions >= 2);
    await clock.pass(30 * 86_400_000);
    await until('it waits for the gate', () => site.orchestrator.stats().transitions >= 3);
    await Promise.all(
      Array.from({ length: 8 }, (_one, index) =>
        site.orchestrator.signal('s-1', { id: `e-${index}`, name: 'open', payload: { value: index } }),
      ),
    );
    await until('it ends', () => site.bench.ended.get('s-1') === 'completed');
    expect(site.bench.calls).toHaveLength(2);
    const left = await site.store.query('saga.signalsOpen', { sagaId: 's-1', name: 'open' });
    expect(left).toHaveLength(1);
  });
});

describe('tasks', () => {
  test('of two people who claim, one gets it and the other is told who', async () => {
    const site = await startBench();
    await site.orchestrator.startSaga('asking', 's-1', { value: 1 });
    const { taskId } = await until('a person is asked', () => site.orchestrator.tasks()[0]);
    const claims = await Promise.allSettled([
      site.orchestrator.claimTask(taskId, 'ann'),
      site.orchestrator.claimTask(taskId, 'bob'),
    ]);
    expect(claims.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected']);
    const lost = claims.find((one) => one.status === 'rejected');
    expect(lost?.reason).toMatchObject({ code: 'SAGA_TASK_TAKEN' });
    const winner = site.orchestrator.tasks()[0]?.claimedBy ?? '';
    const loser = winner === 'ann' ? 'bob' : 'ann';
    await expect(site.orchestrator.decideTask(taskId, loser, 'yes')).rejects.toMatchObject({
      code: 'SAGA_TASK_TAKEN',
    });
    await site.orchestrator.decideTask(taskId, winner, 'yes');
    await until('it ends', () => site.bench.ended.get('s-1') === 'completed');
  });

  test('of two people who decide at once, one decision counts', async () => {
    const site = await startBench();
    await site.orchestrator.startSaga('asking', 's-1', { value: 1 });
    const { taskId } = await until('a person is asked', () => site.orchestrator.tasks()[0]);
    const decided = await Promise.allSettled([
      site.orchestrator.decideTask(taskId, 'ann', 'yes'),
      site.orchestrator.decideTask(taskId, 'bob', 'no', 'because'),
    ]);
    expect(decided.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    const [row] = await site.store.query('task.one', { taskId });
    const [instance] = await site.store.query('saga.state', { sagaId: 's-1' });
    expect([row?.decision, instance?.status]).toEqual(
      row?.decided_by === 'ann' ? ['yes', 'completed'] : ['no', 'cancelled'],
    );
    const records = await site.store.readLog(offset(0), {
      types: ['holdfast.task.changed.v1'],
      countMax: 99,
    });
    const states = records.map(({ event }) => (event.data as { state: string }).state);
    expect(states).toEqual(['created', 'offered', 'completed']);
  });

  test('a button that is not there, or a note that is missing, is refused with the cure', async () => {
    const site = await startBench();
    await site.orchestrator.startSaga('asking', 's-1', { value: 1 });
    const { taskId } = await until('a person is asked', () => site.orchestrator.tasks()[0]);
    await expect(site.orchestrator.decideTask(taskId, 'ann', 'maybe')).rejects.toMatchObject({
      code: 'SAGA_TASK_DECISION',
      hint: 'Choose one of: yes, no.',
    });
    await expect(site.orchestrator.decideTask(taskId, 'ann', 'no', ' ')).rejects.toThrow('needs a note');
    await expect(site.orchestrator.decideTask('nobody', 'ann', 'yes')).rejects.toMatchObject({
      code: 'SAGA_TASK_NOT_FOUND',
    });
    expect(site.orchestrator.tasks()).toHaveLength(1);
  });
});

test('a saga of an id that was there before is not begun again', async () => {
  const site = await startBench();
  expect(await site.orchestrator.startSaga('careful', 's-1', { value: 1 })).toBe('changed');
  await until('it ends', () => site.bench.ended.has('s-1'));
  expect(await site.orchestrator.startSaga('careful', 's-1', { value: 1 })).toBe('conflict');
  expect(site.bench.calls).toHaveLength(1);
});

test('a row that somebody else changed spoils nothing but its own transition', async () => {
  const site = await startBench();
  const sagaIds = Array.from({ length: 40 }, (_one, index) => `s-${index}`);
  await Promise.all(sagaIds.map((sagaId) => site.orchestrator.startSaga('asking', sagaId, { value: 1 })));
  const tasks = await until('all ask', () => {
    const open = site.orchestrator.tasks();
    // The desk offers a new task by a change of its own; after that its row rests.
    const rest = open.length === sagaIds.length && open.every(({ state }) => state === 'offered');
    return rest ? open : undefined;
  });
  // Claimed behind the orchestrator's back, as by a second process: its memory knows nothing of it.
  const [stolen] = tasks;
  if (stolen === undefined) throw new Error('no task');
  const [row] = await site.store.query('task.one', { taskId: stolen.taskId });
  const before = sheetOf(row ?? {});
  await site.store.commit([changeOp(before, { ...before, state: 'claimed', claimedBy: 'eve' }, 0)]);
  const decided = await Promise.allSettled(
    tasks.map(({ taskId }) => site.orchestrator.decideTask(taskId, 'ann', 'yes')),
  );
  expect(site.store.stats().conflictCount).toBeGreaterThan(0); // the fault fired
  expect(decided.filter(({ status }) => status === 'rejected')).toHaveLength(1);
  expect(decided[tasks.indexOf(stolen)]).toMatchObject({ reason: { code: 'SAGA_TASK_TAKEN' } });
  await until('the others end', () => site.bench.ended.size === sagaIds.length - 1);
});
