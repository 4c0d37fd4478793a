import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Role, roles } from '#contracts/site-file.ts';
import { buildApi } from '../../appliance/api/index.ts';
import { LOCAL_TOKEN, startTestApi, type TestApi } from './test-api.ts';

let api: TestApi;
let claimCode: string;
beforeAll(async () => {
  api = await startTestApi();
  claimCode = api.identity.claimCode() ?? '';
});
afterAll(() => api.end());

const host = 'site.example:8080';
const claim = (code: string, address = '10.0.0.1') =>
  api.ask('POST', '/session/claim', { payload: { code }, remoteAddress: address });
const signIn = (user: string, password: string, address: string) =>
  api.ask('POST', '/session', { payload: { user, password }, remoteAddress: address });

describe('who is not signed in', () => {
  test.each([
    ['GET', '/summary'],
    ['POST', '/orders'],
    ['POST', '/commands'],
    ['GET', '/events'],
    ['POST', '/access/users'],
    ['GET', '/session'],
  ] as const)('is refused %s %s, and told what to do', async (method, path) => {
    const answer = await api.ask(method, path);
    expect(answer.statusCode).toBe(401);
    expect(answer.headers['content-type']).toContain('application/problem+json');
    expect(answer.json()).toMatchObject({ status: 401, code: 'API_UNAUTHENTICATED' });
    expect(answer.json().hint).toContain('one-time code');
  });

  test.each([
    ['a token nobody issued', 'Bearer holdfast_0000000000000000000000000000000000000000000'],
    ['an empty token', 'Bearer '],
    ['another scheme', `Basic ${Buffer.from('admin:admin').toString('base64')}`],
    ['half of the local token', `Bearer ${LOCAL_TOKEN.slice(0, -1)}`],
  ])('is not let in by %s', async (_, authorization) => {
    expect((await api.ask('GET', '/summary', { headers: { authorization } })).statusCode).toBe(401);
  });

  test('a wrong token is not made good by a good cookie', async () => {
    const first = await api.identity.addUser('cookie-user', 'viewer', 'test');
    const signedIn = await signIn('cookie-user', first, '10.0.9.1');
    const cookies = { holdfast_session: signedIn.cookies[0]?.value ?? '' };
    expect((await api.ask('GET', '/summary', { cookies })).statusCode).toBe(200);
    const headers = { authorization: 'Bearer holdfast_wrong' };
    expect((await api.ask('GET', '/summary', { cookies, headers })).statusCode).toBe(401);
  });
});

describe('roles', () => {
  const needs: [Role, 'GET' | 'POST' | 'DELETE', string, object | undefined][] = [
    ['viewer', 'GET', '/summary', undefined],
    ['viewer', 'GET', '/refusals', undefined],
    ['operator', 'POST', '/orders', {}],
    ['operator', 'POST', '/intake/debezium', {}],
    ['operator', 'POST', '/tasks/none/claim', undefined],
    ['operator', 'POST', '/interlocks/none/reset', undefined],
    ['operator', 'POST', '/commands', {}],
    ['technician', 'GET', '/events', undefined],
    ['technician', 'GET', '/devices/none/browse', undefined],
    ['technician', 'POST', '/demo/faults/jam', { active: true }],
    ['admin', 'POST', '/access/tokens', {}],
    ['admin', 'GET', '/access/users', undefined],
    ['admin', 'GET', '/access/clients', undefined],
    ['admin', 'DELETE', '/access/users/none', undefined],
  ];
  test.each(needs)('%s is the lowest that may %s %s', async (needed, method, path, payload) => {
    for (const role of roles) {
      const answer = await api.ask(method, path, { headers: api.as(role), ...(payload ? { payload } : {}) });
      const isAllowed = roles.indexOf(role) >= roles.indexOf(needed);
      expect(answer.statusCode === 403, `${role}: ${answer.body}`).toBe(!isAllowed);
      if (!isAllowed) expect(answer.json().hint).toContain(needed);
    }
  });

  test('the tools on the box are administrators', async () => {
    const headers = { authorization: `Bearer ${LOCAL_TOKEN}` };
    expect((await api.ask('GET', '/session', { headers })).json()).toMatchObject({
      user: 'local',
      role: 'admin',
    });
  });

  test('a token ends when it is revoked', async () => {
    const token = await api.identity.issueToken('short-lived', 'viewer', 'test');
    const headers = { authorization: `Bearer ${token}` };
    expect((await api.ask('GET', '/summary', { headers })).statusCode).toBe(200);
    const gone = await api.ask('DELETE', '/access/tokens/short-lived', { headers: api.as('admin') });
    expect(gone.statusCode).toBe(204);
    expect((await api.ask('GET', '/summary', { headers })).statusCode).toBe(401);
  });

  test('a person is added once, with a first password', async () => {
    const answer = await api.ask('POST', '/access/users', {
      headers: api.as('admin'),
      payload: { name: 'mia', role: 'operator' },
    });
    expect(answer.statusCode).toBe(201);
    expect(answer.json().secret.length).toBeGreaterThan(10);
    const again = await api.ask('POST', '/access/users', {
      headers: api.as('admin'),
      payload: { name: 'mia', role: 'operator' },
    });
    expect(again.json()).toMatchObject({ code: 'IDN_EXISTS' });
    expect(again.statusCode).toBeGreaterThanOrEqual(400);
  });
});

describe('the one-time code', () => {
  test('signs in once, as administrator, with a cookie no script reads', async () => {
    expect((await claim('WRONG-CODE')).json()).toMatchObject({ code: 'IDN_CLAIM_INVALID' });
    const answer = await claim(claimCode);
    expect(answer.statusCode).toBe(200);
    expect(answer.json()).toMatchObject({ role: 'admin', mustSetPassword: true, site: { id: 'test-site' } });
    const [cookie] = answer.cookies;
    expect(cookie).toMatchObject({ name: 'holdfast_session', httpOnly: true, sameSite: 'Strict', path: '/' });
    // The session is in the cookie alone.
    expect(answer.body).not.toContain(cookie?.value);
    const cookies = { holdfast_session: cookie?.value ?? '' };
    expect((await api.ask('GET', '/session', { cookies })).statusCode).toBe(200);

    const again = await claim(claimCode);
    expect(again.json()).toMatchObject({ code: 'IDN_CLAIM_INVALID' });
    expect(again.cookies).toEqual([]);
  });

  test('two at the same moment: one comes in', async () => {
    const made = await api.ask('POST', '/access/claim', { headers: api.as('admin'), payload: {} });
    const both = await Promise.all([claim(made.json().secret), claim(made.json().secret)]);
    expect(both.map(({ statusCode }) => statusCode === 200).sort()).toEqual([false, true]);
  });

  test('guessing is slowed down by address, and nobody else feels it', async () => {
    const address = '10.66.6.6';
    let answer = await claim('GUESS-0', address);
    for (let guess = 1; answer.statusCode !== 429 && guess < 50; guess += 1)
      answer = await claim(`GUESS-${guess}`, address);
    expect(answer.statusCode).toBe(429);
    expect(answer.headers['content-type']).toContain('application/problem+json');
    expect(answer.json()).toMatchObject({ code: 'API_RATE_LIMITED' });
    expect(Number(answer.headers['retry-after'])).toBeGreaterThanOrEqual(1);
    expect(answer.json().hint).toContain(`${answer.headers['retry-after']} seconds`);
    expect((await claim('GUESS', '10.7.7.7')).json()).toMatchObject({ code: 'IDN_CLAIM_INVALID' });
  });
});

describe('a session', () => {
  const started = async (name: string, role: Role, address: string) => {
    const password = await api.identity.addUser(name, role, 'test');
    const answer = await signIn(name, password, address);
    return { password, answer, cookies: { holdfast_session: answer.cookies[0]?.value ?? '' } };
  };

  test('ends with signing out', async () => {
    const { cookies } = await started('ada', 'viewer', '10.1.0.1');
    const out = await api.ask('DELETE', '/session', { cookies });
    expect(out.statusCode).toBe(204);
    expect(out.cookies[0]).toMatchObject({ name: 'holdfast_session', value: '' });
    expect((await api.ask('GET', '/session', { cookies })).statusCode).toBe(401);
  });

  test('of the one who sets a new password goes on, the others end', async () => {
    const { password, cookies } = await started('eva', 'operator', '10.1.0.2');
    const set = (text: string, with_: typeof cookies) =>
      api.ask('POST', '/session/password', { cookies: with_, payload: { password: text } });
    expect((await set('a first good password', cookies)).statusCode).toBe(204);
    expect((await signIn('eva', password, '10.1.0.2')).json()).toMatchObject({ code: 'IDN_SIGN_IN_REFUSED' });
    const other = await signIn('eva', 'a first good password', '10.1.0.3');
    const otherCookies = { holdfast_session: other.cookies[0]?.value ?? '' };
    expect(other.json()).toMatchObject({ mustSetPassword: false });

    expect((await set('a second good password', cookies)).statusCode).toBe(204);
    expect((await api.ask('GET', '/session', { cookies })).statusCode).toBe(200);
    expect((await api.ask('GET', '/session', { cookies: otherCookies })).statusCode).toBe(401);
  });

  test('is not for machines: a token sets no password', async () => {
    const answer = await api.ask('POST', '/session/password', {
      headers: api.as('admin'),
      payload: { password: 'a first good password' },
    });
    expect(answer.json()).toMatchObject({ status: 403, code: 'API_FORBIDDEN' });
  });

  test.each([
    ['another host', 'https://evil.example'],
    ['another port', 'http://site.example:9999'],
    ['a sandboxed frame', 'null'],
  ])('cannot be used by a page of %s', async (_, origin) => {
    const name = `user-${origin.length}`;
    const { cookies } = await started(name, 'operator', `10.2.0.${origin.length}`);
    const refused = await api.ask('POST', '/tasks/task-1/claim', { cookies, headers: { origin, host } });
    expect(refused.json()).toMatchObject({ status: 403, code: 'API_FORBIDDEN' });
    const own = { origin: `http://${host}`, host };
    expect((await api.ask('POST', '/tasks/task-1/claim', { cookies, headers: own })).statusCode).toBe(200);
  });

  test('a machine has no origin to be foreign to', async () => {
    const headers = { ...api.as('viewer'), origin: 'https://dashboard.example', host };
    expect((await api.ask('GET', '/summary', { headers })).statusCode).toBe(200);
  });
});

test('over TLS the cookie never leaves in clear', async () => {
  const siteFile = { ...api.services.siteFile, http: { ...api.services.siteFile.http, tls: true } };
  const secure = await buildApi({ ...api.services, siteFile });
  const { secret } = (
    await api.ask('POST', '/access/claim', { headers: api.as('admin'), payload: {} })
  ).json();
  const answer = await secure.inject({
    method: 'POST',
    url: '/api/v1/session/claim',
    payload: { code: secret },
  });
  expect(answer.cookies[0]).toMatchObject({ secure: true, httpOnly: true, sameSite: 'Strict' });
  await secure.close();
});
