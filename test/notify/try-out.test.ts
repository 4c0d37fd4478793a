import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import type { Command } from '#contracts/commands.ts';
import type { ChannelConfig, Notice } from '#contracts/notify.ts';
import { limits } from '../../appliance/notify/limits.ts';
import { createFakeClock } from '../support/fake-clock.ts';
import { until } from '../support/until.ts';
import { makeCertificates } from '../sync/certificates.ts';
import { notice, startDesk } from './kit.ts';
import { mail, startMailServer } from './mail-server.ts';

/** A real receiver. */
async function startHook(tls?: { key: Buffer; cert: Buffer }) {
  const received: Notice[] = [];
  const state = { status: 204 };
  const make = tls === undefined ? createServer : createTlsServer.bind(null, tls);
  const server = make(async (request, response) => {
    received.push(JSON.parse((await request.toArray()).join('')) as Notice);
    response.writeHead(state.status).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const url = `${tls === undefined ? 'http' : 'https'}://127.0.0.1:${(server.address() as AddressInfo).port}/hook`;
  return { received, state, url, channel: { name: 'hook', kind: 'webhook', url, timeoutMs: 5_000 } as const };
}

test('a webhook that is tried out gets a message that says who did, and its answer is told', async () => {
  const { received, channel } = await startHook();
  const desk = await startDesk({ channels: [channel] });
  expect(await desk.notifier.tryOut('hook', 'tom')).toEqual({
    name: 'hook',
    kind: 'webhook',
    said: 'it answered with status 204',
  });
  expect(received).toMatchObject([{ reason: 'test', taskId: null, text: expect.stringContaining('tom') }]);
  // It is nothing that waits or counts.
  expect(await desk.rows()).toEqual([]);
});

test('a webhook whose certificate the authority of the site has signed is trusted, and only by its name', async () => {
  const { tls, caFile } = makeCertificates();
  const { received, channel } = await startHook(tls);
  const trusting = await startDesk({
    channels: [{ ...channel, caFile: 'ca.pem' }],
    ca: readFileSync(caFile, 'utf8'),
  });
  await trusting.notifier.tryOut('hook', 'tom');
  expect(received).toHaveLength(1);
  const other = await startDesk({ channels: [channel] });
  await expect(other.notifier.tryOut('hook', 'tom')).rejects.toMatchObject({
    message: expect.stringContaining('certificate'),
  });
  expect(received).toHaveLength(1);
});

test('what the other side says no with is told, and nothing is repeated', async () => {
  const { received, state, channel } = await startHook();
  state.status = 503;
  const desk = await startDesk({ channels: [channel] });
  await expect(desk.notifier.tryOut('hook', 'tom')).rejects.toMatchObject({
    code: 'NOTIFY_TEST_FAILED',
    message: 'Channel hook did not take the test message: it answered with status 503',
  });
  expect(received).toHaveLength(1);
  expect(await desk.rows()).toEqual([]);
});

test('one that nobody answers says so in the words of the socket', async () => {
  const channel = { name: 'hook', kind: 'webhook', url: 'http://127.0.0.1:9/', timeoutMs: 5_000 } as const;
  const desk = await startDesk({ channels: [channel] });
  await expect(desk.notifier.tryOut('hook', 'tom')).rejects.toMatchObject({
    message: expect.stringContaining('ECONNREFUSED'),
  });
});

test('a channel that failed is tried again by itself once a test has come through', async () => {
  const clock = createFakeClock();
  const { received, state, channel } = await startHook();
  state.status = 503;
  const desk = await startDesk({ channels: [channel], clock });
  for (let nth = 0; nth < limits.strikesMax; nth += 1) await desk.notifier.send(['hook'], notice(`n-${nth}`));
  await expect.poll(() => desk.alarms.has('channel-down/hook')).toBe(true);
  state.status = 200;
  await desk.notifier.tryOut('hook', 'tom');
  expect(desk.alarms.size).toBe(0);
  expect(desk.notifier.channels()).toMatchObject([{ state: 'ok', reason: null }]);
  expect(received.at(-1)?.reason).toBe('test');
});

test('a mail channel without anybody to write to says so', async () => {
  const { mails, port } = await startMailServer();
  const desk = await startDesk({ channels: [mail(port, { to: [] })] });
  await expect(desk.notifier.tryOut('mail', 'tom')).rejects.toMatchObject({
    message: expect.stringContaining('nobody'),
  });
  expect(mails).toEqual([]);
});

test('a password that the server refuses is in no answer, row or alarm', async () => {
  const { port } = await startMailServer({ auth: true });
  const password = 'hunter2-wrong';
  const desk = await startDesk({
    channels: [mail(port, { user: 'site', password: 'env:MAIL' })],
    secrets: { 'env:MAIL': password },
  });
  const failure: unknown = await desk.notifier.tryOut('mail', 'tom').catch((error: unknown) => error);
  expect(failure).toMatchObject({ message: expect.stringContaining('535') });
  for (let nth = 0; nth < limits.strikesMax; nth += 1) await desk.notifier.send(['mail'], notice(`n-${nth}`));
  await until('it counts as dead', () => desk.alarms.has('channel-down/mail'));
  const rows = await desk.kept.store.query('notify.all');
  expect(rows[0]?.reason).toContain('535');
  const told = JSON.stringify([rows, [...desk.alarms], desk.notifier.channels(), (failure as Error).message]);
  for (const form of [password, Buffer.from(password).toString('base64')]) expect(told).not.toContain(form);
});

test('a light that is tried out goes off by itself', async () => {
  const clock = createFakeClock();
  const modes: unknown[] = [];
  const desk = await startDesk({
    channels: [
      { name: 'light', kind: 'stack-light', target: 'lamp-1', colour: 'red', mode: 'on', forMs: 3_600_000 },
    ],
    clock,
    commands: {
      async submit({ call }: Command) {
        modes.push(call.args.mode);
        return { state: 'verified', data: {} };
      },
      reconcile: () => Promise.reject(new Error('nobody asks')),
    },
  });
  expect(await desk.notifier.tryOut('light', 'tom')).toMatchObject({ said: 'lamp-1 shows red' });
  expect(modes).toEqual(['on']);
  await expect
    .poll(async () => {
      await clock.pass(limits.testCallMs);
      return modes;
    })
    .toEqual(['on', 'off']);
});

test('the open pages show the message', async () => {
  const pages: ChannelConfig = { name: 'pages', kind: 'ui' };
  const desk = await startDesk({ channels: [pages] });
  await desk.notifier.tryOut('pages', 'tom');
  expect(desk.notifier.shown()).toMatchObject([{ reason: 'test' }]);
});

test('a channel that is not there is not found', async () => {
  const desk = await startDesk({ channels: [] });
  await expect(desk.notifier.tryOut('pager', 'tom')).rejects.toMatchObject({ code: 'API_NOT_FOUND' });
});
