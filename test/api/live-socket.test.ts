import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import type { LiveMessage } from '#contracts/api.ts';
import type { ListeningApi } from '../../appliance/api/index.ts';
import { until } from '../support/until.ts';
import { alarm, robot } from './rows.ts';
import { listen, startTestApi, type TestApi } from './test-api.ts';

let api: TestApi;
let listening: ListeningApi;
let cookie = '';
beforeAll(async () => {
  api = await startTestApi();
  listening = await listen(api.services);
  const first = await api.identity.addUser('mia', 'viewer', 'test');
  const signedIn = await api.ask('POST', '/session', { payload: { user: 'mia', password: first } });
  cookie = `holdfast_session=${signedIn.cookies[0]?.value}`;
});
afterAll(async () => {
  await listening.close();
  await api.end();
});

const url = () => `${listening.url.replace('http', 'ws')}/api/v1/live`;
const own = () => listening.url;

/** Status of the refused handshake, or 101. */
async function handshake(headers: Record<string, string>): Promise<number> {
  const socket = new WebSocket(url(), { headers });
  const [status] = await Promise.race([
    once(socket, 'unexpected-response').then(([, response]) => [Number(response.statusCode)]),
    once(socket, 'open').then(() => [101]),
  ]);
  socket.on('error', () => undefined);
  socket.terminate();
  return status ?? 0;
}

describe('the live socket', () => {
  test('is for those who are signed in, from a page of this site', async () => {
    expect(await handshake({})).toBe(401);
    expect(await handshake({ cookie: 'holdfast_session=made-up' })).toBe(401);
    expect(await handshake({ cookie, origin: 'https://evil.example' })).toBe(403);
    expect(await handshake({ cookie, origin: own() })).toBe(101);
    expect(await handshake(api.as('viewer'))).toBe(101);
  });

  test('sends snapshot, deltas and poses over a real connection, and its place is freed', async () => {
    await until('the others are gone', () => api.live.clientCount() === 0);
    const socket = new WebSocket(url(), { headers: { cookie, origin: own() } });
    const messages: LiveMessage[] = [];
    const frames: Buffer[] = [];
    socket.on('message', (data: Buffer, isBinary) => {
      if (isBinary) frames.push(data);
      else messages.push(JSON.parse(data.toString()) as LiveMessage);
    });
    await until('the snapshot is there', () => messages[0]?.kind === 'snapshot');
    expect(api.live.clientCount()).toBe(1);
    api.state.alarms.push(alarm('over-the-wire'));
    api.state.robots.push(robot('amr-1'));
    api.live.touch('alarms');
    api.live.touch('robots');
    await until('the change is there', () => messages.some((each) => each.kind === 'delta'));
    expect(messages.find(({ kind }) => kind === 'delta')).toMatchObject({
      sequence: 1,
      changes: expect.arrayContaining([
        { collection: 'alarms', put: [alarm('over-the-wire')], remove: [] },
        { collection: 'robots', put: [robot('amr-1')], remove: [] },
      ]),
    });
    expect(frames[0]?.length).toBe(20);
    socket.close();
    await until('its place is free', () => api.live.clientCount() === 0);
  });

  test('is for listening: who talks is shown out', async () => {
    const socket = new WebSocket(url(), { headers: { cookie } });
    await once(socket, 'open');
    socket.send('{"command": "open the gate"}');
    const [code] = await once(socket, 'close');
    expect(code).toBe(1008);
    await until('its place is free', () => api.live.clientCount() === 0);
  });

  test('a page that is gone before its snapshot is read keeps no place', async () => {
    await api.app.listen({ host: '127.0.0.1', port: 0 });
    const { port } = api.app.server.address() as AddressInfo;
    const connections = promisify(api.app.server.getConnections.bind(api.app.server));
    const release = api.holdReadings();
    const socket = new WebSocket(`ws://127.0.0.1:${port}/api/v1/live`, { headers: { cookie } });
    await once(socket, 'open');
    socket.terminate();
    while ((await connections()) > 0) await nextTurn();
    // The socket says that it closed some turns after its connection is gone.
    for (let turn = 0; turn < 10; turn += 1) await nextTurn();
    release();
    // Joins are in turn: when the next page is in, the gone one has been dealt with.
    const leave = await api.live.join({ send() {}, bufferedBytes: () => 0, mayHear: () => true, close() {} });
    await nextTurn();
    leave?.();
    expect(api.live.clientCount()).toBe(0);
  });

  test.each([
    ['its person is removed', 'ben', () => api.identity.removeUser('ben', 'test')],
    ['its session ends', 'eve', (token: string) => api.identity.signOut(token)],
    ['its token is revoked', 'screen', () => api.identity.revokeToken('screen', 'test')],
  ])('sends nothing more once %s, and closes', async (_, name, end) => {
    const isMachine = name === 'screen';
    const secret = isMachine
      ? await api.identity.issueToken(name, 'viewer', 'test')
      : await api.identity.addUser(name, 'viewer', 'test');
    const { token } = isMachine ? { token: secret } : await api.identity.signIn(name, secret, '10.0.0.1');
    const headers = isMachine
      ? { authorization: `Bearer ${token}` }
      : { cookie: `holdfast_session=${token}` };
    const socket = new WebSocket(url(), { headers });
    await once(socket, 'message');
    let heardAfter = 0;
    await end(token);
    socket.on('message', () => {
      heardAfter += 1;
    });
    api.state.alarms.push(alarm(`after-${name}`));
    api.live.touch('alarms');
    const [code] = await once(socket, 'close');
    expect({ code, heardAfter }).toEqual({ code: 1008, heardAfter: 0 });
    await until('its place is free', () => api.live.clientCount() === 0);
  });

  test('closes with the words to come again when the site stops', async () => {
    const socket = new WebSocket(url(), { headers: { cookie } });
    await once(socket, 'message');
    const closed = once(socket, 'close');
    await listening.close();
    expect((await closed)[0]).toBe(1013);
  });
});
