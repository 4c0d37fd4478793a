import { expect, test } from 'vitest';
import { asking, HOUR_MS, MINUTE_MS, person, startTaskSite } from './task-kit.ts';

const crew = [person('ann'), person('bob'), person('lea', 'operator', 'shift-lead')];

test('a task says what follows if nobody does anything, soonest first', async () => {
  const site = await startTaskSite({
    people: crew,
    saga: asking(
      {
        assign: 'least-loaded',
        respondMs: 5 * MINUTE_MS,
        escalation: [
          { afterMs: HOUR_MS, when: 'unanswered', role: 'shift-lead', notify: [] },
          { afterMs: 3 * HOUR_MS, when: 'unfinished', user: 'lea', notify: [] },
        ],
      },
      { dueMs: 2 * HOUR_MS },
    ),
  });
  const { taskId, dueAt } = await site.ask('s-1');
  const coming = async () => (await site.orchestrator.desk.detail(taskId))?.coming;
  const lines = async () => (await coming())?.map(({ what, role, user }) => [what, role ?? user]);
  expect(await lines()).toEqual([
    ['unanswered', null],
    ['escalate', 'shift-lead'],
    ['overdue', null],
    ['escalate', 'lea'],
  ]);
  expect((await coming())?.[2]?.at).toBe(dueAt);

  // Somebody has it: the level for the case that nobody answers is passed over.
  await site.orchestrator.desk.claim(taskId, { user: 'ann', role: 'operator' });
  expect(await lines()).toEqual([
    ['silent', null],
    ['overdue', null],
    ['escalate', 'lea'],
  ]);

  await site.orchestrator.desk.decide(taskId, { user: 'ann', role: 'operator' }, { decision: 'yes' });
  expect(await coming()).toEqual([]);
});

test('times are told by the clock on the wall when it has been set, and come when they were to come', async () => {
  const site = await startTaskSite({
    people: crew,
    saga: asking({ assign: 'least-loaded', respondMs: 5 * MINUTE_MS }, { dueMs: 2 * HOUR_MS }),
  });
  const before = await site.ask('s-1');
  site.clock.jumpWall(6 * HOUR_MS);
  const later = (at: string | null) => (at === null ? 0 : Date.parse(at) + 6 * HOUR_MS);
  const { desk } = site.orchestrator;
  const shown = [
    await desk.get(before.taskId),
    await desk.detail(before.taskId),
    ...(await desk.list({ mine: false, limit: 9 }, 'ann')),
  ];
  for (const task of shown) {
    expect(Date.parse(task?.dueAt ?? '')).toBe(later(before.dueAt));
    expect(Date.parse(task?.respondBy ?? '')).toBe(later(before.respondBy));
  }
  const coming = (await desk.detail(before.taskId))?.coming ?? [];
  expect(coming.map(({ what, at }) => [what, Date.parse(at)])).toEqual([
    ['unanswered', later(before.respondBy)],
    ['overdue', later(before.dueAt)],
  ]);
  // Nothing has come due by the jump.
  expect(site.taskOf('s-1')).toMatchObject({ assignee: before.assignee, state: 'offered' });
  await site.passUntil('the next is asked', 30_000, () => site.taskOf('s-1')?.assignee !== before.assignee);
});
