import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Refusal } from '#contracts/api.ts';
import { startTestApi, type TestApi } from './test-api.ts';

let api: TestApi;
beforeAll(async () => {
  api = await startTestApi();
});
afterAll(() => api.end());

const source = { connector: 'postgresql', db: 'wms', schema: 'public', table: 'orders' };
const row = (id: string, pieces: unknown = 2) => ({ id, article: 'MUG', pieces });
const send = (payload: string | object, type = 'application/json') =>
  api.ask('POST', '/intake/debezium', {
    payload,
    headers: { ...api.as('operator'), 'content-type': type },
  });
const refusals = async (): Promise<Refusal[]> =>
  (await api.ask('GET', '/refusals', { headers: api.as('viewer') })).json().refusals;
const typesOf = async (id: string) => (await api.kept.eventsOf(id)).map(({ type }) => type);

describe('the change-event endpoint', () => {
  test('makes an order of a new row, with or without the schema part', async () => {
    const bare = await send({ op: 'c', source, before: null, after: row('O-1') });
    expect([bare.statusCode, bare.json()]).toEqual([201, { orderId: 'O-1', outcome: 'accepted' }]);
    const wrapped = await send({ schema: {}, payload: { op: 'r', source, after: row('O-2') } });
    expect([wrapped.statusCode, wrapped.json()]).toEqual([201, { orderId: 'O-2', outcome: 'accepted' }]);
    expect(await api.kept.eventsOf('O-1')).toMatchObject([
      { source: '/sites/test-site/intake/debezium', data: { lines: [{ sku: 'MUG', quantity: 2 }] } },
    ]);
  });

  test('takes the same change again as the same', async () => {
    const change = { op: 'c', source, after: row('O-3') };
    await send(change);
    const again = await send(change);
    expect([again.statusCode, again.json()]).toEqual([200, { orderId: 'O-3', outcome: 'repeated' }]);
    expect(await typesOf('O-3')).toEqual(['holdfast.work-order.created.v1']);
  });

  test('asks for cancellation when the row goes', async () => {
    await send({ op: 'c', source, after: row('O-4') });
    const gone = await send({ op: 'd', source, before: row('O-4'), after: null });
    expect([gone.statusCode, gone.json()]).toEqual([202, { orderId: 'O-4', outcome: 'cancel-requested' }]);
    expect((await api.kept.eventsOf('O-4')).at(-1)).toMatchObject({
      type: 'holdfast.work-order.cancel-requested.v1',
      data: { reason: 'row deleted from public.orders', requestedBy: 'machine-operator' },
    });
  });

  test.each([
    ['a tombstone', 'null'],
    ['a tombstone in an envelope', '{"schema": null, "payload": null}'],
    ['a heartbeat', '{"ts_ms": 1700000000000}'],
  ])('answers %s with nothing', async (_, body) => {
    const countBefore = (await refusals()).length;
    const answer = await send(body);
    expect([answer.statusCode, answer.body]).toEqual([204, '']);
    expect(await refusals()).toHaveLength(countBefore);
  });

  test.each([
    [
      'an unmapped table',
      { op: 'c', source: { ...source, table: 'customers' }, after: row('X') },
      422,
      { code: 'INT_UNMAPPED', title: 'No mapping for table public.customers' },
    ],
    ['no envelope', { hello: 'world' }, 422, { code: 'INT_INVALID', field: '/payload/op' }],
    ['a truncate', { op: 't', source }, 422, { code: 'INT_INVALID', field: '/payload/op' }],
    ['a row without its column', { op: 'c', source, after: { id: 'X-1' } }, 422, { field: '/article' }],
    [
      'a quantity in words',
      { op: 'c', source, after: row('X-2', 'two') },
      422,
      { field: '/lines/0/quantity' },
    ],
    ['no JSON', '{"op": "c"', 400, { code: 'API_INVALID', field: '/body' }],
    ['a body too large', { filler: 'x'.repeat(9_000) }, 413, { code: 'API_BODY_TOO_LARGE' }],
  ])('refuses %s by name, and it is found afterwards', async (_, body, status, told) => {
    const countBefore = (await refusals()).length;
    const answer = await send(body);
    expect(answer.statusCode, answer.body).toBe(status);
    expect(answer.json()).toMatchObject(told);
    const after = await refusals();
    expect(after).toHaveLength(countBefore + 1);
    expect(after[0]).toMatchObject({
      intake: 'debezium',
      code: answer.json().code,
      reason: answer.json().title,
      hint: answer.json().hint,
    });
  });

  test('takes the deletion of an order nobody knows, which ends nothing, so that the connector goes on', async () => {
    const answer = await send({ op: 'd', source, before: row('X-3') });
    expect([answer.statusCode, answer.json()]).toEqual([
      200,
      { orderId: 'X-3', outcome: 'nothing-to-cancel' },
    ]);
    expect((await refusals())[0]).toMatchObject({ key: 'X-3', code: 'API_NOT_FOUND' });
  });

  test('refuses a change of an accepted order, which stays as it was', async () => {
    await send({ op: 'c', source, after: row('O-5') });
    const changed = await send({ op: 'u', source, before: row('O-5'), after: row('O-5', 7) });
    expect(changed.json()).toMatchObject({ status: 409, code: 'INT_CONFLICT' });
    expect((await refusals())[0]).toMatchObject({ key: 'O-5', code: 'INT_CONFLICT' });
  });
});
