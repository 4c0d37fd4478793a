import { describe, expect, test } from 'vitest';
import { OFFSET_NONE } from '#contracts/ids.ts';
import { Grants } from '../../appliance/broker/grants.ts';
import { RawMqtt, rawConnect, rawPublish } from '../support/raw-mqtt.ts';
import { client, passwordOf } from './config.ts';
import { inbox, startSite } from './site.ts';

describe('grants', () => {
  const grants = (publish: string[], subscribe: string[] = []) =>
    new Grants(client('bob', { publish, subscribe }), 'dc3');

  test.each([
    [['cell/+/count'], 'cell/7/count', true],
    [['cell/+/count'], 'cell/7/8/count', false],
    [['cell/#'], 'cell', true],
    [['cell/#'], 'cells', false],
    [[], 'cell', false],
    [['#'], 'cell/7', true],
    // $-topics and the site's own need a grant that names them.
    [['#'], '$SYS/broker/uptime', false],
    [['+/broker'], '$SYS/broker', false],
    [['$SYS/#'], '$SYS/broker/uptime', true],
    [['#'], 'site/dc3/tags/plc/run', false],
    [['+/+/tags/#'], 'site/dc3/tags/plc/run', false],
    [['site/+/tags/#'], 'site/dc3/tags/plc/run', true],
    [['#'], 'site/dc30/tags', true],
  ])('publish %j reaches %s: %s', (publish, topic, expected) => {
    expect(grants(publish).mayPublish(topic)).toBe(expected);
    // The second answer comes from memory.
    const twice = grants(publish);
    twice.mayPublish(topic);
    expect(twice.mayPublish(topic)).toBe(expected);
  });

  test.each([
    [['cell/#'], 'cell/#', true],
    [['cell/#'], 'cell/+/count', true],
    [['cell/#'], 'cell', true],
    [['cell/#'], '#', false],
    [['cell/#'], '+/#', false],
    [['cell/+'], 'cell/#', false],
    [['cell/+'], 'cell/+', true],
    [['cell/+'], 'cell/7', true],
    [['cell/7'], 'cell/+', false],
    [['cell/+/#'], 'cell/#', false],
    [['+/+'], 'a', false],
    [['#'], '#', true],
    [['#'], '$SYS/#', false],
    [['#'], 'site/dc3/#', true],
    [['a', 'b/#'], 'b/c', true],
  ])('subscribe %j covers %s: %s', (subscribe, filter, expected) => {
    expect(grants([], subscribe).maySubscribe(filter)).toBe(expected);
  });
});

test('a PUBLISH that is not granted reaches nobody, closes, and leaves a record', async () => {
  const site = await startSite({
    config: { clients: [client('bob', { publish: ['bob/#'] }), client('alice')] },
  });
  const alice = await site.connect('alice');
  const got = inbox(alice);
  await alice.subscribeAsync('#');
  const bob = await RawMqtt.open(site.port);
  bob.send(rawConnect({ clientId: 'bob', user: 'bob', password: passwordOf('bob') }));
  await bob.read();
  bob.send(
    rawPublish('bob/ok', 'seen'),
    rawPublish('site/test-site/tags/plc/run', 'true', 1),
    rawPublish('bob/late', 'x'),
  );
  expect(await bob.untilClosed()).toEqual([]);
  await site.broker.publish('end', 'end');
  expect((await got.take(2)).map(({ topic }) => topic)).toEqual(['bob/ok', 'end']);
  const read = () => site.store.readLog(OFFSET_NONE, { countMax: 10, types: ['holdfast.mqtt.refused.v1'] });
  let records = await read();
  while (records.length === 0) records = await read();
  expect(records[0]?.event.data).toMatchObject({
    clientId: 'bob',
    action: 'publish',
    topic: 'site/test-site/tags/plc/run',
    code: 'MQTT_TOPIC_DENIED',
  });
});

test('a subscription that is not granted gets 0x80, and the granted ones beside it stand', async () => {
  const site = await startSite({ config: { clients: [client('bob', { subscribe: ['bob/#'] })] } });
  const bob = await site.connect('bob', { clean: false });
  const granted = await bob.subscribeAsync({ 'bob/in': { qos: 1 }, '#': { qos: 1 } }).catch((error) => error);
  expect(granted).toMatchObject({ message: expect.stringMatching(/Unspecified error|128|Subscribe/i) });
  const got = inbox(bob);
  await site.broker.publish('other', 'unseen', { qos: 1 });
  await site.broker.publish('bob/in', 'seen', { qos: 1 });
  expect((await got.take(1))[0]?.text).toBe('seen');
});

test('a grant that is taken away ends the stored subscription at the next start', async () => {
  const site = await startSite();
  const bob = await site.connect('bob', { clean: false });
  await bob.subscribeAsync({ 'a/#': { qos: 1 }, 'b/#': { qos: 1 } });
  await site.stop();
  const clients = [client('bob', { subscribe: ['b/#'] })];
  const again = await startSite({ dir: site.dir, config: { clients } });
  await again.broker.publish('a/x', 'unseen', { qos: 1 });
  await again.broker.publish('b/x', 'seen', { qos: 1 });
  expect(again.broker.stats()).toMatchObject({ subscriptions: 1, queuedCount: 1 });
  await again.stop();
  // A user who is gone is owed nothing new, and gets everything back when the line was deleted by mistake.
  const without = await startSite({ dir: site.dir, config: { clients: [client('alice')] } });
  await without.broker.publish('b/x', 'unseen', { qos: 1 });
  expect(without.broker.stats()).toMatchObject({ sessions: 0, subscriptions: 0 });
  await without.stop();
  const back = await startSite({ dir: site.dir });
  expect(back.broker.stats()).toMatchObject({ sessions: 1, subscriptions: 2, queuedCount: 1 });
});
