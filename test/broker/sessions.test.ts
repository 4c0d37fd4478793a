import { expect, test } from 'vitest';
import { OFFSET_NONE } from '#contracts/ids.ts';
import { RawMqtt, rawAck, rawConnect, rawPublish, rawSubscribe, readPublish } from '../support/raw-mqtt.ts';
import { until } from '../support/until.ts';
import { client, passwordOf } from './config.ts';
import { connectMqtt, inbox, startSite } from './site.ts';

const raw = (user: string, clean = false) => ({ clientId: user, user, password: passwordOf(user), clean });
const numbers = (count: number) => Array.from({ length: count }, (_, index) => index);
/** Session present of a CONNACK. */
const present = async (peer: RawMqtt) => (await peer.read()).body[0];

test('a stored session keeps its subscriptions and messages while the client is away, across a restart', async () => {
  const site = await startSite();
  const bob = await site.connect('bob', { clean: false });
  await bob.subscribeAsync({ 'a/#': { qos: 1 }, b: { qos: 0 } });
  await bob.endAsync();
  for (const n of numbers(300)) await site.broker.publish('a/x', String(n), { qos: 1 });
  await site.broker.publish('b', 'not kept at QoS 0', { qos: 1 });
  await site.broker.publish('a/x', 'not kept either', { qos: 0 });

  const again = await site.restart();
  expect(again.broker.stats()).toMatchObject({ sessions: 1, subscriptions: 2, queuedCount: 300 });
  await again.broker.publish('a/x', '300', { qos: 1 });
  const back = await RawMqtt.open(again.port);
  back.send(rawConnect(raw('bob')));
  expect(await present(back)).toBe(1);
  const got: number[] = [];
  while (got.length < 301) {
    const { payload, messageId } = readPublish(await back.read());
    got.push(Number(payload));
    back.send(rawAck(4, messageId));
  }
  expect(got).toEqual(numbers(301));
  // Its acknowledgements are on disk, too: nothing comes twice.
  await again.broker.publish('b', 'at once', { qos: 0 });
  expect(readPublish(await back.read()).payload).toBe('at once');
  await until('they are taken', () => again.broker.stats().queuedCount === 0);
  back.end();
  const third = await again.restart();
  expect(third.broker.stats().queuedCount).toBe(0);
});

test('session present is told rightly, also without subscriptions [MQTT-3.2.2-2]', async () => {
  const site = await startSite();
  const connect = async (clean: boolean) => {
    const peer = await RawMqtt.open(site.port);
    peer.send(rawConnect(raw('bob', clean)));
    const answer = await present(peer);
    peer.end();
    return answer;
  };
  expect([await connect(false), await connect(false), await connect(true), await connect(false)]).toEqual([
    0, 1, 0, 0,
  ]);
});

test('a clean session ends all that was stored [MQTT-3.1.2-6]', async () => {
  const site = await startSite();
  const bob = await site.connect('bob', { clean: false });
  await bob.subscribeAsync('a', { qos: 2 });
  await bob.endAsync();
  await site.broker.publish('a', 'old', { qos: 2 });
  const clean = await site.connect('bob');
  const got = inbox(clean);
  await clean.subscribeAsync('end', { qos: 1 });
  await site.broker.publish('a', 'unseen', { qos: 1 });
  await site.broker.publish('end', 'end', { qos: 1 });
  expect((await got.take(1))[0]?.text).toBe('end');
  for (const table of ['sessions', 'subscriptions', 'outgoing-sizes', 'incoming-ids']) {
    expect(await site.store.query(`broker.${table}`)).toEqual([]);
  }
});

test('a second connection takes a client id over; the first ends, with its will [MQTT-3.1.4-2]', async () => {
  const site = await startSite();
  const watcher = await site.connect('alice');
  const wills = inbox(watcher);
  await watcher.subscribeAsync('will', { qos: 1 });
  const will = { topic: 'will', payload: 'gone', qos: 1, retain: false };
  const peers: RawMqtt[] = [];
  // All at once: whoever is let in last stays, and no one else.
  for (const _ of numbers(8)) {
    const peer = await RawMqtt.open(site.port);
    peer.send(rawConnect({ ...raw('bob'), will }));
    peers.push(peer);
  }
  let endedCount = 0;
  const ended = Promise.all(peers.map((peer) => peer.untilClosed().then(() => (endedCount += 1))));
  await until('one of them is left', () => endedCount === peers.length - 1);
  const last = await RawMqtt.open(site.port);
  last.send(rawConnect(raw('bob')), rawSubscribe(1, ['x', 1]));
  expect(await present(last)).toBe(1);
  await ended;
  await last.read();
  await site.broker.publish('x', 'mine', { qos: 1 });
  expect(readPublish(await last.read()).payload).toBe('mine');
  // As many wills as CONNECTs that were let in before.
  const connects = site.broker.stats().connectsTotal - 2;
  expect((await wills.take(connects)).length).toBe(connects);
  expect(site.broker.stats().connections).toBe(2);
  last.end();
});

test('a connection that was overtaken while it was being let in does not end the one that overtook it', async () => {
  const site = await startSite();
  const will = { topic: 'will', payload: 'gone', qos: 1, retain: false };
  for (const _ of numbers(30)) {
    const [first, second] = await Promise.all([RawMqtt.open(site.port), RawMqtt.open(site.port)]);
    // Storing a will takes a flush; whoever has none is through before.
    first.send(rawConnect({ ...raw('bob'), will }));
    second.send(rawConnect(raw('bob')));
    await until('one of them is left', () => first.isClosed || second.isClosed);
    // Long enough for the flush: answered only by the one that is left.
    await site.broker.publish('flush', 'x', { qos: 1, retain: true });
    const left = first.isClosed ? second : first;
    left.send(rawSubscribe(1, ['x', 1]));
    expect([(await left.read()).type, (await left.read()).type]).toEqual([2, 9]); // CONNACK, SUBACK
    left.end();
    await until('nobody is left', () => site.broker.stats().connections === 0);
  }
  expect(await site.store.query('broker.wills')).toEqual([]);
});

test('a session never passes to another user', async () => {
  const site = await startSite();
  const bob = await site.connect('bob', { clientId: 'shared', clean: false });
  await bob.subscribeAsync('a', { qos: 1 });
  await expect(connectMqtt(site.port, 'alice', { clientId: 'shared' })).rejects.toMatchObject({ code: 2 });
  await bob.endAsync();
  await site.broker.publish('a', 'for bob', { qos: 1 });
  await expect(connectMqtt(site.port, 'alice', { clientId: 'shared' })).rejects.toMatchObject({ code: 2 });
  const back = await RawMqtt.open(site.port);
  back.send(rawConnect({ ...raw('bob'), clientId: 'shared' }));
  expect([await present(back), readPublish(await back.read()).payload]).toEqual([1, 'for bob']);
  back.end();
});

const PAYLOAD = 'x'.repeat(1_000 - 64 - 1);

test.each([
  ['drop-oldest', [90, 99]],
  ['refuse-newest', [0, 9]],
] as const)('a full queue follows its policy: %s', async (queuePolicy, [first, last]) => {
  const site = await startSite({
    config: { clients: [client('bob', { queueBytesMax: 10_000, queuePolicy })] },
    limits: { inflightCountMax: 3 },
  });
  const bob = await site.connect('bob', { clean: false });
  await bob.subscribeAsync('a', { qos: 1 });
  await bob.endAsync();
  for (const n of numbers(100))
    await site.broker.publish('a', String(n).padEnd(PAYLOAD.length, 'x'), { qos: 1 });
  expect(site.broker.stats()).toMatchObject({ queuedCount: 10, queuedBytes: 10_000, droppedTotal: 90 });
  expect((await site.store.query('broker.outgoing-sizes')).length).toBe(10);

  const drops = () =>
    site.store.readLog(OFFSET_NONE, { countMax: 10, types: ['holdfast.mqtt.messages-dropped.v1'] });
  let records = await drops();
  while (records.length === 0) records = await drops();
  expect(records[0]?.event.data).toMatchObject({
    clientId: 'bob',
    policy: queuePolicy,
    queueBytesMax: 10_000,
  });

  const again = await site.restart();
  expect(again.broker.stats()).toMatchObject({ queuedCount: 10, queuedBytes: 10_000 });
  const back = await RawMqtt.open(again.port);
  back.send(rawConnect(raw('bob')));
  await back.read();
  const got: number[] = [];
  while (got.length < 10) {
    const { payload, messageId } = readPublish(await back.read());
    got.push(Number.parseInt(payload, 10));
    back.send(rawAck(4, messageId));
  }
  expect([got[0], got.at(-1)]).toEqual([first, last]);
  back.end();
});

test('a message larger than the queue is given up, and the others stay', async () => {
  const site = await startSite({ config: { clients: [client('bob', { queueBytesMax: 1_024 })] } });
  const bob = await site.connect('bob', { clean: false });
  await bob.subscribeAsync('a', { qos: 1 });
  await bob.endAsync();
  await site.broker.publish('a', 'small', { qos: 1 });
  await site.broker.publish('a', 'x'.repeat(2_000), { qos: 1 });
  expect(site.broker.stats()).toMatchObject({ queuedCount: 1, droppedTotal: 1 });
});

test('packet identifiers are reused only when they are free, past 65,535 messages', async () => {
  const site = await startSite({ limits: { inflightCountMax: 1_000 } });
  const bob = await RawMqtt.open(site.port);
  bob.send(rawConnect(raw('bob', true)), rawSubscribe(1, ['a', 1]));
  expect([(await bob.read()).type, (await bob.read()).type]).toEqual([2, 9]);
  const total = 66_000;
  const inUse = new Set<number>();
  const next = async () => readPublish(await bob.read());
  let sent = 0;
  // The first one is never acknowledged: its identifier must never come again.
  await site.broker.publish('a', 'first', { qos: 1 });
  const first = await next();
  inUse.add(first.messageId);
  let clash = 0;
  while (sent < total) {
    const batch = Math.min(500, total - sent);
    for (let i = 0; i < batch; i++) void site.broker.publish('a', 'x', { qos: 1 });
    const reachable = Math.min(batch, 65_534 - sent);
    for (let i = 0; i < reachable; i++) {
      const { messageId } = await next();
      if (inUse.has(messageId)) clash += 1;
      bob.send(rawAck(4, messageId));
    }
    sent += batch;
  }
  expect(clash).toBe(0);
  // All identifiers are taken by age: what is left waits for the first.
  bob.send(rawAck(4, first.messageId));
  for (let i = 0; i < total - 65_534; i++) bob.send(rawAck(4, (await next()).messageId));
  await until('nothing is owed', () => site.broker.stats().queuedCount === 0);
  bob.end();
});

test('a publisher that leaves at once has its message taken', async () => {
  const site = await startSite();
  const bob = await site.connect('bob', { clean: false });
  const got = inbox(bob);
  await bob.subscribeAsync('a', { qos: 1 });
  const alice = await RawMqtt.open(site.port);
  alice.send(rawConnect(raw('alice', true)), rawPublish('a', 'bye', 1, 1), Buffer.from([0xe0, 0]));
  expect((await got.take(1))[0]?.text).toBe('bye');
});
