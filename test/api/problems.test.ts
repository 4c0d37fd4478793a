import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ApplianceError } from '#contracts/errors.ts';
import { type Log, silentLog } from '#contracts/log.ts';
import { listen, startTestApi, type TestApi } from './test-api.ts';

const logged: { fields: object; message: string }[] = [];
const log: Log = { ...silentLog, error: (fields, message) => void logged.push({ fields, message }) };
let api: TestApi;
let list: () => never[];
beforeAll(async () => {
  api = await startTestApi({ log, uplinks: () => list() });
});
afterAll(() => api.end());

const as = () => ({ headers: api.as('admin') });

describe('a problem', () => {
  test.each([
    ['order', '/orders/NOPE', 'There is no order NOPE'],
    ['device', '/devices/nope', 'There is no device nope'],
    ['page', '/nothing/here?secret=1', 'There is no page /api/v1/nothing/here'],
    ['demo', '/demo/faults', 'There is no demo on this site'],
  ])('tells which %s is not there', async (_, path, title) => {
    const answer = await api.ask('GET', path, as());
    expect(answer.headers['content-type']).toContain('application/problem+json');
    expect(answer.json()).toMatchObject({ status: 404, code: 'API_NOT_FOUND', title });
    expect(answer.json().hint.length).toBeGreaterThan(10);
  });

  test('of an unknown page is the same for every role and for nobody', async () => {
    for (const headers of [{}, api.as('viewer'), api.as('admin')])
      expect((await api.ask('GET', '/nothing', { headers })).json()).toMatchObject({ status: 404 });
  });

  test.each([
    ['a number out of bounds', '/orders?limit=100000', '/querystring/limit'],
    ['text for a number', '/orders?limit=many', '/querystring/limit'],
    ['a state nobody knows', '/orders?state=lost', '/querystring/state'],
    ['a lane nobody knows', '/events?lane=fast', '/querystring/lane'],
  ])('names the field: %s', async (_, path, field) => {
    const answer = await api.ask('GET', path, as());
    expect(answer.json()).toMatchObject({ status: 400, code: 'API_INVALID', field });
    expect(answer.json().hint).toContain('/docs');
  });

  test.each(['/%ff%00', '/api/v1/orders/%ff'])('tells an address that cannot be read: %s', async (url) => {
    const answer = await api.app.inject({ method: 'GET', url, ...as() });
    expect(answer.headers['content-type']).toContain('application/problem+json');
    expect(answer.json()).toMatchObject({ status: 400, code: 'API_INVALID', field: '/url' });
    expect(answer.json().hint).toContain('%25');
  });

  test.each([
    ['an entry of the prototype', '{"orderId":"A","__proto__":{}}', '"__proto__"', 'Leave the entry out.'],
    [
      'a prototype of a constructor',
      '{"constructor":{"prototype":{}}}',
      '"__proto__"',
      'Leave the entry out.',
    ],
    ['no JSON', '{"orderId":', 'not valid JSON', 'Send JSON'],
  ])('tells what is wrong with a body: %s', async (_, payload, words, cure) => {
    const headers = { ...as().headers, 'content-type': 'application/json' };
    const answer = await api.ask('POST', '/orders', { headers, payload });
    expect(answer.json()).toMatchObject({ status: 400, code: 'API_INVALID' });
    expect(answer.json().title).toContain(words);
    expect(answer.json().hint).toContain(cure);
  });

  test('of a port that is taken names the port and the cure', async () => {
    const first = await listen(api.services);
    const { http } = api.services.siteFile;
    const port = Number(new URL(first.url).port);
    const siteFile = { ...api.services.siteFile, http: { ...http, port } };
    await expect(listen({ ...api.services, siteFile })).rejects.toMatchObject({
      code: 'API_LISTEN_FAILED',
      message: expect.stringContaining(`:${port}: `),
      hint: expect.stringContaining('under http'),
    });
    await first.close();
  });

  test('of a refused reset is a conflict with its reason', async () => {
    const answer = await api.ask('POST', '/interlocks/e-stop/reset', as());
    expect(answer.json()).toMatchObject({ status: 409, code: 'SAFE_RESET_REFUSED' });
    expect(answer.json().title).toContain('it is pressed');
  });

  test('of the disk is one to try again later', async () => {
    list = () => {
      throw new ApplianceError('STORE_FULL', { dir: '/data' });
    };
    expect((await api.ask('GET', '/uplinks', as())).json()).toMatchObject({
      status: 507,
      code: 'STORE_FULL',
    });
  });

  test('of our own making tells nothing of our inside, and its id is in the log', async () => {
    list = () => {
      throw new TypeError('cannot read the secret of undefined');
    };
    const answer = await api.ask('GET', '/uplinks', as());
    expect(answer.statusCode).toBe(500);
    expect(answer.body).not.toContain('secret of undefined');
    const { correlationId, hint } = answer.json();
    expect(hint).toContain(correlationId);
    expect(logged).toMatchObject([{ fields: { request: correlationId, err: { name: 'TypeError' } } }]);
  });
});
