import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Refusal } from '#contracts/api.ts';
import { workOrderCreated } from '#contracts/events/order.ts';
import { BODY_BYTES_MAX, LOCAL_TOKEN, startTestApi, type TestApi } from './test-api.ts';

let api: TestApi;
beforeAll(async () => {
  api = await startTestApi();
});
afterAll(() => api.end());

const orderOf = (orderId: string, quantity = 2) => ({ orderId, lines: [{ sku: 'MUG', quantity }] });
const post = (payload: string | object, headers: Record<string, string> = {}) =>
  api.ask('POST', '/orders', {
    payload,
    headers: { ...api.as('operator'), 'content-type': 'application/json', ...headers },
  });
const refusals = async (): Promise<Refusal[]> =>
  (await api.ask('GET', '/refusals', { headers: api.as('viewer') })).json().refusals;
const created = async (orderId: string) =>
  (await api.kept.eventsOf(orderId)).filter(({ type }) => type === workOrderCreated.type);

describe('an order', () => {
  test('is created once; the same again is known', async () => {
    const first = await post(orderOf('A-1'));
    expect(first.statusCode).toBe(201);
    expect(first.json()).toMatchObject({
      orderId: 'A-1',
      state: 'accepted',
      lineCount: 1,
      pieceCount: 2,
      destination: 'packing-1',
    });
    const second = await post(orderOf('A-1'));
    expect(second.statusCode).toBe(200);
    expect(await created('A-1')).toHaveLength(1);
  });

  test('with the same id and other content is refused, and the first stays', async () => {
    await post(orderOf('A-2'));
    const other = await post(orderOf('A-2', 3));
    expect(other.json()).toMatchObject({ status: 409, code: 'INT_CONFLICT' });
    expect(await created('A-2')).toHaveLength(1);
    expect((await refusals())[0]).toMatchObject({ key: 'A-2', code: 'INT_CONFLICT', intake: 'http' });
  });

  test('carries the trace of who sent it into the log', async () => {
    const traceId = '4bf92f3577b34da6a3ce929d0e0e4736';
    await post(orderOf('A-3'), { traceparent: `00-${traceId}-00f067aa0ba902b7-01` });
    const [event] = await created('A-3');
    expect(event?.traceparent).toMatch(new RegExp(`^00-${traceId}-[0-9a-f]{16}-01$`));
    // Below the caller's span, not beside it.
    expect(event?.traceparent).not.toContain('00f067aa0ba902b7');
  });

  test('with a broken trace context gets one of its own', async () => {
    await post(orderOf('A-4'), { traceparent: '00-00000000000000000000000000000000-00f067aa0ba902b7-01' });
    expect((await created('A-4'))[0]?.traceparent).toMatch(/^00-(?!0{32})[0-9a-f]{32}-[0-9a-f]{16}-01$/);
  });

  test('is cancelled by a person with a reason', async () => {
    await post(orderOf('A-5'));
    const answer = await api.ask('POST', '/orders/A-5/cancel', {
      headers: api.as('operator'),
      payload: { reason: 'changed mind' },
    });
    expect(answer.statusCode).toBe(202);
    expect(await api.kept.eventsOf('A-5')).toMatchObject([
      { type: workOrderCreated.type },
      {
        type: 'holdfast.work-order.cancel-requested.v1',
        data: { orderId: 'A-5', reason: 'changed mind', requestedBy: 'machine-operator' },
      },
    ]);
  });

  test.each([
    ['the tools on the box', () => ({ authorization: `Bearer ${LOCAL_TOKEN}` }), 'replay'],
    ['a machine', () => api.as('operator'), 'replay'],
  ])('played from a file by %s says so', async (name, headers, intake) => {
    const orderId = `R-${name.length}`;
    await post(orderOf(orderId), { ...headers(), 'x-holdfast-intake': 'replay' });
    expect((await created(orderId))[0]?.source).toBe(`/sites/test-site/intake/${intake}`);
    await post(orderOf(orderId, 9), { ...headers(), 'x-holdfast-intake': 'replay' });
    expect((await refusals())[0]).toMatchObject({ key: orderId, intake });
  });

  test('by a person never claims to come from a file', async () => {
    const first = await api.identity.addUser('otto', 'operator', 'test');
    const signedIn = await api.ask('POST', '/session', { payload: { user: 'otto', password: first } });
    await api.ask('POST', '/orders', {
      payload: orderOf('R-person'),
      cookies: { holdfast_session: signedIn.cookies[0]?.value ?? '' },
      headers: { 'x-holdfast-intake': 'replay' },
    });
    expect((await created('R-person'))[0]?.source).toBe('/sites/test-site/intake/http');
  });
});

describe('what is no order', () => {
  const big = {
    orderId: 'B-big',
    lines: [{ sku: 'MUG', quantity: 1, description: 'x'.repeat(BODY_BYTES_MAX) }],
  };
  const cases: [string, string | object, string, number, object][] = [
    [
      'cut off in the middle',
      '{"orderId": "B-1", "lines": [{"sku"',
      'application/json',
      400,
      { code: 'API_INVALID', field: '/body' },
    ],
    ['empty', '', 'application/json', 400, { code: 'API_INVALID', field: '/body' }],
    ['XML', '<order id="B-3"/>', 'application/xml', 400, { code: 'API_INVALID', field: '/content-type' }],
    ['text', JSON.stringify(orderOf('B-4')), 'text/plain', 400, { field: '/content-type' }],
    ['too large', big, 'application/json', 413, { code: 'API_BODY_TOO_LARGE' }],
    [
      'a poisoned prototype',
      '{"orderId": "B-6", "__proto__": {"admin": true}}',
      'application/json',
      400,
      { code: 'API_INVALID' },
    ],
    ['a list', [orderOf('B-7')], 'application/json', 422, { code: 'INT_INVALID', field: '/body' }],
    ['without lines', { orderId: 'B-8' }, 'application/json', 422, { field: '/lines' }],
    [
      'with a field nobody knows',
      { ...orderOf('B-9'), prio: 1 },
      'application/json',
      422,
      { code: 'INT_INVALID', field: '/prio' },
    ],
    [
      'of an article nobody has',
      { orderId: 'B-10', lines: [{ sku: 'GHOST', quantity: 1 }] },
      'application/json',
      422,
      { field: '/lines/0/sku' },
    ],
  ];
  test.each(
    cases,
  )('%s: is refused by field and cure, and found afterwards', async (_, body, type, status, told) => {
    const countBefore = (await refusals()).length;
    const answer = await post(body, { 'content-type': type });
    expect(answer.statusCode, answer.body).toBe(status);
    expect(answer.headers['content-type']).toContain('application/problem+json');
    expect(answer.json()).toMatchObject(told);
    expect(answer.json().hint.length).toBeGreaterThan(10);
    const after = await refusals();
    expect(after).toHaveLength(countBefore + 1);
    const { code, title, hint } = answer.json();
    expect(after[0]).toMatchObject({ intake: 'http', code, reason: title, hint });
  });

  test('is found by its order id as far as it could be read, with what came', async () => {
    await post('{"orderId": "C-77", "lines": [}');
    expect((await refusals())[0]).toMatchObject({ key: 'C-77', code: 'API_INVALID' });
    expect((await api.kept.eventsOf('C-77')).at(-1)).toMatchObject({
      type: 'holdfast.intake.refused.v1',
      data: { excerpt: '{"orderId": "C-77", "lines": [}' },
    });
  });

  test('says how large it was when nobody read it', async () => {
    await post({ orderId: 'C-78', filler: 'x'.repeat(2 * BODY_BYTES_MAX) });
    const refused = (await api.kept.eventsOf('unknown')).at(-1);
    expect(refused?.data).toMatchObject({
      code: 'API_BODY_TOO_LARGE',
      excerpt: expect.stringMatching(/^not read: \d+ bytes of application\/json$/),
    });
  });

  test('of a stranger leaves no record', async () => {
    const countBefore = (await refusals()).length;
    const answer = await api.ask('POST', '/orders', {
      payload: '{',
      headers: { 'content-type': 'application/json' },
    });
    expect(answer.statusCode).toBe(401);
    expect(await refusals()).toHaveLength(countBefore);
  });

  test('a cancellation without a reason, or of nothing, is found too', async () => {
    const cancel = (id: string, payload: object) =>
      api.ask('POST', `/orders/${id}/cancel`, { headers: api.as('operator'), payload });
    expect((await cancel('C-80', {})).json()).toMatchObject({ status: 400, field: '/body/reason' });
    expect((await refusals())[0]).toMatchObject({ key: 'C-80', code: 'API_INVALID' });
    expect((await cancel('GHOST', { reason: 'gone' })).statusCode).toBe(404);
    expect((await refusals())[0]).toMatchObject({ key: 'GHOST', code: 'API_NOT_FOUND' });
  });

  test('is counted by its code', async () => {
    const metrics = await api.app.inject({ url: '/metrics', headers: api.as('viewer') });
    expect(metrics.body).toMatch(/holdfast_intake_refusals_total\{code="API_BODY_TOO_LARGE"\} [1-9]/);
    expect(metrics.body).toMatch(/holdfast_intake_refusals_total\{code="INT_INVALID"\} [1-9]/);
  });

  test('leaves what was accepted as it is, and the API at work', async () => {
    const again = await post(orderOf('A-1'));
    expect(again.statusCode).toBe(200);
    expect((await post(orderOf('D-1'))).statusCode).toBe(201);
  });
});

describe('an idempotency key', () => {
  const keyed = (key: string, payload: object) => post(payload, { 'idempotency-key': key });

  test('gets the first answer again, and says so', async () => {
    const first = await keyed('key-1', orderOf('K-1'));
    const second = await keyed('key-1', orderOf('K-1'));
    expect(first.statusCode).toBe(201);
    expect(first.headers['idempotent-replay']).toBeUndefined();
    expect(second.statusCode).toBe(201);
    expect(second.headers['idempotent-replay']).toBe('true');
    expect(second.json()).toEqual(first.json());
  });

  test('with another body is refused, and that is found afterwards', async () => {
    await keyed('key-2', orderOf('K-2'));
    const other = await keyed('key-2', orderOf('K-3'));
    expect(other.json()).toMatchObject({ status: 409, code: 'API_KEY_REUSED' });
    expect(await created('K-3')).toEqual([]);
    expect((await refusals())[0]).toMatchObject({ key: 'K-3', code: 'API_KEY_REUSED' });
  });

  test('belongs to the one who sent it', async () => {
    await keyed('key-3', orderOf('K-4'));
    const other = await post(orderOf('K-5'), { ...api.as('technician'), 'idempotency-key': 'key-3' });
    expect(other.statusCode).toBe(201);
  });

  test('that is too long is refused', async () => {
    expect((await keyed('x'.repeat(200), orderOf('K-6'))).json()).toMatchObject({
      status: 400,
      field: '/idempotency-key',
    });
  });

  test('a refusal is not kept: the corrected order passes under the same key', async () => {
    expect((await keyed('key-7', orderOf('K-7', -1))).statusCode).toBe(422);
    expect((await keyed('key-7', orderOf('K-7', 1))).statusCode).toBe(201);
  });
});
