import { setTimeout as pause } from 'node:timers/promises';
import { expect, test } from 'vitest';
import type { AnyEvent } from '#contracts/events/envelope.ts';
import { kpiWindowClosed } from '#contracts/events/kpi.ts';
import { offset } from '#contracts/ids.ts';
import type { KpiFigures } from '#contracts/kpis.ts';
import { defineSaga, endCancelled, goOn, implement, localActivity } from '../../local-orchestrator/index.ts';
import { createFakeClock } from '../support/fake-clock.ts';
import { until } from '../support/until.ts';
import { createPlant } from './plant.ts';
import { startSite, temporaryFolder } from './site.ts';

const HOUR_MS = 3_600_000;
const MINUTE_MS = 60_000;
type Numbers = { value: number };
const act = localActivity<Numbers, Numbers>('by-hand.act', 1);
const takeBack = localActivity<Numbers, Numbers>('by-hand.take-back', 1);
const retry = { attempts: 2, firstMs: 1_000, factor: 1, capMs: 1_000 };
const button = { needsNote: false } as const;

const counted = {
  ...defineSaga<Numbers>('counted')
    .step('act', act, {
      title: 'Act',
      timeoutMs: null,
      retry,
      input: ({ input }) => input,
      undo: { activity: takeBack, title: 'Take back', timeoutMs: null, retry, input: () => ({ value: 0 }) },
    })
    .task('ask', {
      kind: 'ask',
      title: 'Ask',
      text: () => 'Go on?',
      decisions: {
        yes: { ...button, label: 'Yes', tone: 'primary', leads: goOn },
        no: { ...button, label: 'No', tone: 'danger', leads: endCancelled('no') },
      },
    })
    .end({ title: 'Counted', version: 1 }),
  slo: { durationMs: 5 * MINUTE_MS, objective: 0.9 },
};

interface Told {
  readonly ms: number;
  readonly sagaId?: string;
  readonly taskId?: string;
  readonly state?: string;
  readonly by?: string;
  readonly outcome?: string;
  readonly attempt?: number;
  readonly durationMs?: number;
  readonly retryAt?: string;
}

/** What the log tells, added up the long way: no code of the figures is used, and none of their rows. */
function byHand(log: readonly AnyEvent[], repeats: number): Partial<KpiFigures> {
  const of = (type: string) =>
    log
      .filter((event) => event.type === `holdfast.${type}.v1`)
      .map((event): Told => ({ ...(event.data as Omit<Told, 'ms'>), ms: Date.parse(event.time) }));
  const count = (rows: readonly unknown[]) => rows.length;
  const mean = (all: readonly number[]) =>
    all.length === 0 ? null : Math.round(all.reduce((a, b) => a + b, 0) / all.length);
  const share = (part: number, whole: number) => (whole === 0 ? null : part / whole);
  const started = of('saga.started');
  const ended = of('saga.ended');
  const steps = of('saga.step-ended');
  const amends = of('saga.compensation');
  const parked = of('saga.parked');
  const tasks = of('task.changed');
  const outcome = (rows: readonly Told[], ...names: readonly string[]) =>
    rows.filter((row) => names.includes(row.outcome ?? ''));
  const decided = tasks.filter(({ state, by }) => state === 'completed' && by !== undefined);
  const opened = (taskId: unknown) =>
    tasks.find((task) => task.taskId === taskId && task.state === 'created')?.ms ?? Number.NaN;
  const begun = amends.filter((one) => one.outcome === 'started' && one.attempt === 1);
  const withAmends = new Set(outcome(amends, 'succeeded', 'skipped').map(({ sagaId }) => sagaId));
  const done = outcome(ended, 'completed');
  const good = done.filter(
    ({ sagaId, durationMs }) => !withAmends.has(sagaId) && Number(durationMs) <= counted.slo.durationMs,
  );
  // The stuck work is the only one of its saga that was begun as amends: it ends well once it is tried again.
  const first = (sagaId: unknown) => begun.find((one) => one.sagaId === sagaId)?.ms ?? Number.NaN;
  const recovered = parked.map(({ sagaId, ms }) => {
    const well = amends.find((one) => one.sagaId === sagaId && one.outcome === 'succeeded');
    return (well?.ms ?? Number.NaN) - ms;
  });
  const automatedSteps = count(outcome(steps, 'succeeded'));
  const deliveries = count(started) + count(steps) + count(outcome(amends, 'succeeded', 'failed')) + repeats;
  return {
    started: count(started),
    completed: count(done),
    compensated: count(outcome(ended, 'compensated')),
    cancelled: count(outcome(ended, 'cancelled')),
    durationMsMean: mean(done.map(({ durationMs }) => Number(durationMs))),
    compensationRate: share(withAmends.size, count(ended)),
    compensations: count(begun),
    failedCompensations: count(outcome(amends, 'blocked')),
    failedCompensationRate: share(count(outcome(amends, 'blocked')), count(begun)),
    deadLetters: count(parked),
    detectMsMean: mean(parked.map(({ sagaId, ms }) => ms - first(sagaId))),
    recoveries: count(parked),
    recoverMsMean: mean(recovered),
    automatedSteps,
    manualSteps: count(decided),
    manualResolutionMsMean: mean(decided.map(({ taskId, ms }) => ms - opened(taskId))),
    automatedRate: share(automatedSteps, automatedSteps + count(decided)),
    retries: count([...steps, ...amends].filter(({ retryAt }) => retryAt !== undefined)),
    deliveries,
    duplicates: repeats,
    duplicateRate: share(repeats, deliveries),
    sloGood: count(good),
    sloBad: count(outcome(ended, 'completed', 'compensated')) - count(good),
  };
}

test('every figure is what adding up the log by hand gives, in the window, its event and the objective', async () => {
  const clock = createFakeClock();
  let failures = 0;
  let stuck = 0;
  const fails = (left: () => number, take: () => void) => {
    if (left() === 0) return;
    take();
    throw new Error('it does not move');
  };
  const site = await startSite({
    dir: temporaryFolder(),
    clock,
    plant: createPlant([]),
    parts: {
      sagas: [counted],
      random: () => 0.5,
      activities: [
        implement(act, ({ input }) => {
          fails(
            () => failures,
            () => {
              failures -= 1;
            },
          );
          return input;
        }),
        implement(takeBack, ({ input }) => {
          fails(
            () => stuck,
            () => {
              stuck -= 1;
            },
          );
          return input;
        }),
      ],
    },
  });
  const { orchestrator } = site;
  const ended = new Map<string, string>();
  orchestrator.onSagaEnded((sagaId, status) => ended.set(sagaId, status));
  const pass = async (what: string, probe: () => boolean) => {
    const endMs = performance.now() + 20_000;
    for (; !probe(); await pause(2)) {
      if (performance.now() > endMs) throw new Error(`waited in vain until ${what}`);
      await clock.pass(500);
    }
  };
  const begin = async (sagaId: string, failuresFirst = 0) => {
    failures = failuresFirst;
    await orchestrator.startSaga('counted', sagaId, { value: 1 });
    await pass(`${sagaId} asks or ends`, () => taskOf(sagaId) !== undefined || ended.has(sagaId));
  };
  const taskOf = (sagaId: string, kind = 'ask') =>
    orchestrator.tasks().find((task) => task.sagaId === sagaId && task.kind === kind);
  const answer = async (sagaId: string, decision: string, afterMs: number) => {
    await clock.pass(afterMs);
    await orchestrator.decideTask(taskOf(sagaId)?.taskId ?? '', 'ann', decision);
  };
  const isOver = (sagaId: string) => pass(`${sagaId} has ended`, () => ended.has(sagaId));

  await begin('quick');
  await answer('quick', 'yes', MINUTE_MS);
  await isOver('quick');
  await begin('slow', 1); // its first attempt fails, and the person takes longer than the objective allows
  await answer('slow', 'yes', 7 * MINUTE_MS);
  await isOver('slow');
  await begin('failed', 2); // both attempts
  await isOver('failed');
  await begin('unwanted');
  await answer('unwanted', 'no', 2 * MINUTE_MS);
  await isOver('unwanted');
  await begin('blocked');
  stuck = 2; // both attempts at the amends
  await answer('blocked', 'no', MINUTE_MS);
  await pass('the amends are blocked', () => taskOf('blocked', 'compensation-blocked') !== undefined);
  await clock.pass(4 * MINUTE_MS);
  const [letter] = await orchestrator.deadLetters.list({ state: 'open', limit: 9 });
  await orchestrator.deadLetters.redrive(letter?.taskId ?? '', 'ann', { reason: 'cable is in' });
  await isOver('blocked');
  for (const again of ['quick', 'slow']) {
    expect(await orchestrator.startSaga('counted', again, { value: 1 })).not.toBe('changed');
  }
  await begin('open'); // has not ended when the window is read

  const windowOf = async () => (await orchestrator.kpis.windows({ span: 'hour', saga: 'counted' }))[0];
  await until('the repeats are counted', async () => {
    await clock.pass(1_000);
    return (await windowOf())?.duplicates === 2;
  });
  const records = async () =>
    (await site.store.readLog(offset(0), { countMax: 1_000 })).map(({ event }) => event);
  const expected = byHand(await records(), 2);
  expect(expected).toMatchObject({
    started: 6,
    completed: 2,
    compensated: 1,
    cancelled: 2,
    compensations: 3,
    failedCompensations: 1,
    retries: 3,
    manualSteps: 5,
    recoveries: 1,
    sloGood: 1,
    sloBad: 2,
  });
  const told = await windowOf();
  expect(told).toMatchObject(expected);
  // Exact to a fifth: the median is the quicker of the two, the 95th percentile the slower.
  const within = (ms: number | null | undefined, exactMs: number) => {
    expect(ms).toBeGreaterThanOrEqual(exactMs * 0.99);
    expect(ms).toBeLessThan(exactMs * 1.2);
  };
  const durations = (await records())
    .filter(({ type }) => type === 'holdfast.saga.ended.v1')
    .map(({ data }) => data as { outcome: string; durationMs: number })
    .filter(({ outcome }) => outcome === 'completed')
    .map(({ durationMs }) => durationMs)
    .toSorted((a, b) => a - b);
  within(told?.durationMsP50, durations[0] ?? 0);
  within(told?.durationMsP95, durations[1] ?? 0);

  const slo = (await orchestrator.kpis.slos()).find(({ saga }) => saga === 'counted');
  expect(slo).toMatchObject({ good: 1, bad: 2, objective: 0.9 });
  // Two thirds bad of the tenth that may be: the budget is used up almost seven times.
  expect(slo?.budgetRemaining).toBeCloseTo(1 - 2 / 3 / 0.1, 9);

  await clock.pass(HOUR_MS);
  const closed = await until('the hour is told of', async () => {
    await clock.pass(1_000);
    return (await records()).find(({ type }) => type === kpiWindowClosed.type);
  });
  expect(closed?.data).toMatchObject(expected);
});
