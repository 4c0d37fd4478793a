import { expect, test } from 'vitest';
import { RawMqtt, rawAck, rawConnect, rawPublish, rawSubscribe, readPublish } from '../support/raw-mqtt.ts';
import { passwordOf } from './config.ts';
import { inbox, startSite } from './site.ts';

const raw = (user: string, clean = true) => ({ clientId: user, user, password: passwordOf(user), clean });
const numbers = (count: number) => Array.from({ length: count }, (_, index) => index);

test('a message comes at the lower of its QoS and the granted one, wildcard or not [MQTT-3.8.4-6]', async () => {
  const site = await startSite();
  const alice = await site.connect('alice');
  for (const granted of [0, 1, 2] as const) {
    const bob = await site.connect('bob');
    const got = inbox(bob);
    await bob.subscribeAsync({ 'cell/+/count': { qos: granted }, 'line/count': { qos: granted } });
    for (const published of [0, 1, 2] as const) {
      await alice.publishAsync('cell/7/count', `${published}`, { qos: published });
      await alice.publishAsync('line/count', `${published}`, { qos: published });
    }
    const seen = (await got.take(6)).map(({ text, qos }) => [Number(text), qos]);
    expect(seen.toSorted()).toEqual(
      [0, 0, 1, 1, 2, 2].map((published) => [published, Math.min(published, granted)]),
    );
    await bob.endAsync();
  }
});

test('overlapping subscriptions give one copy, at the highest QoS of them [MQTT-3.3.5-1]', async () => {
  const site = await startSite();
  const alice = await site.connect('alice');
  const bob = await site.connect('bob');
  const got = inbox(bob);
  for (const [filter, qos] of [
    ['a/#', 0],
    ['a/+', 2],
    ['a/b', 1],
  ] as const)
    await bob.subscribeAsync(filter, { qos });
  await alice.publishAsync('a/b', 'one', { qos: 2 });
  await alice.publishAsync('a/b', 'end', { qos: 2 });
  expect((await got.take(2)).map(({ text, qos }) => [text, qos])).toEqual([
    ['one', 2],
    ['end', 2],
  ]);
});

test.each([0, 1, 2] as const)('messages of QoS %i come in order, at a thousand in one go', async (qos) => {
  const site = await startSite();
  const bob = await site.connect('bob', { clean: false });
  const got = inbox(bob);
  await bob.subscribeAsync('order/#', { qos: 2 });
  const alice = await RawMqtt.open(site.port);
  alice.send(
    rawConnect(raw('alice')),
    ...numbers(1_000).map((n) => rawPublish('order/x', String(n), qos, n + 1)),
  );
  // QoS 2 ends with PUBREL from the publisher; delivery does not wait for it (method B of figure 4.3).
  expect((await got.take(1_000)).map(({ text }) => Number(text))).toEqual(numbers(1_000));
  alice.end();
});

test('acknowledgements come in the order of the messages [MQTT-4.6.0-2] [MQTT-4.6.0-3]', async () => {
  const site = await startSite();
  await (await site.connect('bob', { clean: false })).subscribeAsync('durable', { qos: 1 });
  const alice = await RawMqtt.open(site.port);
  // Every second one has to reach the disk for bob; the others need nothing.
  const topics = ['durable', 'nobody'];
  alice.send(rawConnect(raw('alice')));
  await alice.read();
  alice.send(...numbers(200).map((n) => rawPublish(topics[n % 2] ?? '', 'x', 1, n + 1)));
  const ids: number[] = [];
  while (ids.length < 200) ids.push((await alice.read()).body.readUInt16BE(0));
  expect(ids).toEqual(numbers(200).map((n) => n + 1));
  alice.end();
});

test('QoS 2 takes a message once, however often it is repeated [MQTT-4.3.3-2]', async () => {
  const site = await startSite();
  const bob = await site.connect('bob');
  const got = inbox(bob);
  await bob.subscribeAsync('once', { qos: 2 });
  const alice = await RawMqtt.open(site.port);
  alice.send(rawConnect(raw('alice')));
  await alice.read();
  // Twice in one packet of TCP, before anything can have been stored.
  alice.send(rawPublish('once', 'first', 2, 9), rawPublish('once', 'first', 2, 9, true));
  expect([await alice.read(), await alice.read()]).toEqual([
    { type: 5, flags: 0, body: Buffer.from([0, 9]) },
    { type: 5, flags: 0, body: Buffer.from([0, 9]) },
  ]);
  alice.send(rawAck(6, 9), rawAck(6, 9));
  expect([(await alice.read()).type, (await alice.read()).type]).toEqual([7, 7]);
  // After PUBCOMP the identifier is free for another message.
  alice.send(rawPublish('once', 'second', 2, 9));
  expect((await alice.read()).type).toBe(5);
  expect((await got.take(2)).map(({ text }) => text)).toEqual(['first', 'second']);
  alice.end();
});

test('QoS 2 is taken once across reconnects, on both sides', async () => {
  const site = await startSite();
  const alice = await RawMqtt.open(site.port);
  alice.send(rawConnect(raw('alice', false)));
  await alice.read();
  const bob = await RawMqtt.open(site.port);
  bob.send(rawConnect(raw('bob', false)), rawSubscribe(1, ['once', 2]));
  expect([(await bob.read()).type, (await bob.read()).type]).toEqual([2, 9]);

  alice.send(rawPublish('once', 'x', 2, 5));
  expect((await alice.read()).type).toBe(5);
  alice.end();
  const first = readPublish(await bob.read());
  expect(first).toMatchObject({ qos: 2, dup: false });
  bob.end();

  // Neither knows whether its last packet arrived.
  const again = await RawMqtt.open(site.port);
  again.send(rawConnect(raw('alice', false)), rawPublish('once', 'x', 2, 5, true), rawAck(6, 5));
  expect([(await again.read()).body[0], (await again.read()).type, (await again.read()).type]).toEqual([
    1, 5, 7,
  ]);

  const back = await RawMqtt.open(site.port);
  back.send(rawConnect(raw('bob', false)));
  expect((await back.read()).body).toEqual(Buffer.from([1, 0]));
  // [MQTT-4.4.0-1] Under its first identifier; [MQTT-3.3.1-1] with DUP.
  expect(readPublish(await back.read())).toEqual({ ...first, dup: true });
  back.send(rawAck(5, first.messageId));
  expect(await back.read()).toMatchObject({ type: 6, flags: 2 });
  back.end();

  // PUBREC was taken: what is owed after another reconnect is PUBREL, not the message.
  const last = await RawMqtt.open(site.port);
  last.send(rawConnect(raw('bob', false)));
  expect([(await last.read()).type, await last.read()]).toMatchObject([2, { type: 6, flags: 2 }]);
  last.send(rawAck(7, first.messageId), Buffer.from([0xc0, 0]));
  expect((await last.read()).type).toBe(13);
  expect(site.broker.stats().queuedCount).toBe(0);
  again.end();
  last.end();
});

test('no more than the window is in flight, and the rest follows the acknowledgements', async () => {
  const site = await startSite({ limits: { inflightCountMax: 4, readyBytesMax: 1_000, refillCountMax: 3 } });
  const bob = await RawMqtt.open(site.port);
  bob.send(rawConnect(raw('bob', false)), rawSubscribe(1, ['w', 1]));
  expect([(await bob.read()).type, (await bob.read()).type]).toEqual([2, 9]);
  for (const n of numbers(100)) await site.broker.publish('w', String(n), { qos: 1 });
  expect(site.broker.stats()).toMatchObject({ inflightCount: 4, queuedCount: 100 });
  const got: number[] = [];
  for (const _ of numbers(100)) {
    const { payload, messageId, dup } = readPublish(await bob.read());
    expect(dup).toBe(false);
    got.push(Number(payload));
    bob.send(rawAck(4, messageId));
  }
  expect(got).toEqual(numbers(100));
  bob.end();
});

test('subscribers inside get every message; their refusal leaves it unacknowledged', async () => {
  const site = await startSite();
  const seen: string[] = [];
  let isFull = true;
  const end = site.broker.subscribe('orders/+', async (topic, payload, clientId) => {
    seen.push(`${clientId} ${topic} ${Buffer.from(payload).toString()}`);
    if (isFull) throw new Error('no room');
  });
  const alice = await RawMqtt.open(site.port);
  alice.send(rawConnect(raw('alice', false)));
  await alice.read();
  // Neither the refused message nor those behind it are acknowledged.
  alice.send(
    rawPublish('orders/1', 'a', 2, 1),
    rawPublish('orders/2', 'b', 2, 2),
    rawPublish('other', 'c', 1, 3),
  );
  expect(await alice.untilClosed()).toEqual([]);
  isFull = false;
  const again = await RawMqtt.open(site.port);
  again.send(rawConnect(raw('alice', false)), rawPublish('orders/1', 'a', 2, 1, true));
  expect([(await again.read()).type, (await again.read()).type]).toEqual([2, 5]);
  expect(seen).toEqual(['alice orders/1 a', 'alice orders/2 b', 'alice orders/1 a']);
  end();
  again.send(rawPublish('orders/2', 'b', 2, 2, true));
  expect((await again.read()).type).toBe(5);
  expect(seen.length).toBe(3);
  again.end();
});

test('a message published inside is durable for absent clients when the promise resolves', async () => {
  const site = await startSite();
  const bob = await site.connect('bob', { clean: false });
  await bob.subscribeAsync('alarms/#', { qos: 1 });
  await bob.endAsync();
  await site.broker.publish('alarms/1', 'jam', { qos: 1 });
  const rows = await site.store.query('broker.outgoing-sizes');
  expect(rows).toMatchObject([{ client_id: 'bob', seq: 1 }]);
  await expect(site.broker.publish('alarms/+', 'x')).rejects.toThrow(/not a valid topic name/);
  expect(() => site.broker.subscribe('a#', () => {})).toThrow(/not a valid topic filter/);
});

test('QoS 0 never touches the store', async () => {
  const site = await startSite();
  const alice = await site.connect('alice');
  const bob = await site.connect('bob');
  const got = inbox(bob);
  await bob.subscribeAsync('fast/#', { qos: 0 });
  const { committedOpsTotal } = site.broker.stats();
  for (const n of numbers(500)) alice.publish(`fast/${n}`, 'x');
  await got.take(500);
  expect(site.broker.stats().committedOpsTotal).toBe(committedOpsTotal);
});
