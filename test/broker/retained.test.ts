import { expect, test } from 'vitest';
import { RawMqtt, rawConnect, rawPacket, rawString, rawSubscribe, readPublish } from '../support/raw-mqtt.ts';
import { client, passwordOf } from './config.ts';
import { inbox, startSite } from './site.ts';

test('the last retained message of each topic comes with a subscription, at the lower QoS', async () => {
  const site = await startSite();
  const alice = await site.connect('alice');
  const set = (topic: string, text: string, qos: 0 | 1 | 2) =>
    alice.publishAsync(topic, text, { qos, retain: true });
  await set('tags/plc/a', 'old', 1);
  await set('tags/plc/a', 'new', 2);
  await set('tags/plc/b', 'zero', 1);
  await set('tags', 'parent', 1);
  const bob = await site.connect('bob');
  const got = inbox(bob);
  await bob.subscribeAsync('tags/#', { qos: 1 });
  const seen = (await got.take(3)).map(({ topic, text, qos, retain }) => ({ topic, text, qos, retain }));
  expect(seen.toSorted((a, b) => a.topic.localeCompare(b.topic))).toEqual([
    { topic: 'tags', text: 'parent', qos: 1, retain: true },
    { topic: 'tags/plc/a', text: 'new', qos: 1, retain: true },
    { topic: 'tags/plc/b', text: 'zero', qos: 1, retain: true },
  ]);
  // [MQTT-3.3.1-9] Towards an established subscription RETAIN is 0.
  await site.broker.publish('tags/plc/a', 'live', { qos: 0, retain: true });
  expect((await got.take(4)).at(-1)).toMatchObject({ text: 'live', retain: false });
  // [MQTT-3.8.4-3] Subscribing again sends them again.
  await bob.subscribeAsync('tags/plc/b', { qos: 0 });
  expect((await got.take(5)).at(-1)).toMatchObject({ text: 'zero', qos: 0, retain: true });
});

test('an empty payload deletes it, and is delivered like any other [MQTT-3.3.1-10]', async () => {
  const site = await startSite();
  const alice = await site.connect('alice');
  const got = inbox(alice);
  await alice.publishAsync('state', 'on', { qos: 1, retain: true });
  await alice.subscribeAsync('state', { qos: 1 });
  await alice.publishAsync('state', '', { qos: 1, retain: true });
  expect((await got.take(2)).map(({ text, retain }) => [text, retain])).toEqual([
    ['on', true],
    ['', false],
  ]);
  expect(site.broker.stats()).toMatchObject({ retainedCount: 0, retainedBytes: 0 });
  expect(await site.store.query('broker.retained')).toEqual([]);
});

const rawRetained = (qos: 0 | 1, topic: string, payload: string, messageId = 1): Buffer =>
  rawPacket(0x31 | (qos << 1), rawString(topic), qos > 0 ? [0, messageId] : [], Buffer.from(payload));

test('the last to arrive is kept, whichever is on the disk first [MQTT-3.3.1-7]', async () => {
  const site = await startSite();
  // Inside the house somebody takes his time with what is to be acknowledged.
  const slow = Promise.withResolvers<void>();
  site.broker.subscribe('slow', () => slow.promise);
  const alice = await RawMqtt.open(site.port);
  alice.send(rawConnect({ clientId: 'alice', user: 'alice', password: passwordOf('alice') }));
  await alice.read();
  alice.send(
    rawRetained(1, 'changed', 'old', 1),
    rawRetained(0, 'changed', 'new'),
    rawRetained(1, 'deleted', 'old', 2),
    rawRetained(0, 'deleted', ''),
    rawRetained(1, 'twice', 'older', 3),
    rawRetained(1, 'twice', 'old', 4),
    rawRetained(0, 'twice', 'new'),
    rawRetained(1, 'slow', 'old', 5),
    rawRetained(0, 'slow', 'new'),
    rawRetained(0, 'last', 'older'),
    rawRetained(1, 'last', 'new', 6),
  );
  for (let n = 1; n <= 4; n += 1) expect((await alice.read()).body).toEqual(Buffer.from([0, n]));
  slow.resolve();
  for (let n = 5; n <= 6; n += 1) expect((await alice.read()).body).toEqual(Buffer.from([0, n]));
  alice.end();
  const kept = async ({ connect }: typeof site) => {
    const bob = await connect('bob');
    const got = inbox(bob);
    await bob.subscribeAsync('#', { qos: 0 });
    return Object.fromEntries((await got.take(4)).map(({ topic, text }) => [topic, text]));
  };
  const newest = { changed: 'new', twice: 'new', slow: 'new', last: 'new' };
  expect(await kept(site)).toEqual(newest);
  expect(await kept(await site.restart())).toEqual(newest);
});

test('retained messages survive: QoS 1 from its acknowledgement on, QoS 0 from the next flush', async () => {
  const site = await startSite();
  await site.broker.publish('a', 'one', { qos: 1, retain: true });
  expect((await site.store.query('broker.retained')).length).toBe(1);
  await site.broker.publish('b', 'zero', { retain: true });
  await site.broker.publish('gone', 'x', { qos: 1, retain: true });
  await site.broker.publish('gone', '', { retain: true });
  const again = await site.restart();
  const bob = await again.connect('bob');
  const got = inbox(bob);
  await bob.subscribeAsync('#', { qos: 1 });
  const seen = (await got.take(2)).map(({ topic, text, qos }) => [topic, text, qos]);
  expect(seen.toSorted()).toEqual([
    ['a', 'one', 1],
    ['b', 'zero', 0],
  ]);
  expect(again.broker.stats().retainedCount).toBe(2);
});

test('ten thousand retained QoS 0 values of few topics become few rows', async () => {
  const site = await startSite();
  for (let n = 0; n < 10_000; n++) void site.broker.publish(`tags/t${n % 10}`, String(n), { retain: true });
  await site.broker.publish('end', 'x', { qos: 1, retain: true });
  expect(site.broker.stats().committedOpsTotal).toBeLessThanOrEqual(11);
});

test('retained messages are bounded by count and bytes; what is there can still change', async () => {
  const site = await startSite({ limits: { retainedCountMax: 2, retainedBytesMax: 100 } });
  await site.broker.publish('a', 'x'.repeat(40), { qos: 1, retain: true });
  await site.broker.publish('b', 'x'.repeat(40), { qos: 1, retain: true });
  await site.broker.publish('c', 'x', { qos: 1, retain: true });
  await site.broker.publish('b', 'x'.repeat(61), { qos: 1, retain: true });
  await site.broker.publish('a', 'y'.repeat(50), { qos: 1, retain: true });
  expect(site.broker.stats()).toMatchObject({ retainedCount: 2, retainedBytes: 90, retainedRefusedTotal: 2 });
});

test('leading wildcards do not match $-topics, named levels do [MQTT-4.7.2-1]', async () => {
  const all = ['#', '+/x', '$ops/x', '$ops/#'];
  const site = await startSite({
    config: { clients: [client('bob', { subscribe: ['#', '$ops/#'], publish: ['#', '$ops/#'] })] },
  });
  const bob = await site.connect('bob');
  const got = inbox(bob);
  await site.broker.publish('$ops/x', 'kept', { qos: 1, retain: true });
  for (const filter of all.slice(0, 2)) await bob.subscribeAsync(filter, { qos: 1 });
  await bob.publishAsync('$ops/x', 'unseen', { qos: 1 });
  await bob.publishAsync('y/x', 'seen', { qos: 1 });
  expect((await got.take(1))[0]?.text).toBe('seen');
  await bob.subscribeAsync('$ops/#', { qos: 1 });
  expect((await got.take(2))[1]).toMatchObject({ text: 'kept', retain: true });
});

test('empty levels are levels', async () => {
  const site = await startSite();
  const bob = await RawMqtt.open(site.port);
  bob.send(rawConnect({ clientId: 'bob', user: 'bob', password: passwordOf('bob') }));
  bob.send(rawSubscribe(1, ['/+', 0], ['a//b', 0], ['+/', 0]));
  expect([(await bob.read()).type, (await bob.read()).type]).toEqual([2, 9]);
  for (const topic of ['/', '/x', 'a//b', 'a/b', 'x/', 'x', '//']) await site.broker.publish(topic, topic);
  await site.broker.publish('/end', 'end');
  const got: string[] = [];
  while (!got.includes('end')) got.push(readPublish(await bob.read()).payload);
  expect(got).toEqual(['/', '/x', 'a//b', 'x/', 'end']);
  bob.end();
});

test('one SUBACK code per filter, also for filters that come twice [MQTT-3.9.3-1]', async () => {
  const site = await startSite({ config: { clients: [client('bob', { subscribe: ['open/#'] })] } });
  const bob = await RawMqtt.open(site.port);
  bob.send(rawConnect({ clientId: 'bob', user: 'bob', password: passwordOf('bob'), clean: false }));
  bob.send(rawSubscribe(5, ['open/a', 2], ['secret', 1], ['open/a', 1], ['open/b', 0], ['#', 0]));
  await bob.read();
  expect((await bob.read()).body).toEqual(Buffer.from([0, 5, 2, 0x80, 1, 0, 0x80]));
  const rows = await site.store.query('broker.subscriptions');
  expect(rows.map(({ filter, qos }) => [filter, qos])).toEqual([
    ['open/a', 1],
    ['open/b', 0],
  ]);
  bob.send(rawPacket(0xa2, [0, 6], rawString('open/a'), rawString('never/was')));
  expect(await bob.read()).toMatchObject({ type: 11, body: Buffer.from([0, 6]) });
  await site.broker.publish('open/a', 'unseen');
  await site.broker.publish('open/b', 'seen');
  expect(readPublish(await bob.read()).payload).toBe('seen');
  expect((await site.store.query('broker.subscriptions')).length).toBe(1);
  bob.end();
});
