import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { DeadLetter, RedriveDetail, RedriveMany } from '#contracts/dead-letters.ts';
import { runbookActions } from '#contracts/runbooks.ts';
import type { Role } from '#contracts/site-file.ts';
import { shippedRunbooks } from '../../local-orchestrator/runbooks/runbook-folder.ts';
import { taskRunbook } from '../../local-orchestrator/runbooks/task-runbook.ts';
import { restingLetters } from './resting-letters.ts';
import { startTestApi, type TestApi } from './test-api.ts';

const letter: DeadLetter = {
  taskId: 'pick-order:A-1:t7',
  sagaId: 'pick-order:A-1',
  correlationId: 'A-1',
  definition: 'pick-order',
  step: 'pick',
  title: 'Pick',
  role: 'action',
  cause: 'retries-exhausted',
  reason: 'the gripper is open',
  activity: 'MobileRobot.pick@1',
  device: 'amr-1',
  attempts: 3,
  input: { target: 'amr-1', epoch: 1, args: {} },
  openedAt: '2026-01-01T00:00:00.000Z',
  closedAt: null,
  closedBy: null,
  decision: null,
  note: null,
  inputAfter: null,
  redriveId: null,
};
const decisions = ['retry', 'wait', 'ask', 'done', 'not-done', 'by-hand', 'skip', 'cancel'].map((id) => ({
  id,
  label: id,
}));
const runbook = taskRunbook(
  { ...shippedRunbooks()['retries-exhausted'], actions: [...runbookActions, { call: 'lead' }] },
  { letter, decisions, deviceOf: () => 'fleet' },
);
const run: RedriveDetail = {
  redriveId: 'r-1',
  by: 'machine-technician',
  reason: 'gripper repaired',
  filter: {},
  state: 'running',
  startedAt: letter.openedAt,
  endedAt: null,
  total: 1,
  pending: 1,
  done: 0,
  left: 0,
  letters: [{ taskId: letter.taskId, state: 'pending', detail: null }],
};

let api: TestApi;
const asked: unknown[][] = [];
beforeAll(async () => {
  api = await startTestApi({
    deadLetters: {
      ...restingLetters.deadLetters,
      async list(query) {
        asked.push(['list', query]);
        return [letter];
      },
      get: async (taskId) =>
        taskId === letter.taskId ? { ...letter, runbook } : restingLetters.deadLetters.get(taskId),
      async redrive(taskId, by, order) {
        asked.push(['redrive', taskId, by, order]);
        return { ...letter, closedBy: by, decision: 'retry' };
      },
      async call(...call) {
        asked.push(['call', ...call]);
      },
      async plan(order) {
        asked.push(['plan', order]);
        const { taskId, sagaId, step, cause, input } = letter;
        return [{ taskId, sagaId, step, cause, does: 'retry', before: input, after: input, problem: null }];
      },
      async redriveMany(by, order) {
        asked.push(['many', by, order]);
        return run;
      },
      redrives: async () => [run],
      redriveDetail: async (id) => (id === 'r-1' ? run : restingLetters.deadLetters.redriveDetail(id)),
      stopRedrive: async () => ({ ...run, state: 'stopped' }),
    },
  });
});
afterAll(() => api.end());

const id = encodeURIComponent(letter.taskId);
const get = (path: string) => api.ask('GET', path, { headers: api.as('viewer') });
const post = (path: string, payload: object, role: 'operator' | 'technician' = 'technician') =>
  api.ask('POST', path, { headers: api.as(role), payload });

describe('dead letters', () => {
  test('are listed by filter, and shown with their runbook', async () => {
    const list = await get('/dead-letters?cause=retries-exhausted&device=amr-1&limit=5');
    expect(list.json()).toEqual({ deadLetters: [letter] });
    expect(asked.at(-1)).toEqual([
      'list',
      { cause: 'retries-exhausted', device: 'amr-1', limit: 5, state: 'open' },
    ]);
    expect((await get(`/dead-letters/${id}`)).json()).toEqual({ ...letter, runbook });
    expect((await get('/dead-letters/none')).json()).toMatchObject({
      status: 404,
      code: 'SAGA_DEAD_LETTER_NOT_FOUND',
    });
    expect((await get('/dead-letters?cause=bad-luck')).statusCode).toBe(400);
  });

  test('go on by a technician, with a reason', async () => {
    const order = { reason: 'gripper repaired', input: { target: 'amr-2' } };
    expect((await post(`/dead-letters/${id}/redrive`, order, 'operator')).statusCode).toBe(403);
    expect((await post(`/dead-letters/${id}/redrive`, {})).json()).toMatchObject({ field: '/body/reason' });
    const answer = await post(`/dead-letters/${id}/redrive`, order);
    expect(answer.json()).toMatchObject({ decision: 'retry', closedBy: 'machine-technician' });
    expect(asked.at(-1)).toEqual(['redrive', letter.taskId, 'machine-technician', order]);
  });

  test('are called about by an operator', async () => {
    expect((await post(`/dead-letters/${id}/call`, { channel: 'lead' }, 'operator')).statusCode).toBe(202);
    expect(asked.at(-1)).toEqual(['call', letter.taskId, 'lead', 'machine-operator']);
  });
});

describe('a re-drive of many', () => {
  const order = { reason: 'gripper repaired', filter: { device: 'amr-1' } };

  test('is tried out first, and then begun; its key begins it once', async () => {
    const dry = await post('/redrives', { ...order, dryRun: true });
    expect([dry.statusCode, dry.json().planned]).toMatchObject([
      200,
      [{ taskId: letter.taskId, does: 'retry' }],
    ]);
    const headers = { ...api.as('technician'), 'idempotency-key': 'once' };
    const first = await api.ask('POST', '/redrives', { headers, payload: order });
    const again = await api.ask('POST', '/redrives', { headers, payload: order });
    expect([first.statusCode, again.headers['idempotent-replay']]).toEqual([202, 'true']);
    const begun = asked.filter(([what]) => what === 'many');
    const filled: RedriveMany = { ...order, countMax: 100, dryRun: false };
    expect(begun).toEqual([['many', 'machine-technician', filled]]);
  });

  test('without a bound, or with a filter nobody knows, is refused', async () => {
    expect((await post('/redrives', { ...order, countMax: 100_000 })).json()).toMatchObject({ status: 400 });
    expect((await post('/redrives', { ...order, filter: { colour: 'red' } })).json()).toMatchObject({
      status: 400,
    });
    expect((await post('/redrives', order, 'operator')).statusCode).toBe(403);
  });

  test('is watched and stopped', async () => {
    expect((await get('/redrives')).json()).toMatchObject({ redrives: [{ redriveId: 'r-1', pending: 1 }] });
    expect((await get('/redrives/r-1')).json()).toEqual(run);
    expect((await get('/redrives/r-2')).statusCode).toBe(404);
    expect((await post('/redrives/r-1/stop', {})).json()).toMatchObject({ state: 'stopped' });
  });
});

test('whatever a runbook offers to press is there: a route that takes it, or a page', () => {
  expect(runbook.actions).toHaveLength(runbookActions.length + 1);
  const pattern = (url: string) => new RegExp(`^${url.replace(/:[a-z]+/gi, '[^/]+')}$`);
  for (const { action, request, page } of runbook.actions) {
    if (page !== null) {
      expect(page, action).toMatch(/^#\/(devices|orders)\/[^/]+$/);
      continue;
    }
    const found = api.routes.filter(
      ({ method, url }) => method === request?.method && pattern(url).test(`/api/v1${request?.path}`),
    );
    expect(found, `${action}: ${request?.method} ${request?.path}`).toHaveLength(1);
  }
});

test('whatever a runbook offers to press may be pressed by the role that it names, and by none below', async () => {
  for (const { action, role, request } of runbook.actions) {
    if (request === null) continue;
    const { path, body } = request;
    // A command lives for a minute at most: one that is refused for that is not forbidden, and moves nothing.
    const payload = path === '/commands' ? { ...body, expiresAtMs: Date.now() + 3_600_000 } : body;
    const pressed = async (by: Role) => {
      const headers = { ...api.as(by), 'idempotency-key': `press-${action}-${by}` };
      return (await api.ask('POST', path, { payload, headers })).statusCode;
    };
    expect(await pressed(role), `${action} by ${role}`).not.toBe(403);
    expect(await pressed(role === 'technician' ? 'operator' : 'viewer'), `${action} below ${role}`).toBe(403);
  }
});
