import { expect, test } from 'vitest';
import {
  RawMqtt,
  rawAck,
  rawConnect,
  rawPacket,
  rawString,
  rawSubscribe,
  readPublish,
} from '../support/raw-mqtt.ts';
import { passwordOf } from './config.ts';
import { inbox, startSite, type TestSite } from './site.ts';

const PUBACK = 4;
const UNSUBACK = 11;
const PINGRESP = 13;
const raw = (user: string) => ({ clientId: user, user, password: passwordOf(user) });

async function keep(site: TestSite, count: number): Promise<void> {
  const publish = (_: unknown, n: number) =>
    site.broker.publish(`line/device-${n}`, 'x'.repeat(600), { qos: 1, retain: true });
  await Promise.all(Array.from({ length: count }, publish));
}

test.each([
  ['QoS 0, past what the socket may hold', 0, { outboundBytesMax: 256 * 1024 }],
  ['QoS 1 in a clean session, past what its queue may hold', 1, { readyBytesMax: 64 * 1024 }],
] as const)('all retained messages come with a subscription at %s [MQTT-3.3.1-6]', async (_, qos, limits) => {
  const site = await startSite({ limits });
  const count = 3_000;
  await keep(site, count);
  const bob = await site.connect('bob');
  const got = inbox(bob);
  await bob.subscribeAsync('line/#', { qos });
  const all = await got.take(count);
  expect(new Set(all.map(({ topic }) => topic)).size).toBe(count);
  expect(all.every((message) => message.qos === qos && message.retain && !message.dup)).toBe(true);
  expect(site.broker.stats()).toMatchObject({ droppedQos0Total: 0, droppedTotal: 0 });
});

test('what is published while retained messages are still on their way comes too, once', async () => {
  const site = await startSite({ limits: { inflightCountMax: 4 } });
  await keep(site, 300);
  const bob = await site.connect('bob');
  const got = inbox(bob);
  await bob.subscribeAsync('line/#', { qos: 1 });
  const alice = await site.connect('alice');
  const live = Array.from({ length: 100 }, (_, n) => `line/live-${n}`);
  await Promise.all(live.map((topic) => alice.publishAsync(topic, 'live', { qos: 1 })));
  const all = await got.take(400);
  expect(all.filter(({ retain }) => !retain).map(({ topic }) => topic)).toEqual(live);
  expect(all.filter(({ retain, dup }) => retain && !dup)).toHaveLength(300);
  expect(all.filter(({ dup }) => dup)).toEqual([]);
});

test('UNSUBSCRIBE ends what is still to come [MQTT-3.10.4-2]', async () => {
  const site = await startSite({ limits: { inflightCountMax: 4 } });
  await keep(site, 50);
  const bob = await RawMqtt.open(site.port);
  bob.send(rawConnect(raw('bob')), rawSubscribe(1, ['line/#', 1]));
  expect([(await bob.read()).type, (await bob.read()).type]).toEqual([2, 9]);
  const first = [await bob.read(), await bob.read(), await bob.read(), await bob.read()].map(readPublish);
  bob.send(rawPacket(0xa2, [0, 2], rawString('line/#')));
  expect((await bob.read()).type).toBe(UNSUBACK);
  bob.send(...first.map(({ messageId }) => rawAck(PUBACK, messageId)), rawPacket(0xc0));
  const rest: number[] = [];
  for (let type = 0; type !== PINGRESP; rest.push(type)) ({ type } = await bob.read());
  // One had left the shelf already and waited for its turn.
  expect(rest.length).toBeLessThanOrEqual(2);
  bob.end();
});
