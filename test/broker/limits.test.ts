import { connect } from 'node:net';
import { expect, test } from 'vitest';
import { type Log, silentLog } from '#contracts/log.ts';
import { createFakeClock } from '../support/fake-clock.ts';
import {
  RawMqtt,
  rawAck,
  rawConnect,
  rawPacket,
  rawPublish,
  rawSubscribe,
  readPublish,
} from '../support/raw-mqtt.ts';
import { until } from '../support/until.ts';
import { client, passwordOf } from './config.ts';
import { connectMqtt, inbox, startSite } from './site.ts';

const raw = (user: string, clean = true) => ({ clientId: user, user, password: passwordOf(user), clean });
const KIB_4 = 'x'.repeat(4_096);

test('a subscriber that stops reading delays nobody, costs bounded memory, and loses nothing of QoS 1', async () => {
  const site = await startSite({
    config: { clients: ['alice', 'bob', 'carol'].map((id) => client(id)) },
    limits: { outboundBytesMax: 65_536, readyBytesMax: 65_536 },
  });
  const frozen = await RawMqtt.open(site.port);
  frozen.send(rawConnect(raw('bob', false)), rawSubscribe(1, ['fast/#', 0], ['sure/#', 1]));
  expect([(await frozen.read()).type, (await frozen.read()).type]).toEqual([2, 9]);
  frozen.socket.pause();

  const carol = await site.connect('carol');
  const got = inbox(carol);
  await carol.subscribeAsync({ 'fast/#': { qos: 0 }, 'sure/#': { qos: 1 } });
  const alice = await site.connect('alice');
  const total = 4_000;
  for (let n = 0; n < total; n++) {
    alice.publish('fast/x', `${n} ${KIB_4}`);
    if (n % 10 === 0) await alice.publishAsync('sure/x', `${n} ${KIB_4}`, { qos: 1 });
  }
  const seen = await got.take(total + total / 10);
  expect(seen.length).toBe(total + total / 10);
  // What bob did not take was not kept for him at QoS 0, and is on disk at QoS 1.
  const { droppedQos0Total, queuedCount, connections } = site.broker.stats();
  expect(droppedQos0Total).toBeGreaterThan(0);
  expect(queuedCount).toBeGreaterThan(0);
  expect(connections).toBe(3);

  frozen.socket.resume();
  const sure: number[] = [];
  while (sure.length < total / 10) {
    const { topic, payload, messageId } = readPublish(await frozen.read());
    if (topic !== 'sure/x') continue;
    sure.push(Number.parseInt(payload, 10));
    frozen.send(rawAck(4, messageId));
  }
  expect(sure).toEqual(Array.from({ length: total / 10 }, (_, index) => index * 10));
  frozen.end();
});

test('a client that never reads what it asks for is not read from, and in the end disconnected', async () => {
  const clock = createFakeClock();
  const reasons: unknown[] = [];
  const log: Log = {
    ...silentLog,
    debug: (fields) => reasons.push('reason' in fields ? fields.reason : undefined),
    child: () => log,
  };
  const site = await startSite({ clock, log, limits: { outboundBytesMax: 4_096, stallMsMax: 30_000 } });
  const greedy = await RawMqtt.open(site.port);
  greedy.send(rawConnect(raw('bob')), rawSubscribe(1, ['echo', 0]));
  expect([(await greedy.read()).type, (await greedy.read()).type]).toEqual([2, 9]);
  greedy.socket.pause();
  // Its own messages come back to it: more than the kernel holds in both directions together.
  const count = 800;
  const echo = rawPublish('echo', 'x'.repeat(65_000));
  for (let n = 0; n < count; n++) greedy.socket.write(echo);
  while (site.broker.stats().connections > 0) await clock.pass(30_000);
  expect(reasons).toContain('the client does not read');
  expect(site.broker.stats().receivedTotal).toBeLessThan(count);
  expect(site.broker.stats().droppedQos0Total).toBe(0);
  greedy.end();
});

test('a flood of QoS 1 waits in the socket, not in memory, and is acknowledged to the last', async () => {
  const site = await startSite({ limits: { admissionCountMax: 16 } });
  const bob = await site.connect('bob', { clean: false });
  await bob.subscribeAsync('a', { qos: 1 });
  await bob.endAsync();
  const alice = await RawMqtt.open(site.port);
  alice.send(rawConnect(raw('alice')));
  await alice.read();
  const count = 2_000;
  alice.send(...Array.from({ length: count }, (_, n) => rawPublish('a', String(n), 1, n + 1)));
  for (let n = 1; n <= count; n++) expect((await alice.read()).body.readUInt16BE(0)).toBe(n);
  expect(site.broker.stats().queuedCount).toBe(count);
  alice.end();
});

test('who does not send CONNECT in time is disconnected, also half-way through it', async () => {
  const clock = createFakeClock();
  const site = await startSite({ clock });
  const [silent, slow] = [await RawMqtt.open(site.port), await RawMqtt.open(site.port)];
  slow.send(rawConnect(raw('bob')).subarray(0, 9));
  await clock.pass(9_999);
  await clock.pass(1);
  expect(await silent.untilClosed()).toEqual([]);
  expect(await slow.untilClosed()).toEqual([]);
});

test('there are no more clients than the limit; who is connected may come back', async () => {
  const site = await startSite({
    config: { clients: ['alice', 'bob', 'carol'].map((id) => client(id)) },
    limits: { clientsMax: 2 },
  });
  await site.connect('alice');
  const first = await RawMqtt.open(site.port);
  first.send(rawConnect(raw('bob')));
  await first.read();
  await expect(connectMqtt(site.port, 'carol')).rejects.toMatchObject({ code: 3 });
  await site.connect('bob');
  expect(await first.untilClosed()).toEqual([]);
});

test('connections of one address are limited in rate', async () => {
  const clock = createFakeClock();
  const site = await startSite({ clock, limits: { connectBurst: 3, connectsPerSecond: 1 } });
  const ended = () =>
    new Promise<boolean>((resolve) => {
      const socket = connect(site.port, '127.0.0.1', () => socket.write(rawPacket(0xc0)));
      socket.on('error', () => {});
      socket.on('close', () => resolve(true));
    });
  // Each is closed: the first three for what they say, the others before they could say it.
  await Promise.all([ended(), ended(), ended(), ended(), ended()]);
  await until('three were heard', () => site.broker.stats().refusedTotal === 3);
  await clock.pass(1_000);
  await ended();
  await until('one more was heard', () => site.broker.stats().refusedTotal === 4);
});

test('refused passwords of one address cost a bounded number of checks', async () => {
  const clock = createFakeClock();
  const site = await startSite({ clock, limits: { refusalBurst: 3, refusalsPerSecond: 1 } });
  const codes: unknown[] = [];
  for (let n = 0; n < 5; n++) {
    codes.push(await connectMqtt(site.port, 'bob', { password: 'wrong' }).catch(({ code }) => code));
  }
  expect(codes).toEqual([4, 4, 4, 3, 3]);
  await clock.pass(1_000);
  await site.connect('bob');
});

test('a client has a bounded number of subscriptions, and a user of stored sessions', async () => {
  const site = await startSite({ limits: { subscriptionsPerClientMax: 2, sessionsPerUserMax: 2 } });
  const bob = await RawMqtt.open(site.port);
  bob.send(rawConnect(raw('bob', false)), rawSubscribe(1, ['a', 0], ['b', 0], ['c', 0], ['a', 1]));
  await bob.read();
  expect((await bob.read()).body).toEqual(Buffer.from([0, 1, 0, 0, 0x80, 1]));
  // While all of them are in use there is none to give up.
  await site.connect('bob', { clientId: 'bob-2', clean: false });
  await expect(connectMqtt(site.port, 'bob', { clientId: 'bob-3', clean: false })).rejects.toMatchObject({
    code: 3,
  });
  // Without a stored session there is room.
  await site.connect('bob', { clientId: 'bob-3' });
  bob.end();
});

test('QoS 2 messages without PUBREL are limited', async () => {
  const site = await startSite({ limits: { incomingCountMax: 10 } });
  const alice = await RawMqtt.open(site.port);
  alice.send(rawConnect(raw('alice', false)));
  await alice.read();
  alice.send(...Array.from({ length: 11 }, (_, n) => rawPublish('a', 'x', 2, n + 1)));
  expect((await alice.untilClosed()).every(({ type }) => type === 5)).toBe(true);
  expect((await site.store.query('broker.incoming-ids')).length).toBeLessThanOrEqual(10);
});
