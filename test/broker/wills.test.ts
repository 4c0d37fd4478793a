import { expect, test } from 'vitest';
import { createFakeClock } from '../support/fake-clock.ts';
import { RawMqtt, rawConnect, rawSubscribe, readPublish } from '../support/raw-mqtt.ts';
import { client, passwordOf } from './config.ts';
import { connectMqtt, inbox, startSite } from './site.ts';

const will = { topic: 'wills/bob', payload: 'gone', qos: 1, retain: true };
const bobWithWill = { clientId: 'bob', user: 'bob', password: passwordOf('bob'), will };

async function siteWithWatcher(options: Parameters<typeof startSite>[0] = {}) {
  const site = await startSite(options);
  const watcher = await RawMqtt.open(site.port);
  const alice = { clientId: 'alice', user: 'alice', password: passwordOf('alice') };
  watcher.send(rawConnect(alice), rawSubscribe(1, ['wills/+', 0], ['end', 0]));
  await watcher.read();
  await watcher.read();
  /** The will, or `end`, which is published behind everything that has happened. */
  const next = async () => {
    const seen = readPublish(await watcher.read());
    return seen.topic === 'end' ? 'no will' : seen.payload;
  };
  return { site, next };
}

test('a connection that breaks off publishes its will [MQTT-3.1.2-8], retained when asked', async () => {
  const { site, next } = await siteWithWatcher();
  const bob = await RawMqtt.open(site.port);
  bob.send(rawConnect(bobWithWill));
  await bob.read();
  bob.end();
  expect(await next()).toBe('gone');
  expect((await site.store.query('broker.wills')).length).toBe(0);
  expect((await site.store.query('broker.retained')).length).toBe(1);
});

test('DISCONNECT publishes no will, also when the client closes right behind it [MQTT-3.14.4-3]', async () => {
  const { site, next } = await siteWithWatcher();
  for (let n = 0; n < 20; n++) {
    const bob = await RawMqtt.open(site.port);
    bob.send(rawConnect(bobWithWill));
    await bob.read();
    bob.socket.end(Buffer.from([0xe0, 0]));
    expect(await bob.untilClosed()).toEqual([]);
  }
  await site.broker.publish('end', 'x');
  expect(await next()).toBe('no will');
  while ((await site.store.query('broker.wills')).length > 0);
});

test('silence for one and a half times the keep-alive ends the connection [MQTT-3.1.2-24]', async () => {
  const clock = createFakeClock();
  const { site, next } = await siteWithWatcher({ clock });
  const bob = await RawMqtt.open(site.port);
  bob.send(rawConnect({ ...bobWithWill, keepAlive: 10 }));
  await bob.read();
  for (let n = 0; n < 3; n++) {
    await clock.pass(14_999);
    bob.send(Buffer.from([0xc0, 0]));
    expect((await bob.read()).type).toBe(13);
  }
  await clock.pass(14_999);
  expect(site.broker.stats().connections).toBe(2);
  await clock.pass(1);
  expect(await bob.untilClosed()).toEqual([]);
  expect(await next()).toBe('gone');
});

test('the appliance can end a connection, and wills go out when it stops', async () => {
  const { site, next } = await siteWithWatcher();
  const bob = await RawMqtt.open(site.port);
  bob.send(rawConnect(bobWithWill));
  await bob.read();
  expect(site.broker.disconnect('nobody')).toBe(false);
  expect(site.broker.disconnect('bob')).toBe(true);
  expect(await next()).toBe('gone');

  const again = await RawMqtt.open(site.port);
  again.send(rawConnect({ ...bobWithWill, will: { ...will, payload: 'stopped' } }));
  await again.read();
  const restarted = await site.restart();
  const alice = await restarted.connect('alice');
  const got = inbox(alice);
  await alice.subscribeAsync('wills/+');
  expect((await got.take(1))[0]).toMatchObject({ text: 'stopped', retain: true });
});

test('a will to a topic that is not granted is refused with CONNECT', async () => {
  const site = await startSite({ config: { clients: [client('bob', { publish: ['bob/#'] })] } });
  const topic = 'site/test-site/tags/plc/run';
  const refused = connectMqtt(site.port, 'bob', {
    will: { topic, payload: Buffer.from('true'), qos: 0, retain: false },
  });
  await expect(refused).rejects.toMatchObject({ code: 5 });
});
