import { expect, onTestFinished, test } from 'vitest';
import { systemClock } from '#contracts/clock.ts';
import { OFFSET_NONE } from '#contracts/ids.ts';
import { silentLog } from '#contracts/log.ts';
import { brokerStoreModule, startBroker } from '../../appliance/broker/index.ts';
import { identityStoreModule, openIdentity } from '../../appliance/identity/index.ts';
import { openStore } from '../../appliance/store/index.ts';
import { RawMqtt, rawConnect, rawPublish } from '../support/raw-mqtt.ts';
import { until } from '../support/until.ts';
import { mqttConfig, passwordOf, SITE } from './config.ts';
import { folder, inbox, startSite, type TestSite } from './site.ts';

const raw = (clientId: string, user = 'bob') => ({
  clientId,
  user,
  password: passwordOf(user),
  clean: false,
});
const rowsOf = async ({ store }: TestSite, table: string) =>
  (await store.query(`broker.${table}`)).map((row) => row.client_id);

test('a password that is removed ends all connections of its user at once, with their wills, and of nobody else', async () => {
  const site = await startSite();
  const alice = await site.connect('alice');
  const wills = inbox(alice);
  await alice.subscribeAsync('wills/+', { qos: 1 });
  const peers: RawMqtt[] = [];
  for (const clientId of ['bob-1', 'bob-2']) {
    const peer = await RawMqtt.open(site.port);
    const will = { topic: `wills/${clientId}`, payload: 'gone', qos: 1, retain: false };
    peer.send(rawConnect({ ...raw(clientId), will }));
    await peer.read();
    peers.push(peer);
  }
  await site.broker.revoke('bob', 'removed');
  for (const peer of peers) expect(await peer.untilClosed()).toEqual([]);
  expect((await wills.take(2)).map(({ topic }) => topic).sort()).toEqual(['wills/bob-1', 'wills/bob-2']);
  expect(site.broker.stats()).toMatchObject({ connections: 1 });
  expect(alice.connected).toBe(true);
});

test('with the password go the stored sessions of its user, and what they are owed: counted and recorded', async () => {
  const site = await startSite();
  for (const user of ['alice', 'bob']) {
    const one = await site.connect(user, { clean: false });
    await one.subscribeAsync('a', { qos: 1 });
    await one.endAsync();
  }
  await site.broker.publish('a', 'one', { qos: 1 });
  await site.broker.publish('a', 'two', { qos: 1 });
  await site.broker.revoke('bob', 'removed');
  expect(site.broker.stats()).toMatchObject({
    sessions: 1,
    subscriptions: 1,
    queuedCount: 2,
    droppedTotal: 2,
    sessionsGivenUpTotal: 1,
  });
  for (const table of ['sessions', 'subscriptions']) expect(await rowsOf(site, table)).toEqual(['alice']);
  expect(await rowsOf(site, 'outgoing-sizes')).toEqual(['alice', 'alice']);
  const types = ['holdfast.mqtt.messages-dropped.v1'];
  const records = () => site.store.readLog(OFFSET_NONE, { countMax: 10, types });
  let found = await records();
  while (found.length === 0) found = await records();
  expect(found[0]?.event.data).toMatchObject({ clientId: 'bob', user: 'bob', count: 2, queuedBytes: 0 });

  const again = await site.restart();
  expect(again.broker.stats()).toMatchObject({ sessions: 1, queuedCount: 2 });
});

test('a password that is replaced ends connections, and the clients come back to their sessions', async () => {
  const site = await startSite();
  const bob = await RawMqtt.open(site.port);
  bob.send(rawConnect(raw('bob')));
  await bob.read();
  await site.broker.revoke('bob', 'replaced');
  expect(await bob.untilClosed()).toEqual([]);
  const back = await RawMqtt.open(site.port);
  back.send(rawConnect(raw('bob')));
  expect((await back.read()).body[0]).toBe(1);
  back.end();
});

/** The broker and the identity of one house. `hold` keeps those who were found right waiting until its answer is called. */
async function startHouse() {
  const dir = folder();
  const modules = [brokerStoreModule, identityStoreModule];
  const store = await openStore({ dir, modules, log: silentLog });
  onTestFinished(() => store.close());
  const common = { store, log: silentLog, clock: systemClock, site: SITE };
  const identity = await openIdentity({ ...common, dataDir: dir, passwordCost: { logN: 10, r: 8, p: 1 } });
  let gate: Promise<void> = Promise.resolve();
  let foundRight = 0;
  const broker = await startBroker({
    ...common,
    config: mqttConfig(),
    async authenticate(user, password) {
      const isRight = await identity.verifyMqttClient(user, password);
      if (isRight) foundRight += 1;
      await gate;
      return isRight;
    },
  });
  onTestFinished(() => broker.close());
  identity.onMqttVoid((user, why) => broker.revoke(user, why));
  const password = await identity.addMqttClient('bob', 'test');
  const bob = await RawMqtt.open(broker.addresses.mqtt?.port ?? 0);
  return {
    store,
    identity,
    bob,
    connect: rawConnect({ ...raw('bob'), password }),
    foundRight: () => foundRight,
    hold() {
      const { promise, resolve } = Promise.withResolvers<void>();
      gate = promise;
      return resolve;
    },
  };
}

test('taking the password of a client away in the house ends its connection', async () => {
  const { store, identity, bob, connect } = await startHouse();
  bob.send(connect);
  expect((await bob.read()).body[1]).toBe(0);
  await identity.removeMqttClient('bob', 'admin');
  bob.send(rawPublish('a', 'too late', 1, 1));
  expect(await bob.untilClosed()).toEqual([]);
  expect(await store.query('broker.sessions')).toEqual([]);
});

test('a client that is being let in while its password is removed does not come in', async () => {
  const { store, identity, bob, connect, foundRight, hold } = await startHouse();
  const release = hold();
  bob.send(connect, rawPublish('a', 'too late', 1, 1));
  await until('its password was right', () => foundRight() === 1);
  await identity.removeMqttClient('bob', 'admin');
  release();
  expect(await bob.untilClosed()).toEqual([]);
  expect(await store.query('broker.sessions')).toEqual([]);
});
