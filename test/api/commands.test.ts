import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { systemClock } from '#contracts/clock.ts';
import { ApplianceError } from '#contracts/errors.ts';
import type { Role } from '#contracts/site-file.ts';
import type { Store } from '#contracts/store.ts';
import { createRepeatable } from '../../appliance/api/idempotency.ts';
import { startTestApi, type TestApi } from './test-api.ts';

let api: TestApi;
beforeAll(async () => {
  api = await startTestApi();
});
afterAll(() => api.end());

const command = (more: object = {}) => ({
  target: 'conveyor-1',
  call: { capability: 'Conveyor', action: 'run', args: { speed: 0.5 } },
  expiresAtMs: Date.now() + 10_000,
  reason: 'test run after repair',
  ...more,
});
const send = (key: string | undefined, payload: object, role: Role = 'technician') =>
  api.ask('POST', '/commands', {
    payload,
    headers: { ...api.as(role), ...(key === undefined ? {} : { 'idempotency-key': key }) },
  });

describe('a command by a person', () => {
  test('without an idempotency key moves nothing', async () => {
    const answer = await send(undefined, command());
    expect(answer.json()).toMatchObject({ status: 400, code: 'API_INVALID', field: '/idempotency-key' });
    expect(answer.json().hint).toContain('UUID');
    expect(api.commands).toEqual([]);
  });

  test('reaches the gate with who asked and why, and how long it lives', async () => {
    const body = command();
    const answer = await send('first', body);
    expect(answer.statusCode).toBe(200);
    expect(answer.json()).toMatchObject({ result: { state: 'verified' } });
    expect(api.commands.at(-1)).toMatchObject({
      commandId: answer.json().commandId,
      target: 'conveyor-1',
      call: body.call,
      expiresAtMs: body.expiresAtMs,
      timeoutMs: 30_000,
      reason: 'test run after repair',
      requestedBy: { kind: 'person', id: 'machine-technician' },
      traceparent: expect.stringMatching(/^00-/),
    });
  });

  test.each([
    ['MobileRobot', 'pause'],
    ['MobileRobot', 'cancel'],
    ['Conveyor', 'stop'],
  ])('that ends motion may come from an operator: %s.%s', async (capability, action) => {
    const answer = await send(
      `stop ${action}`,
      command({ call: { capability, action, args: {} } }),
      'operator',
    );
    expect(answer.json()).toMatchObject({ result: { state: 'verified' } });
    expect(api.commands.at(-1)).toMatchObject({ requestedBy: { kind: 'person', id: 'machine-operator' } });
  });

  test.each([
    ['MobileRobot', 'park'],
    ['MobileRobot', 'resume'],
    ['StackLight', 'set'],
    ['Door', 'open'],
    ['Conveyor', 'none-such'],
  ])('that does anything else is for technicians: %s.%s', async (capability, action) => {
    const countBefore = api.commands.length;
    const answer = await send(
      `go ${action}`,
      command({ call: { capability, action, args: {} } }),
      'operator',
    );
    expect(answer.json()).toMatchObject({ status: 403, code: 'API_FORBIDDEN' });
    expect(answer.json().hint).toContain('technician');
    expect(api.commands).toHaveLength(countBefore);
  });

  test('sent twice at the same moment moves once, and both hear how it went', async () => {
    const countBefore = api.commands.length;
    const release = api.holdCommands();
    const body = command();
    const both = Promise.all([send('twice', body), send('twice', body)]);
    release();
    const [a, b] = await both;
    expect(api.commands).toHaveLength(countBefore + 1);
    expect(a.json()).toEqual(b.json());
    expect([a, b].filter(({ headers }) => headers['idempotent-replay'] === 'true')).toHaveLength(1);
  });

  test('with a used key and another target moves nothing', async () => {
    await send('reused', command());
    const countBefore = api.commands.length;
    const answer = await send('reused', command({ target: 'conveyor-2' }));
    expect(answer.json()).toMatchObject({ status: 409, code: 'API_KEY_REUSED' });
    expect(api.commands).toHaveLength(countBefore);
  });

  /** As after a kill -9 between the deed and its record: the gate has forgotten it, the answer is gone. */
  const forgetAnswers = () =>
    api.kept.store.commit([{ op: 'run', statement: 'api.forget', params: { beforeMs: Date.now() + 1 } }]);

  test('sent again after a crash before the answer was kept is asked about, never moved twice', async () => {
    const first = await send('crash', command());
    const countBefore = api.commands.length;
    await forgetAnswers();
    const again = await send('crash', command());
    expect(api.commands).toHaveLength(countBefore);
    expect(again.json()).toMatchObject({
      commandId: first.json().commandId,
      result: { state: 'unknown', reason: expect.stringContaining('it never arrived') },
    });
  });

  test('that stops goes through again, and waits for nothing', async () => {
    const stop = command({ call: { capability: 'Conveyor', action: 'stop', args: {} } });
    await send('stop', stop);
    const countBefore = api.commands.length;
    await forgetAnswers();
    expect((await send('stop', stop)).json()).toMatchObject({ result: { state: 'verified' } });
    expect(api.commands).toHaveLength(countBefore + 1);
  });

  test.each([
    ['lives too long', { expiresAtMs: Date.now() + 3_600_000 }, '/body/expiresAtMs'],
    ['says not why', { reason: '' }, '/body/reason'],
    [
      'asks an unknown capability',
      { call: { capability: 'Catapult', action: 'throw', args: {} } },
      '/body/call/capability',
    ],
    ['has no arguments', { call: { capability: 'Conveyor', action: 'run' } }, '/body/call/args'],
    ['may take no time at all', { timeoutMs: 0 }, '/body/timeoutMs'],
    ['has a field nobody knows', { force: true }, '/body/force'],
  ])('that %s is refused by field', async (name, more, field) => {
    const countBefore = api.commands.length;
    const answer = await send(`bad ${name}`, command(more));
    expect(answer.json()).toMatchObject({ status: 400, code: 'API_INVALID', field });
    expect(api.commands).toHaveLength(countBefore);
  });
});

describe('a task', () => {
  const decide = (id: string, payload: object, key = '') =>
    api.ask('POST', `/tasks/${id}/decide`, {
      payload,
      headers: { ...api.as('operator'), 'idempotency-key': key },
    });

  test('is decided once under one key, by whom and with which note', async () => {
    const first = await decide('task-1', { decision: 'again', note: 'it was upside down' }, 'decide-1');
    const second = await decide('task-1', { decision: 'again', note: 'it was upside down' }, 'decide-1');
    expect(first.json()).toMatchObject({ state: 'completed', decidedBy: 'machine-operator' });
    expect(second.json()).toEqual(first.json());
    expect(api.decisions).toEqual([
      { taskId: 'task-1', user: 'machine-operator', decision: 'again', note: 'it was upside down' },
    ]);
  });

  test('is claimed in the name of the one who asks', async () => {
    const answer = await api.ask('POST', '/tasks/task-1/claim', { headers: api.as('operator') });
    expect(answer.json()).toMatchObject({ claimedBy: 'machine-operator', state: 'claimed' });
  });

  test.each([
    ['no decision', {}, '/body/decision'],
    ['an empty decision', { decision: '' }, '/body/decision'],
    ['a note like a book', { decision: 'again', note: 'x'.repeat(2_001) }, '/body/note'],
  ])('with %s is not decided', async (_, payload, field) => {
    expect((await decide('task-1', payload)).json()).toMatchObject({ status: 400, field });
  });
});

test('what was done is answered also when the disk has no room to keep the answer', async () => {
  const full = async () => {
    throw new ApplianceError('STORE_FULL', { dir: '/data' });
  };
  const store = { query: async () => [], commit: full } as unknown as Store;
  const repeatable = createRepeatable(store, systemClock);
  const sent: unknown[] = [];
  const reply = {
    header: () => undefined,
    code: (status: number) => ({ send: (body: unknown) => sent.push([status, body]) }),
  };
  const request = {
    headers: { 'idempotency-key': 'k' },
    url: '/tasks/1/decide',
    body: {},
    caller: undefined,
  };
  await repeatable(request, reply, async () => ({ status: 200, body: { decision: 'again' } }));
  expect(sent).toEqual([[200, { decision: 'again' }]]);
});
