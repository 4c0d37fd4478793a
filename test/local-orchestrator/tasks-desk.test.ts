import { Type } from 'typebox';
import { describe, expect, test } from 'vitest';
import type { Role } from '#contracts/site-file.ts';
import { defineSaga, endCancelled, goOn } from '../../local-orchestrator/index.ts';
import { until } from '../support/until.ts';
import { temporaryFolder } from './site.ts';
import { asking, HOUR_MS, MINUTE_MS, person, startTaskSite, type TaskSite } from './task-kit.ts';

const as = (user: string, role: Role = 'operator') => ({ user, role });
const byTurns = asking({ assign: 'round-robin' });
const crew = [person('ann'), person('bob'), person('cid'), person('tom', 'technician')];

const desk = (site: TaskSite) => site.orchestrator.desk;

describe('the life of a task', () => {
  test('each change is one row of the audit and one event, in the same order', async () => {
    const site = await startTaskSite({ saga: byTurns, people: crew });
    const { taskId, assignee } = await site.ask('s-1');
    expect(assignee).toBe('ann');
    await desk(site).claim(taskId, as('ann'));
    await desk(site).begin(taskId, as('ann'));
    await desk(site).delegate(taskId, as('ann'), 'bob', 'I am at the dock');
    await desk(site).decline(taskId, as('bob'), 'no forklift');
    await desk(site).begin(taskId, as('cid'));
    await desk(site).decide(taskId, as('cid'), { decision: 'yes', note: 'seen' });
    await until('it ends', () => site.ended.get('s-1') === 'completed');
    expect(await site.changes(taskId)).toEqual([
      'created - -',
      'offered - ann',
      'claimed ann ann',
      'started ann ann',
      'delegated ann bob',
      'declined bob bob',
      'offered - cid',
      'claimed cid cid',
      'started cid cid',
      'completed cid cid',
    ]);
    const events = (await site.events()).filter(({ type }) => type === 'holdfast.task.changed.v1');
    const detail = await desk(site).detail(taskId);
    expect(events.map(({ data }) => (data as { state: string }).state)).toEqual(
      detail?.audit.map(({ state }) => state),
    );
    expect(detail).toMatchObject({ state: 'completed', decidedBy: 'cid', decision: 'yes', note: 'seen' });
    expect(site.orchestrator.tasks()).toEqual([]);
  });

  test('the audit only grows, whoever writes; it goes with a task that has ended', async () => {
    const site = await startTaskSite();
    const [open, ended] = await Promise.all(['s-1', 's-2'].map((id) => site.ask(id)));
    await desk(site).decide(ended?.taskId ?? '', as('ann'), { decision: 'yes' });
    await until('it ends', () => site.ended.has('s-2'));
    const { default: Database } = await import('better-sqlite3');
    await site.close();
    const file = new Database(`${site.dir}/site.db`);
    const count = () => file.prepare('SELECT count(*) AS rows FROM task_audit').get() as { rows: number };
    const before = count().rows;
    const [row] = file.prepare('SELECT id FROM task_audit WHERE task_id = ?').all(open?.taskId) as {
      id: number;
    }[];
    const replace = `REPLACE INTO task_audit (id, task_id, at_ms, change, state, by) VALUES (?, ?, 0, 'claimed', 'claimed', 'eve')`;
    const attempts: [string, unknown[]][] = [
      ['UPDATE task_audit SET by = ? WHERE task_id = ?', ['eve', open?.taskId]],
      [replace, [row?.id, open?.taskId]],
      [replace.replace('REPLACE', 'INSERT OR REPLACE'), [row?.id, open?.taskId]],
      ['DELETE FROM task_audit WHERE task_id = ?', [open?.taskId]],
      ['DELETE FROM task_audit', []],
    ];
    for (const [sql, values] of attempts)
      expect(() => file.prepare(sql).run(...values), sql).toThrow('append-only');
    expect(count().rows).toBe(before);
    file.prepare('DELETE FROM task_audit WHERE task_id = ?').run(ended?.taskId);
    expect(count().rows).toBe(before - 3);
    file.close();
  });

  test('the context of the site is collected once, and stays as it was', async () => {
    let battery = 80;
    let asked = 0;
    const site = await startTaskSite({
      abilities: {
        contextOf: async ({ sagaId }) => {
          asked += 1;
          return [{ label: 'Robot', value: `${sagaId}: battery ${battery} %` }];
        },
      },
    });
    const task = await site.ask('s-1');
    expect(task.context).toEqual([{ label: 'Robot', value: 's-1: battery 80 %' }]);
    battery = 10;
    await desk(site).claim(task.taskId, as('ann'));
    await desk(site).release(task.taskId, as('ann'), undefined);
    expect((await desk(site).detail(task.taskId))?.context).toEqual(task.context);
    expect(asked).toBe(1);
  });

  test('a site that cannot tell its state in time holds up nobody', async () => {
    const site = await startTaskSite({ abilities: { contextOf: () => new Promise(() => {}) } });
    await site.orchestrator.startSaga('asking', 's-1', { value: 1 });
    await site.passUntil('it is offered', 500, () => site.taskOf('s-1')?.state === 'offered');
    expect(site.taskOf('s-1')?.context).toEqual([
      { label: 'Site', value: 'its state could not be read in time' },
    ]);
  });

  test('a form is checked with the pointer of what is wrong', async () => {
    const counted = defineSaga<{ value: number }>('asking')
      .task('ask', {
        kind: 'count',
        title: 'Count',
        text: () => 'How many?',
        form: Type.Object({ counted: Type.Integer({ minimum: 0 }) }, { additionalProperties: false }),
        decisions: {
          yes: { label: 'Counted', tone: 'primary', needsNote: false, leads: goOn },
          no: { label: 'Cannot', tone: 'neutral', needsNote: false, leads: endCancelled('no') },
        },
      })
      .end({ title: 'Asking', version: 1 });
    const site = await startTaskSite({ saga: counted });
    const { taskId, form } = await site.ask('s-1');
    expect(form).toMatchObject({ required: ['counted'] });
    const decide = (decision: string, answers?: { counted: unknown }) =>
      desk(site).decide(taskId, as('ann'), { decision, form: answers as never });
    await expect(decide('yes')).rejects.toMatchObject({ code: 'TASK_FORM' });
    await expect(decide('yes', { counted: -1 })).rejects.toMatchObject({
      code: 'TASK_FORM',
      details: { field: 'form.counted' },
    });
    // A way out may leave it empty, and may not fill in nonsense either.
    await expect(decide('no', { counted: 'many' })).rejects.toMatchObject({ code: 'TASK_FORM' });
    expect(site.ended.size).toBe(0);
    await decide('yes', { counted: 7 });
    expect(await desk(site).detail(taskId)).toMatchObject({ state: 'completed', answers: { counted: 7 } });
  });
});

describe('who may do what', () => {
  test('a task of a role is refused to others, in words', async () => {
    const site = await startTaskSite({
      saga: asking({ role: 'shift-lead' }),
      people: [...crew, person('zoe', 'operator', 'shift-lead')],
    });
    const { taskId } = await site.ask('s-1');
    await expect(desk(site).claim(taskId, as('ann'))).rejects.toMatchObject({ code: 'TASK_ROLE' });
    await expect(desk(site).decide(taskId, as('ann'), { decision: 'yes' })).rejects.toMatchObject({
      code: 'TASK_ROLE',
    });
    expect(await desk(site).claim(taskId, as('zoe'))).toMatchObject({ claimedBy: 'zoe' });
  });

  test('one that is offered to somebody by name is theirs, until a lead steps in', async () => {
    const site = await startTaskSite({ saga: byTurns, people: crew });
    const { taskId } = await site.ask('s-1');
    await expect(desk(site).claim(taskId, as('bob'))).rejects.toThrow('is with ann');
    await expect(desk(site).decide(taskId, as('bob'), { decision: 'yes' })).rejects.toThrow('is with ann');
    await expect(desk(site).delegate(taskId, as('bob'), 'cid', undefined)).rejects.toMatchObject({
      code: 'TASK_NOT_YOURS',
    });
    expect(await desk(site).claim(taskId, as('tom', 'technician'))).toMatchObject({ claimedBy: 'tom' });
    await expect(desk(site).release(taskId, as('ann'), undefined)).rejects.toMatchObject({
      code: 'TASK_NOT_YOURS',
    });
    expect(await desk(site).delegate(taskId, as('tom', 'technician'), 'bob', undefined)).toMatchObject({
      state: 'offered',
      assignee: 'bob',
    });
  });

  test('it is handed on only to somebody who is there and may take it', async () => {
    const site = await startTaskSite({
      saga: asking({ role: 'operator' }),
      people: [...crew, person('vic', 'viewer')],
    });
    const { taskId } = await site.ask('s-1');
    await desk(site).claim(taskId, as('ann'));
    const to = (name: string) => desk(site).delegate(taskId, as('ann'), name, undefined);
    await expect(to('nobody')).rejects.toThrow('there is no such person');
    await expect(to('vic')).rejects.toThrow('it needs the role operator');
    await expect(to('ann')).rejects.toThrow('they have it already');
    const from = new Date(site.clock.nowMs()).toISOString();
    const end = new Date(site.clock.nowMs() + 60 * MINUTE_MS).toISOString();
    await desk(site).absences.enter({ user: 'bob', from, to: end, coveredBy: 'cid' }, 'tom');
    await expect(to('bob')).rejects.toMatchObject({ hint: 'cid covers for them.' });
    expect(await to('cid')).toMatchObject({ assignee: 'cid' });
  });
});

describe('who is asked', () => {
  test('turns go round, and on after a restart', async () => {
    const first = await startTaskSite({ saga: byTurns, people: crew });
    expect((await first.ask('s-1')).assignee).toBe('ann');
    expect((await first.ask('s-2')).assignee).toBe('bob');
    await first.close();
    const second = await startTaskSite({ saga: byTurns, people: crew, dir: first.dir });
    expect((await second.ask('s-3')).assignee).toBe('cid');
    expect((await second.ask('s-4')).assignee).toBe('ann');
  });

  test('many at once are spread over those who have least', async () => {
    const site = await startTaskSite({ saga: asking({ assign: 'least-loaded' }), people: crew });
    const ids = Array.from({ length: 30 }, (_, index) => `s-${index}`);
    await Promise.all(ids.map((id) => site.orchestrator.startSaga('asking', id, { value: 1 })));
    await until('all are offered', () => {
      const tasks = site.orchestrator.tasks();
      return tasks.length === 30 && tasks.every(({ state }) => state === 'offered');
    });
    expect(
      desk(site)
        .people()
        .map(({ user, openTasks }) => [user, openTasks]),
    ).toEqual([
      ['ann', 10],
      ['bob', 10],
      ['cid', 10],
      ['tom', 0],
    ]);
  });

  test('absent, who covers, the role, everybody', async () => {
    const people = [person('ann'), person('bob', 'technician')];
    const site = await startTaskSite({ saga: asking({ assign: 'least-loaded' }), people });
    const absent = (user: string, coveredBy?: string) =>
      desk(site).absences.enter(
        {
          user,
          from: new Date(site.clock.nowMs()).toISOString(),
          to: new Date(site.clock.nowMs() + 60 * MINUTE_MS).toISOString(),
          ...(coveredBy === undefined ? {} : { coveredBy }),
        },
        'tom',
      );
    expect(await site.ask('s-1')).toMatchObject({ assignee: 'ann' });
    const { absenceId } = await absent('ann', 'bob');
    expect(await site.ask('s-2')).toMatchObject({ assignee: 'bob' });
    await desk(site).absences.remove(absenceId, 'tom');
    await absent('ann');
    expect(await site.ask('s-3')).toMatchObject({ assignee: null, role: 'operator' });
    expect([...site.alarms]).toEqual([]);
    await absent('bob');
    const { taskId, ...left } = await site.ask('s-4');
    expect(left).toMatchObject({ assignee: null, role: null });
    expect(site.alarms.get(`task-waiting/${taskId}`)).toContain('nobody on duty has the role operator');
    await desk(site).claim(taskId, as('guest'));
    expect(site.alarms.size).toBe(0);
  });

  test('a task that everybody declines is declined, and those who run the floor are told', async () => {
    const dir = temporaryFolder();
    const people = [person('ann'), person('bob'), person('tom', 'technician')];
    const first = await startTaskSite({ dir, saga: byTurns, people });
    const { taskId } = await first.ask('s-1');
    expect(await desk(first).decline(taskId, as('ann'), 'busy')).toMatchObject({
      assignee: 'bob',
      state: 'offered',
    });
    expect(first.alarms.size).toBe(0);
    expect(await desk(first).decline(taskId, as('bob'), 'busy')).toMatchObject({
      assignee: null,
      claimedBy: null,
      role: 'operator',
      state: 'declined',
    });
    expect(first.alarms.get(`task-waiting/${taskId}`)).toContain('has declined it');
    expect(first.told.at(-1)).toMatchObject({ notice: { taskId, reason: 'escalated', role: 'technician' } });
    expect((await first.changes(taskId)).slice(-2)).toEqual(['declined bob bob', 'escalated - -']);
    await first.close();

    // It waits over a restart, and a lead hands it to one of them by name.
    const site = await startTaskSite({ dir, saga: byTurns, people });
    const declined = () => desk(site).list({ state: 'declined', mine: false, limit: 9 }, 'tom');
    expect(await declined()).toMatchObject([{ taskId, state: 'declined' }]);
    await desk(site).delegate(taskId, as('tom', 'technician'), 'ann', 'we talked');
    expect(await declined()).toEqual([]);
    await desk(site).decide(taskId, as('ann'), { decision: 'yes' });
    await until('it ends', () => site.ended.get('s-1') === 'completed');
  });

  test('a declined task is not over for those who declined, nor for its escalation', async () => {
    const level = { afterMs: HOUR_MS, when: 'unanswered' as const, role: 'shift-lead', notify: [] };
    const saga = asking({ assign: 'round-robin', escalation: [level] });
    const site = await startTaskSite({ saga, people: [person('ann'), person('lea', 'shift-lead')] });
    const [one, two] = await Promise.all(['s-1', 's-2'].map((id) => site.ask(id)));
    for (const task of [one, two]) await desk(site).decline(task?.taskId ?? '', as('ann'), 'busy');
    expect(site.orchestrator.tasks().map(({ state }) => state)).toEqual(['declined', 'declined']);
    await desk(site).decide(one?.taskId ?? '', as('ann'), { decision: 'yes' });
    await until('it ends', () => site.ended.get('s-1') === 'completed');
    await site.passUntil('it goes up', 60_000, () => site.taskOf('s-2')?.role === 'shift-lead');
    expect(site.taskOf('s-2')).toMatchObject({ state: 'offered', level: 1 });
  });

  test('where nothing is told of the people, there may be others who take it', async () => {
    const site = await startTaskSite({ saga: byTurns });
    const { taskId } = await site.ask('s-1');
    expect(await desk(site).decline(taskId, as('ann'), 'busy')).toMatchObject({ state: 'offered' });
  });

  test('an absence that cannot be is refused with its place', async () => {
    const site = await startTaskSite({ people: crew });
    const enter = (entry: object) =>
      desk(site).absences.enter(
        { user: 'ann', from: '2026-01-02T00:00:00Z', to: '2026-01-03T00:00:00Z', ...entry },
        'tom',
      );
    await expect(enter({ to: '2026-01-01T00:00:00Z' })).rejects.toMatchObject({ details: { field: 'to' } });
    await expect(enter({ coveredBy: 'ann' })).rejects.toMatchObject({ details: { field: 'coveredBy' } });
    await expect(enter({ user: 'eve' })).rejects.toMatchObject({ hint: 'Known are: ann, bob, cid, tom.' });
    const { absenceId } = await enter({ coveredBy: 'bob' });
    await desk(site).absences.change(
      absenceId,
      { user: 'ann', from: '2026-01-02T00:00:00Z', to: '2026-01-04T00:00:00Z' },
      'tom',
    );
    expect(desk(site).absences.list()).toMatchObject([
      { absenceId, coveredBy: null, to: '2026-01-04T00:00:00.000Z' },
    ]);
    await desk(site).absences.remove(absenceId, 'tom');
    await expect(desk(site).absences.remove(absenceId, 'tom')).rejects.toMatchObject({
      code: 'API_NOT_FOUND',
    });
    const changes = (await site.events()).filter(({ type }) => type.includes('absence-changed'));
    expect(changes.map(({ data }) => (data as { change: string }).change)).toEqual([
      'entered',
      'changed',
      'removed',
    ]);
  });
});

test('lists go by what is asked for', async () => {
  const site = await startTaskSite({ saga: byTurns, people: crew });
  const first = await site.ask('s-1');
  const second = await site.ask('s-2');
  await desk(site).decide(second.taskId, as('bob'), { decision: 'yes' });
  const list = async (query: object, user = 'ann') =>
    (await desk(site).list({ mine: false, limit: 10, ...query }, user)).map(({ taskId }) => taskId);
  expect(await list({})).toEqual([first.taskId]);
  expect(await list({ mine: true })).toEqual([first.taskId]);
  expect(await list({ mine: true }, 'bob')).toEqual([]);
  expect(await list({ role: 'viewer' })).toEqual([]);
  expect(await list({ role: 'technician' })).toEqual([first.taskId]);
  expect(await list({ state: 'completed' })).toEqual([second.taskId]);
  expect(await list({ state: 'claimed' })).toEqual([]);
});
