import { describe, expect, test } from 'vitest';
import type { Notice } from '#contracts/notify.ts';
import { createFakeClock } from '../support/fake-clock.ts';
import { until } from '../support/until.ts';
import { asking, HOUR_MS, MINUTE_MS, person, startTaskSite, type TaskSite } from './task-kit.ts';

const operator = (user: string) => ({ user, role: 'operator' }) as const;
const crew = [person('ann'), person('bob'), person('lea', 'operator', 'shift-lead')];
const desk = (site: TaskSite) => site.orchestrator.desk;

const ladder = asking({
  escalation: [
    { afterMs: HOUR_MS, when: 'unanswered', role: 'shift-lead', notify: ['lead'] },
    { afterMs: 2 * HOUR_MS, when: 'unfinished', user: 'boss', notify: [] },
  ],
});

describe('a task that nobody answers', () => {
  test('goes from person to person, then to the role, with an alarm', async () => {
    const site = await startTaskSite({
      saga: asking({ assign: 'round-robin', respondMs: MINUTE_MS }),
      people: [person('ann'), person('bob')],
    });
    const { taskId } = await site.ask('s-1');
    await site.passUntil('it is with bob', 10_000, () => site.taskOf('s-1')?.assignee === 'bob');
    await site.passUntil('it is with the role', 10_000, () => site.taskOf('s-1')?.assignee === null);
    expect(site.alarms.get(`task-waiting/${taskId}`)).toContain('not answered');
    await site.passUntil('it is with everybody', 10_000, () => site.taskOf('s-1')?.role === null);
    expect(await site.changes(taskId)).toEqual([
      'created - -',
      'offered - ann',
      'unanswered - ann',
      'offered - bob',
      'unanswered - bob',
      'offered - -',
      'unanswered - -',
      'offered - -',
    ]);
    // That was the end of the way: time alone changes nothing more.
    await site.clock.pass(24 * HOUR_MS);
    expect(await site.changes(taskId)).toHaveLength(8);
  });

  test('is offered again when whoever claimed it is not heard of', async () => {
    const site = await startTaskSite({ saga: asking({ assign: 'least-loaded' }), people: crew });
    const { taskId } = await site.ask('s-1');
    await desk(site).claim(taskId, operator('ann'));
    await site.passUntil('it is with bob', MINUTE_MS, () => site.taskOf('s-1')?.assignee === 'bob');
    expect((await desk(site).detail(taskId))?.audit).toContainEqual(
      expect.objectContaining({ change: 'released', user: 'ann', by: null }),
    );
    // Who has begun may take their time.
    await desk(site).begin(taskId, operator('bob'));
    await site.clock.pass(8 * HOUR_MS);
    expect(site.taskOf('s-1')).toMatchObject({ state: 'started', claimedBy: 'bob' });
  });
});

describe('escalation', () => {
  test('goes level by level and tells whom each level names', async () => {
    const site = await startTaskSite({ saga: ladder, people: crew });
    const { taskId } = await site.ask('s-1');
    await site.passUntil('the first level', MINUTE_MS, () => site.taskOf('s-1')?.level === 1);
    expect(site.taskOf('s-1')).toMatchObject({ role: 'shift-lead', assignee: null });
    await expect(desk(site).claim(taskId, operator('ann'))).rejects.toMatchObject({ code: 'TASK_ROLE' });
    await desk(site).begin(taskId, operator('lea'));
    await site.passUntil('the second level', MINUTE_MS, () => site.taskOf('s-1')?.level === 2);
    // Unfinished: it is taken from who had it.
    expect(site.taskOf('s-1')).toMatchObject({ state: 'offered', assignee: 'boss', claimedBy: null });
    expect(site.told.map(({ channels, notice }) => [channels, notice.reason, notice.user])).toEqual([
      [['pages'], 'offered', null],
      [['lead'], 'escalated', null],
      [['pages'], 'escalated', 'boss'],
    ]);
    expect(new Set(site.told.map(({ notice }) => notice.noticeId)).size).toBe(3);
  });

  test('a level for "unanswered" passes by a task that somebody has', async () => {
    const site = await startTaskSite({ saga: ladder, people: crew });
    const { taskId } = await site.ask('s-1');
    await desk(site).begin(taskId, operator('ann'));
    await site.passUntil('the first level has passed', MINUTE_MS, () => site.taskOf('s-1')?.level === 1);
    expect(site.taskOf('s-1')).toMatchObject({ claimedBy: 'ann', role: 'operator' });
    expect(await site.changes(taskId)).not.toContainEqual(expect.stringContaining('escalated'));
  });

  test('after days of downtime each level fires once, in order', async () => {
    const clock = createFakeClock();
    const first = await startTaskSite({ saga: ladder, people: crew, clock });
    const { taskId } = await first.ask('s-1');
    await first.close();
    await clock.pass(5 * 24 * HOUR_MS);
    const second = await startTaskSite({ saga: ladder, people: crew, clock, dir: first.dir });
    await second.passUntil('both levels', 10, () => second.taskOf('s-1')?.level === 2);
    expect(second.taskOf('s-1')).toMatchObject({ assignee: 'boss' });
    const fired = (await desk(second).detail(taskId))?.audit.filter(({ change }) => change === 'escalated');
    expect(fired?.map(({ note }) => note)).toEqual(['level 1', 'level 2']);
    expect(second.told.map(({ notice }) => notice.reason)).toEqual(['escalated', 'escalated']);
    await second.close();
    // And not again after another restart.
    const third = await startTaskSite({ saga: ladder, people: crew, clock, dir: first.dir });
    await third.clock.pass(1_000);
    expect(third.taskOf('s-1')).toMatchObject({ assignee: 'boss', level: 2 });
    expect(third.told).toEqual([]);
  });

  test('a task that was made and not yet offered before a crash is offered at the start', async () => {
    const clock = createFakeClock();
    // It dies while it collects the context: the task is on disk, and nobody has heard of it.
    const hangs = { contextOf: () => new Promise<never>(() => {}) };
    const first = await startTaskSite({ people: crew, clock, abilities: hangs });
    const { taskId } = await first.ask('s-1', 'created');
    await first.store.close();
    const second = await startTaskSite({ people: crew, clock, dir: first.dir });
    await second.passUntil('it is offered', 10, () => second.taskOf('s-1')?.state === 'offered');
    expect(await second.changes(taskId)).toEqual(['created - -', 'offered - -']);
  });
});

test('what is past its time says so once, and stays open', async () => {
  const site = await startTaskSite({ saga: asking({}, { dueMs: HOUR_MS }), people: crew });
  const { taskId } = await site.ask('s-1');
  await site.passUntil('it is overdue', MINUTE_MS, () => site.alarms.has(`task-overdue/${taskId}`));
  await site.clock.pass(24 * HOUR_MS);
  expect((await site.changes(taskId)).filter((change) => change.startsWith('overdue'))).toHaveLength(1);
  await desk(site).decide(taskId, operator('ann'), { decision: 'yes' });
  await until('it ends', () => site.ended.get('s-1') === 'completed');
  expect(site.alarms.size).toBe(0);
});

describe('races', () => {
  const COUNT = 24;
  const ROUNDS_MAX = 20;

  test('of two people who claim at once one gets it, and the other is told by whom', async () => {
    const site = await startTaskSite({ people: crew });
    const tasks = await Promise.all(Array.from({ length: COUNT }, (_, index) => site.ask(`s-${index}`)));
    const results = await Promise.all(
      tasks.map(async ({ taskId }) => {
        const claims = await Promise.allSettled(
          ['ann', 'bob'].map((user) => desk(site).claim(taskId, operator(user))),
        );
        return { taskId, claims };
      }),
    );
    expect(site.store.stats().conflictCount).toBeGreaterThan(0); // they did meet
    for (const { taskId, claims } of results) {
      const [row] = await site.store.query('task.one', { taskId });
      const lost = claims.flatMap((one) => (one.status === 'rejected' ? [one.reason] : []));
      expect(lost).toEqual([
        expect.objectContaining({
          code: 'SAGA_TASK_TAKEN',
          details: { taskId, by: String(row?.claimed_by) },
        }),
      ]);
      expect((await site.changes(taskId)).filter((change) => change.startsWith('claimed'))).toHaveLength(1);
    }
  });

  test('escalation and completion at once: one story in one order', async () => {
    const saga = asking({ escalation: [{ afterMs: HOUR_MS, when: 'unfinished', user: 'boss', notify: [] }] });
    let onEscalation = (_taskId: string) => {};
    const notices = {
      answered: () => [],
      ops(_channels: readonly string[], { reason, taskId }: Notice) {
        if (reason === 'escalated' && taskId !== null) onEscalation(taskId);
        return [];
      },
      wake() {},
    };
    const site = await startTaskSite({ saga, people: crew, abilities: { notices } });
    const orders = { completed: 0, escalated: 0 };
    for (
      let round = 0;
      round < ROUNDS_MAX && (orders.completed === 0 || orders.escalated === 0);
      round += 1
    ) {
      const ids = Array.from({ length: COUNT }, (_, index) => `s-${round}-${index}`);
      const tasks = await Promise.all(ids.map((id) => site.ask(id)));
      const decided = new Map<string, Promise<unknown>>();
      const decide = (taskId: string) => {
        if (decided.has(taskId)) return;
        const made = desk(site).decide(taskId, operator('ann'), { decision: 'yes' });
        made.catch(() => {}); // it is looked at below, when all are decided
        decided.set(taskId, made);
      };
      // Half of them just before their level is due, half while their escalation is on its way to the disk.
      onEscalation = decide;
      for (const { taskId } of tasks.slice(0, COUNT / 2)) decide(taskId);
      await site.clock.pass(HOUR_MS + 1);
      // The alarm may have been busy with the disk when the hour was over: it needs a moment more.
      await site.passUntil('all are decided or escalated', 10, () => decided.size === COUNT);
      const settled = await Promise.allSettled(tasks.map(({ taskId }) => decided.get(taskId)));
      for (const [index, { taskId, sagaId }] of tasks.entries()) {
        const isDecided = settled[index]?.status === 'fulfilled';
        if (!isDecided) {
          expect(settled[index]).toMatchObject({
            reason: { code: 'SAGA_TASK_TAKEN', details: { by: 'boss' } },
          });
          await site.passUntil('it is escalated', 10, () => site.taskOf(sagaId)?.assignee === 'boss');
        }
        const changes = await site.changes(taskId);
        expect(changes.filter((one) => one === 'completed ann ann')).toHaveLength(isDecided ? 1 : 0);
        expect(changes.filter((one) => one.startsWith('escalated'))).toHaveLength(isDecided ? 0 : 1);
        orders[isDecided ? 'completed' : 'escalated'] += 1;
        if (isDecided) await until('it ends', () => site.ended.get(sagaId) === 'completed');
      }
    }
    expect(orders.completed).toBeGreaterThan(0);
    expect(orders.escalated).toBeGreaterThan(0);
  });

  test('cancellation and completion at once: the saga ends once, and the task with it', async () => {
    const site = await startTaskSite({ people: crew });
    const orders = { completed: 0, cancelled: 0 };
    for (
      let round = 0;
      round < ROUNDS_MAX && (orders.completed === 0 || orders.cancelled === 0);
      round += 1
    ) {
      const ids = Array.from({ length: COUNT }, (_, index) => `s-${round}-${index}`);
      const tasks = await Promise.all(ids.map((id) => site.ask(id)));
      const settled = await Promise.all(
        tasks.map(({ taskId, sagaId }, index) => {
          const decide = () => desk(site).decide(taskId, operator('ann'), { decision: 'yes' });
          const cancel = () => site.orchestrator.cancelSaga(sagaId, 'tom', 'not wanted');
          const [first, second]: (() => Promise<unknown>)[] =
            index % 2 === 0 ? [decide, cancel] : [cancel, decide];
          // One turn of the loop: the first is on its way to the disk when the second comes.
          const later = new Promise((resolve) => setImmediate(resolve)).then(() => second?.());
          return Promise.allSettled([first?.(), later]);
        }),
      );
      for (const [index, { taskId, sagaId }] of tasks.entries()) {
        await until('it ends', () => site.ended.has(sagaId));
        const status = site.ended.get(sagaId) === 'completed' ? 'completed' : 'cancelled';
        const [row] = await site.store.query('task.one', { taskId });
        expect(row?.state).toBe(status);
        const decided = settled[index]?.[index % 2 === 0 ? 0 : 1];
        expect(decided?.status).toBe(status === 'completed' ? 'fulfilled' : 'rejected');
        const ends = (await site.changes(taskId)).filter((one) => /^(completed|cancelled|expired)/.test(one));
        expect(ends).toHaveLength(1);
        orders[status] += 1;
      }
    }
    expect(orders.completed).toBeGreaterThan(0);
    expect(orders.cancelled).toBeGreaterThan(0);
    expect(site.orchestrator.tasks()).toEqual([]);
  });
});
