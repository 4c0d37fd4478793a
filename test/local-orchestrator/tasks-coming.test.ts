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
