import { Type } from 'typebox';
import { describe, expect, test } from 'vitest';
import { kpiSloBurn, kpiWindowClosed } from '#contracts/events/kpi.ts';
import { offset } from '#contracts/ids.ts';
import { defineSaga, endCancelled, goOn, implement, localActivity } from '../../local-orchestrator/index.ts';
import { bucketMsMax, bucketOf, durationQuantile } from '../../local-orchestrator/kpis/figures.ts';
import { report, sumOf } from '../../local-orchestrator/kpis/report.ts';
import { budgetRemaining, burnOf, isBurning } from '../../local-orchestrator/kpis/slo.ts';
import { createWindows } from '../../local-orchestrator/kpis/windows.ts';
import { createFakeClock, type FakeClock } from '../support/fake-clock.ts';
import { passUntil } from '../support/pass-until.ts';
import { until } from '../support/until.ts';
import { createPlant } from './plant.ts';
import { startSite, type TestSite, temporaryFolder } from './site.ts';

const HOUR_MS = 3_600_000;

describe('the arithmetic', () => {
  test.each([1, 2, 3, 17, 999, 1_000, 61_000, 86_400_000])('a bucket holds %i ms to a fifth', (ms) => {
    const most = bucketMsMax(bucketOf(ms));
    expect(most).toBeGreaterThanOrEqual(ms * 0.999_999);
    expect(most).toBeLessThan(ms * 1.2);
  });

  test('a quantile is that of all windows together, and of nothing there is none', () => {
    const fast = new Map([[`duration.${bucketOf(1_000)}`, 95]]);
    const slow = new Map([[`duration.${bucketOf(60_000)}`, 5]]);
    const both = sumOf([fast, slow]);
    expect(durationQuantile(both, 0.5)).toBeLessThan(1_200);
    expect(durationQuantile(both, 0.95)).toBeLessThan(1_200);
    expect(durationQuantile(both, 0.96)).toBeGreaterThanOrEqual(60_000);
    expect(durationQuantile(new Map(), 0.5)).toBeNull();
  });

  test('rates and means of nothing are null, not 0', () => {
    const nothing = report(new Map());
    expect(nothing).toMatchObject({
      completed: 0,
      durationMsMean: null,
      compensationRate: null,
      failedCompensationRate: null,
      manualResolutionMsMean: null,
      automatedRate: null,
      duplicateRate: null,
    });
  });

  test.each([
    [{ good: 100, bad: 0 }, 0, 1],
    [{ good: 99, bad: 1 }, 1, 0],
    [{ good: 98, bad: 2 }, 2, -1],
    [{ good: 0, bad: 0 }, 0, 1],
  ])('of %o an objective of 0.99 burns %d and leaves %d', (counts, burn, left) => {
    expect(burnOf(counts, 0.99)).toBeCloseTo(burn);
    expect(budgetRemaining(counts, 0.99)).toBeCloseTo(left);
  });

  test('a single bad one of few burns nothing yet', () => {
    expect(isBurning({ good: 1, bad: 1 }, 0.99, 'fast')).toBe(false);
    expect(isBurning({ good: 3, bad: 3 }, 0.99, 'fast')).toBe(true);
    expect(isBurning({ good: 97, bad: 3 }, 0.99, 'fast')).toBe(false);
  });
});

describe('hours and days of the site', () => {
  const at = (iso: string) => Date.parse(iso);

  test.each([
    ['UTC', '2026-01-01T13:59:00Z', '2026-01-01T13:00:00Z', '2026-01-01T00:00:00Z', 24],
    ['Asia/Kolkata', '2026-01-01T13:59:00Z', '2026-01-01T13:30:00Z', '2025-12-31T18:30:00Z', 24],
    ['Europe/Berlin', '2026-03-29T10:00:00Z', '2026-03-29T10:00:00Z', '2026-03-28T23:00:00Z', 23],
    ['Europe/Berlin', '2026-10-25T10:00:00Z', '2026-10-25T10:00:00Z', '2026-10-24T22:00:00Z', 25],
  ])('%s at %s', (zone, now, hour, day, hours) => {
    const windows = createWindows(zone);
    expect(windows.hourOf(at(now))).toBe(at(hour));
    expect(windows.dayOf(at(now))).toBe(at(day));
    expect(windows.endOf('day', at(day)) - at(day)).toBe(hours * HOUR_MS);
    // The same the other way round: what was asked last does not show.
    expect(windows.dayOf(at(day) - 1)).toBeLessThan(at(day));
    expect(windows.dayOf(at(now))).toBe(at(day));
  });

  test('where the clocks move by half an hour, hours stay within their day', () => {
    const windows = createWindows('Australia/Lord_Howe');
    const day = windows.dayOf(at('2026-04-05T03:00:00Z'));
    const end = windows.endOf('day', day);
    expect(end - day).toBe(24.5 * HOUR_MS);
    expect(windows.endOf('hour', windows.hourOf(end - 1))).toBe(end);
    expect(windows.hourOf(end)).toBe(end);
  });
});

type Numbers = { value: number };
const work = localActivity<Numbers, Numbers>('kpi.work', 1);
const title = 'Work';
const slo = { durationMs: 1_800_000, objective: 0.9 };

const measured = {
  ...defineSaga<Numbers>('measured')
    .step('one', work, {
      title,
      timeoutMs: null,
      retry: { attempts: 2, firstMs: 100, factor: 1, capMs: 100 },
      input: ({ input }) => input,
      undo: { activity: work, title: 'Undo', input: () => ({ value: 0 }) },
    })
    .task('ask', {
      kind: 'ask',
      title: 'Ask',
      text: () => 'Which?',
      decisions: {
        yes: { label: 'Yes', tone: 'primary', needsNote: false, leads: goOn },
        no: { label: 'No', tone: 'danger', needsNote: false, leads: endCancelled('no') },
      },
    })
    .end({ title: 'Measured', version: 1 }),
  slo,
};
const quick = {
  ...defineSaga<Numbers>('quick')
    .step('one', work, {
      title,
      timeoutMs: null,
      retry: { attempts: 1, firstMs: 1, factor: 1, capMs: 1 },
      input: ({ input }) => input,
    })
    .end({ title: 'Quick', version: 1 }),
  slo,
};

const waiting = defineSaga<Numbers>('waiting')
  .signal('gate', { title: 'Gate', signal: 'open', payload: Type.Object({}) })
  .signal('door', { title: 'Door', signal: 'close', payload: Type.Object({}) })
  .end({ title: 'Waiting', version: 1 });

interface Measured extends TestSite {
  readonly ended: Map<string, string>;
  readonly script: (() => Numbers)[];
  eventsOf(type: string): Promise<Record<string, unknown>[]>;
}

async function startMeasured(clock: FakeClock, dir: string): Promise<Measured> {
  const script: (() => Numbers)[] = [];
  const site = await startSite({
    dir,
    clock,
    plant: createPlant([]),
    parts: {
      sagas: [measured, quick, waiting],
      activities: [implement(work, ({ input }) => script.shift()?.() ?? { value: input.value + 1 })],
      random: () => 0.5,
    },
  });
  const ended = new Map<string, string>();
  site.orchestrator.onSagaEnded((sagaId, status) => ended.set(sagaId, status));
  return {
    ...site,
    ended,
    script,
    async eventsOf(type) {
      const records = await site.store.readLog(offset(0), { types: [type], countMax: 1_000 });
      return records.map(({ event }) => event.data as Record<string, unknown>);
    },
  };
}

const broken = () => {
  throw new Error('broken');
};

describe('figures of sagas', () => {
  test('are those of what came about, survive a restart, and are counted once', async () => {
    const dir = temporaryFolder();
    const clock = createFakeClock();
    const site = await startMeasured(clock, dir);
    site.script.push(broken);
    await site.orchestrator.startSaga('measured', 'm-1', { value: 1 });
    await passUntil(clock, 50, 'a person is asked', () => site.orchestrator.tasks().length === 1);
    await clock.pass(600_000);
    await site.orchestrator.decideTask(site.orchestrator.tasks()[0]?.taskId ?? '', 'ann', 'yes');
    await until('it ends', () => site.ended.get('m-1') === 'completed');

    await site.orchestrator.startSaga('measured', 'm-2', { value: 1 });
    await until('a person is asked', () => site.orchestrator.tasks().length === 1);
    await site.close();

    const again = await startMeasured(clock, dir);
    const task = await until('the task is there', () => again.orchestrator.tasks()[0]);
    await again.orchestrator.decideTask(task.taskId, 'ann', 'no');
    await until('it ends', () => again.ended.get('m-2') === 'cancelled');
    expect(await again.orchestrator.startSaga('measured', 'm-2', { value: 1 })).not.toBe('changed');
    const repeated = async () => {
      const [hour] = await again.orchestrator.kpis.windows({ span: 'hour', saga: 'measured' });
      return hour?.duplicates === 1;
    };
    await passUntil(clock, 500, 'the repeat is counted', repeated);

    const [now] = await again.orchestrator.kpis.windows({ span: 'hour', saga: 'measured' });
    expect(now).toMatchObject({
      span: 'hour',
      from: '2026-01-01T00:00:00.000Z',
      to: '2026-01-01T01:00:00.000Z',
      closed: false,
      started: 2,
      completed: 1,
      compensated: 0,
      cancelled: 1,
      compensations: 1,
      failedCompensations: 0,
      failedCompensationRate: 0,
      compensationRate: 0.5,
      retries: 1,
      automatedSteps: 2,
      manualSteps: 2,
      automatedRate: 0.5,
      duplicates: 1,
      sloGood: 1,
      sloBad: 0,
    });
    expect(now?.durationMsMean).toBeGreaterThanOrEqual(600_000);
    expect(now?.manualResolutionMsMean).toBeGreaterThanOrEqual(300_000);
    const [today] = await again.orchestrator.kpis.windows({ span: 'day', saga: 'measured' });
    expect(today).toMatchObject({ span: 'day', started: 2, completed: 1, cancelled: 1, closed: false });
  });

  test('tell how often the same came again', async () => {
    const clock = createFakeClock();
    const site = await startMeasured(clock, temporaryFolder());
    await site.orchestrator.startSaga('waiting', 'w-1', { value: 1 });
    const open = { id: 'e-1', name: 'open', payload: {} };
    for (let times = 0; times < 3; times += 1) await site.orchestrator.signal('w-1', open);
    await site.orchestrator.startSaga('waiting', 'w-1', { value: 1 });
    const hour = async () => (await site.orchestrator.kpis.windows({ span: 'hour', saga: 'waiting' }))[0];
    await passUntil(clock, 500, 'the repeats are counted', async () => (await hour())?.duplicates === 3);
    // The start and the signal, and what came again.
    expect(await hour()).toMatchObject({ deliveries: 5, duplicateRate: 0.6 });
  });

  test('of parked work tell how long it took to notice and to put right', async () => {
    const clock = createFakeClock();
    const site = await startMeasured(clock, temporaryFolder());
    site.script.push(broken, broken);
    await site.orchestrator.startSaga('measured', 'm-1', { value: 1 });
    // Two attempts, a pause between them; then its amends are begun, for nobody parks it.
    await passUntil(clock, 50, 'it has failed', () => site.ended.has('m-1'));
    const [failed] = await site.orchestrator.kpis.windows({ span: 'hour', saga: 'measured' });
    expect(failed).toMatchObject({
      compensated: 1,
      retries: 1,
      deadLetters: 0,
      detectMsMean: null,
      sloBad: 1,
    });
  });

  test('of amends that get stuck: a person is asked, and it goes on', async () => {
    const clock = createFakeClock();
    const site = await startMeasured(clock, temporaryFolder());
    await site.orchestrator.startSaga('measured', 'm-1', { value: 1 });
    await until('a person is asked', () => site.orchestrator.tasks().length === 1);
    // From here on, amends fail until a person has looked.
    let failures = 0;
    const fail = () => {
      failures += 1;
      throw new Error('still broken');
    };
    for (let count = 0; count < 50; count += 1) site.script.push(fail);
    await site.orchestrator.decideTask(site.orchestrator.tasks()[0]?.taskId ?? '', 'ann', 'no');
    const isBlocked = () => site.orchestrator.tasks().some(({ kind }) => kind === 'compensation-blocked');
    await passUntil(clock, 5_000, 'the amends are blocked', isBlocked);
    expect(failures).toBeGreaterThan(0);
    site.script.length = 0;
    await clock.pass(600_000);
    const letters = await site.orchestrator.deadLetters.list({ state: 'open', limit: 9 });
    expect(letters).toMatchObject([{ sagaId: 'm-1', role: 'compensation', cause: 'compensation-blocked' }]);
    await site.orchestrator.deadLetters.redrive(letters[0]?.taskId ?? '', 'ann', { reason: 'cable is in' });
    await until('it ends', () => site.ended.get('m-1') === 'cancelled');
    const [now] = await site.orchestrator.kpis.windows({ span: 'day', saga: 'measured' });
    expect(now).toMatchObject({
      compensations: 1,
      failedCompensations: 1,
      deadLetters: 1,
      recoveries: 1,
      compensationRate: 1,
    });
    expect(now?.detectMsMean).toBeGreaterThan(0);
    expect(now?.recoverMsMean).toBeGreaterThanOrEqual(600_000);
  });
});

describe('closed windows', () => {
  test('are told once each, also those that ended while the process was down', async () => {
    const dir = temporaryFolder();
    const clock = createFakeClock(Date.UTC(2026, 0, 1, 22, 30));
    const site = await startMeasured(clock, dir);
    await site.orchestrator.startSaga('quick', 'q-1', { value: 1 });
    await until('it ends', () => site.ended.has('q-1'));
    // 23:01: the hour of 22:00 is closed.
    await clock.pass(31 * 60_000);
    const windows = () => site.orchestrator.kpis.windows({ span: 'hour', saga: 'quick' });
    await passUntil(clock, 1_000, 'the hour is closed', async () => (await windows())[0]?.closed === true);
    await site.orchestrator.startSaga('quick', 'q-2', { value: 1 });
    await until('it ends', () => site.ended.has('q-2'));
    await site.close();

    clock.jumpWall(10 * HOUR_MS);
    const again = await startMeasured(clock, dir);
    const told = await again.eventsOf(kpiWindowClosed.type);
    expect(told).toMatchObject([
      { saga: 'quick', span: 'hour', from: '2026-01-01T22:00:00.000Z', started: 1, completed: 1 },
      { saga: 'quick', span: 'hour', from: '2026-01-01T23:00:00.000Z', started: 1, completed: 1 },
      { saga: 'quick', span: 'day', from: '2026-01-01T00:00:00.000Z', started: 2, completed: 2 },
    ]);
    await again.close();
    const third = await startMeasured(clock, dir);
    expect(await third.eventsOf(kpiWindowClosed.type)).toHaveLength(3);
    const days = await third.orchestrator.kpis.windows({ span: 'day', saga: 'quick' });
    expect(days).toMatchObject([{ closed: true, completed: 2 }]);
  });

  test('of days outlive their hours', async () => {
    const dir = temporaryFolder();
    const clock = createFakeClock();
    const site = await startMeasured(clock, dir);
    await site.orchestrator.startSaga('quick', 'q-1', { value: 1 });
    await until('it ends', () => site.ended.has('q-1'));
    await site.close();
    clock.jumpWall(20 * 24 * HOUR_MS);
    const again = await startMeasured(clock, dir);
    const fromMs = Date.UTC(2026, 0, 1);
    expect(await again.orchestrator.kpis.windows({ span: 'hour', fromMs, toMs: fromMs + HOUR_MS })).toEqual(
      [],
    );
    expect(await again.orchestrator.kpis.windows({ span: 'day', fromMs })).toMatchObject([{ completed: 1 }]);
  });

  test('more than can be shown are refused with words', async () => {
    const site = await startMeasured(createFakeClock(), temporaryFolder());
    await expect(site.orchestrator.kpis.windows({ span: 'hour', fromMs: 0 })).rejects.toMatchObject({
      code: 'SAGA_KPI_RANGE',
    });
  });
});

describe('an objective', () => {
  test('that is missed burns its budget, and that is told once, and once when it is over', async () => {
    const dir = temporaryFolder();
    const clock = createFakeClock();
    const site = await startMeasured(clock, dir);
    for (const id of ['q-1', 'q-2', 'q-3', 'q-4']) {
      site.script.push(broken);
      await site.orchestrator.startSaga('quick', id, { value: 1 });
      await until('it ends', () => site.ended.get(id) === 'compensated');
    }
    const burns = () => site.eventsOf(kpiSloBurn.type);
    await passUntil(clock, 1_000, 'it burns', async () => (await burns()).length > 0);
    await clock.pass(120_000);
    const [status] = (await site.orchestrator.kpis.slos()).filter(({ saga }) => saga === 'quick');
    expect(status).toMatchObject({ good: 0, bad: 4, objective: 0.9, periodDays: 28, alerts: ['slow'] });
    expect(status?.budgetRemaining).toBeCloseTo(-9);
    // All of ten: below 14.4, so nothing burns fast; above 6, so it burns slowly.
    expect(await burns()).toMatchObject([{ saga: 'quick', speed: 'slow', state: 'burning', burnMax: 6 }]);
    await site.close();

    const again = await startMeasured(clock, dir);
    await clock.pass(120_000);
    expect(await again.eventsOf(kpiSloBurn.type)).toHaveLength(1);
    const over = async () => (await again.eventsOf(kpiSloBurn.type)).length === 2;
    await passUntil(clock, HOUR_MS / 2, 'it is over', over);
    expect((await again.eventsOf(kpiSloBurn.type))[1]).toMatchObject({ speed: 'slow', state: 'over' });
  });
});
