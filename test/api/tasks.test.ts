import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Task } from '#contracts/api.ts';
import { SAGA_ID_CHARS_MAX } from '#contracts/ids.ts';
import type { Absence } from '#contracts/people.ts';
import type { TaskDetail } from '#contracts/tasks-api.ts';
import { asking, person, startTaskSite, type TaskSite } from '../local-orchestrator/task-kit.ts';
import { startTestApi, type TestApi } from './test-api.ts';

/** The routes over a real desk; who asks are machines of each role, so they are its people. */
let site: TaskSite;
let api: TestApi;
let taskId: string;

const people = [
  person('machine-operator', 'operator'),
  person('machine-technician', 'technician'),
  person('machine-viewer', 'viewer'),
];

beforeEach(async () => {
  site = await startTaskSite({ saga: asking({ assign: 'least-loaded' }), people });
  api = await startTestApi({ tasks: site.orchestrator.desk, people: site.orchestrator.desk });
  ({ taskId } = await site.ask('s-1'));
});
afterEach(() => api.end());

const post = (path: string, role: 'operator' | 'technician' | 'viewer', payload?: object, key?: string) =>
  api.ask('POST', path, {
    headers: { ...api.as(role), ...(key === undefined ? {} : { 'idempotency-key': key }) },
    ...(payload === undefined ? {} : { payload }),
  });
const change = (action: string, role: 'operator' | 'technician' | 'viewer', payload?: object, key?: string) =>
  post(`/tasks/${taskId}/${action}`, role, payload, key);

describe('tasks over the API', () => {
  test('the whole way: listed, claimed, begun, handed on, decided, looked at', async () => {
    const list = await api.ask('GET', '/tasks?mine=true', { headers: api.as('operator') });
    expect(list.json<{ tasks: Task[] }>().tasks).toMatchObject([
      { taskId, state: 'offered', assignee: 'machine-operator', role: 'operator' },
    ]);
    expect((await change('claim', 'operator')).json()).toMatchObject({ state: 'claimed' });
    expect((await change('start', 'operator')).json()).toMatchObject({ state: 'started' });
    const handed = await change('delegate', 'operator', { to: 'machine-technician', note: 'needs keys' });
    expect(handed.json()).toMatchObject({ state: 'offered', assignee: 'machine-technician' });
    const decided = await change('decide', 'technician', { decision: 'yes', note: 'done' });
    expect(decided.json()).toMatchObject({ state: 'completed', decidedBy: 'machine-technician' });
    const detail = await api.ask('GET', `/tasks/${taskId}`, { headers: api.as('viewer') });
    const { audit, note } = detail.json<TaskDetail>();
    expect(note).toBe('done');
    expect(audit.map((row) => row.change)).toEqual([
      'created',
      'offered',
      'claimed',
      'started',
      'delegated',
      'completed',
    ]);
    const ended = await api.ask('GET', '/tasks?state=completed', { headers: api.as('viewer') });
    expect(ended.json<{ tasks: Task[] }>().tasks.map((task) => task.taskId)).toEqual([taskId]);
  });

  test('with the longest id that there is', async () => {
    const sagaId = `s/${'1'.repeat(SAGA_ID_CHARS_MAX - 2)}`;
    const { taskId: long } = await site.ask(sagaId);
    expect(long.length).toBeGreaterThan(SAGA_ID_CHARS_MAX);
    const path = `/tasks/${encodeURIComponent(long)}`;
    expect((await post(`${path}/claim`, 'operator')).json()).toMatchObject({
      taskId: long,
      state: 'claimed',
    });
    expect((await post(`${path}/decide`, 'operator', { decision: 'yes' })).statusCode).toBe(200);
    const { audit } = (await api.ask('GET', path, { headers: api.as('viewer') })).json<TaskDetail>();
    expect(audit.at(-1)).toMatchObject({ change: 'completed' });
  });

  test('a repeat with the same key gets the same answer and changes nothing', async () => {
    await change('claim', 'operator');
    const first = await change('release', 'operator', { note: 'called away' }, 'key-1');
    const again = await change('release', 'operator', { note: 'called away' }, 'key-1');
    expect(again.json()).toEqual(first.json());
    expect(again.headers['idempotent-replay']).toBe('true');
    expect((await site.changes(taskId)).filter((one) => one.startsWith('released'))).toHaveLength(1);
  });

  test.each<[string, () => ReturnType<typeof post>, number, string]>([
    ['a task that is not there', () => post('/tasks/nothing/claim', 'operator'), 404, 'SAGA_TASK_NOT_FOUND'],
    ['a viewer', () => change('claim', 'viewer'), 403, 'API_FORBIDDEN'],
    ['one that is not yours to give', () => change('release', 'operator', {}), 409, 'TASK_NOT_YOURS'],
    [
      'a button that is not there',
      () => change('decide', 'operator', { decision: 'maybe' }),
      422,
      'SAGA_TASK_DECISION',
    ],
    ['nobody of that name', () => change('delegate', 'operator', { to: 'eve' }), 422, 'TASK_PERSON'],
    [
      'a body with more than it should',
      () => change('decline', 'operator', { reason: 'x' }),
      400,
      'API_INVALID',
    ],
    [
      'an answer to a form that is not there',
      () => change('decide', 'operator', { decision: 'yes', form: {} }),
      422,
      'TASK_FORM',
    ],
  ])('%s is refused with its cure', async (_, ask, status, code) => {
    const answer = await ask();
    expect(answer.statusCode).toBe(status);
    expect(answer.json()).toMatchObject({ code, hint: expect.stringMatching(/./) });
  });

  test('one that is with somebody else is refused by name', async () => {
    await change('claim', 'technician');
    const answer = await change('decide', 'operator', { decision: 'yes' });
    expect(answer.statusCode).toBe(409);
    expect(answer.json()).toMatchObject({
      code: 'SAGA_TASK_TAKEN',
      title: expect.stringContaining('machine-technician'),
    });
  });
});

describe('absences over the API', () => {
  const entry = { user: 'machine-operator', from: '2026-01-01T00:00:00Z', to: '2026-01-02T00:00:00Z' };

  test('entered, changed and removed by whoever is away', async () => {
    const made = await post('/people/absences', 'operator', { ...entry, coveredBy: 'machine-technician' });
    expect(made.statusCode).toBe(201);
    const { absenceId } = made.json<Absence>();
    const away = await api.ask('GET', '/people', { headers: api.as('operator') });
    expect(away.json<{ people: { user: string; onDuty: boolean }[] }>().people).toContainEqual(
      expect.objectContaining({ user: 'machine-operator', onDuty: false }),
    );
    // A new task finds who covers.
    expect(await site.ask('s-2')).toMatchObject({ assignee: 'machine-technician' });
    const changed = await api.app.inject({
      method: 'PUT',
      url: `/api/v1/people/absences/${absenceId}`,
      headers: api.as('operator'),
      payload: { ...entry, to: '2026-01-03T00:00:00Z' },
    });
    expect(changed.json()).toMatchObject({ to: '2026-01-03T00:00:00.000Z', coveredBy: null });
    const gone = await api.ask('DELETE', `/people/absences/${absenceId}`, { headers: api.as('operator') });
    expect(gone.statusCode).toBe(204);
    const list = await api.ask('GET', '/people/absences', { headers: api.as('operator') });
    expect(list.json()).toEqual({ absences: [] });
  });

  test('of others only by a technician', async () => {
    const others = { ...entry, user: 'machine-viewer' };
    expect((await post('/people/absences', 'operator', others)).statusCode).toBe(403);
    const made = await post('/people/absences', 'technician', others);
    expect(made.statusCode).toBe(201);
    const { absenceId } = made.json<Absence>();
    const gone = await api.ask('DELETE', `/people/absences/${absenceId}`, { headers: api.as('operator') });
    expect(gone.statusCode).toBe(403);
  });

  test('with the place of what is wrong', async () => {
    const answer = await post('/people/absences', 'operator', { ...entry, to: entry.from });
    expect(answer.statusCode).toBe(422);
    expect(answer.json()).toMatchObject({ code: 'PEOPLE_ABSENCE', field: '/to' });
  });
});
