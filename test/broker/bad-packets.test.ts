import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { OFFSET_NONE } from '#contracts/ids.ts';
import {
  RawMqtt,
  rawAck,
  rawConnect,
  rawPacket,
  rawPublish,
  rawString,
  rawSubscribe,
} from '../support/raw-mqtt.ts';
import { passwordOf } from './config.ts';
import { connectMqtt, inbox, startSite, type TestSite } from './site.ts';

const PACKET_BYTES_MAX = 4_096;
const alice = { clientId: 'raw', user: 'alice', password: passwordOf('alice') };
const id = (messageId: number) => [messageId >> 8, messageId & 0xff];
const connectWith = (level: number, flags: number, ...payload: readonly Buffer[]) =>
  rawPacket(0x10, rawString('MQTT'), [level, flags, 0, 0], ...payload);

// One site for all: each of these must leave it standing for the next.
let site: TestSite;
beforeAll(async () => {
  site = await startSite({
    config: { packetBytesMax: PACKET_BYTES_MAX },
    limits: { connectBurst: 1_000, refusalBurst: 1_000, refusalEventsPerMinute: 1_000 },
    later: afterAll,
  });
});

describe('before CONNECT', () => {
  const cases: [string, Buffer][] = [
    ['PUBLISH first [MQTT-3.1.0-1]', rawPublish('a', 'x')],
    ['PINGREQ first', rawPacket(0xc0)],
    ['HTTP', Buffer.from('GET / HTTP/1.1\r\nHost: x\r\n\r\n')],
    ['a TLS hello', Buffer.from([0x16, 3, 1, 2, 0, 1, 0, 1, 0xfc, 3, 3])],
    [
      'another protocol name [MQTT-3.1.2-1]',
      rawPacket(0x10, rawString('MQTX'), [4, 2, 0, 0], rawString('x')),
    ],
    ['a remaining length of five bytes', Buffer.from([0x10, 0xff, 0xff, 0xff, 0xff, 0x7f])],
    ['a CONNECT larger than is allowed', Buffer.from([0x10, 0xff, 0xff, 0x7f])],
    ['reserved flags of CONNECT', rawPacket(0x11, rawString('MQTT'), [4, 2, 0, 0], rawString('x'))],
    ['the reserved connect flag [MQTT-3.1.2-3]', connectWith(4, 0x03, rawString('x'))],
    ['will QoS 3 [MQTT-3.1.2-14]', connectWith(4, 0x1e, rawString('x'), rawString('w'), rawString('m'))],
    ['will QoS without will [MQTT-3.1.2-13]', connectWith(4, 0x0a, rawString('x'))],
    ['will retain without will [MQTT-3.1.2-15]', connectWith(4, 0x22, rawString('x'))],
    ['a will to a wildcard', connectWith(4, 0x06, rawString('x'), rawString('w/#'), rawString('m'))],
    ['a password without a user [MQTT-3.1.2-22]', connectWith(4, 0x42, rawString('x'), rawString('p'))],
    [
      'a client id with U+0000 [MQTT-1.5.3-2]',
      connectWith(4, 0xc2, rawString('a\0b'), rawString('alice'), rawString('p')),
    ],
    [
      'a user that is not UTF-8 [MQTT-1.5.3-1]',
      connectWith(4, 0xc2, rawString('x'), rawString(Buffer.from([0xc3, 0x28])), rawString('p')),
    ],
    [
      'a client id with a surrogate [MQTT-1.5.3-1]',
      connectWith(4, 0x02, rawString(Buffer.from([0xed, 0xa0, 0x80]))),
    ],
    ['a payload that ends early', connectWith(4, 0xc2, rawString('x'), rawString('alice'))],
    ['bytes behind the payload', connectWith(4, 0x02, rawString('x'), Buffer.from([0]))],
  ];
  test.each(cases)('%s closes the connection', async (_name, bytes) => {
    const client = await RawMqtt.open(site.port);
    client.send(bytes);
    expect(await client.untilClosed()).toEqual([]);
  });

  const refusals: [string, number, Buffer][] = [
    ['MQTT 3.1 [MQTT-3.1.2-2]', 1, rawPacket(0x10, rawString('MQIsdp'), [3, 2, 0, 0], rawString('x'))],
    ['MQTT 5 [MQTT-3.1.2-2]', 1, rawPacket(0x10, rawString('MQTT'), [5, 2, 0, 0, 0], rawString('x'))],
    ['level 132, a bridge', 1, connectWith(132, 0x02, rawString('x'))],
    [
      'an empty client id without clean session [MQTT-3.1.3-8]',
      2,
      connectWith(4, 0xc0, rawString(''), rawString('alice'), rawString('p')),
    ],
    ['a client id that is too long', 2, connectWith(4, 0x02, rawString('x'.repeat(300)))],
    ['no user and no password', 5, connectWith(4, 0x02, rawString('x'))],
    ['a user without a password', 5, connectWith(4, 0x82, rawString('x'), rawString('alice'))],
    ['a wrong password', 4, rawConnect({ ...alice, password: 'wrong' })],
    ['an unknown user', 4, rawConnect({ ...alice, user: 'mallory' })],
  ];
  test.each(refusals)('%s gets return code %i, then the end', async (_name, code, bytes) => {
    const client = await RawMqtt.open(site.port);
    client.send(bytes);
    // [MQTT-3.2.2-4] Session present is 0.
    expect(await client.untilClosed()).toEqual([{ type: 2, flags: 0, body: Buffer.from([0, code]) }]);
  });
});

describe('after CONNECT', () => {
  const cases: [string, Buffer][] = [
    ['a second CONNECT [MQTT-3.1.0-2]', rawConnect(alice)],
    ['QoS 3 [MQTT-3.3.1-4]', rawPacket(0x36, rawString('a'), id(1))],
    ['DUP at QoS 0 [MQTT-3.3.1-2]', rawPublish('a', 'x', 0, 0, true)],
    ['packet identifier 0 in PUBLISH [MQTT-2.3.1-1]', rawPublish('a', 'x', 1, 0)],
    ['a PUBLISH without its identifier', rawPacket(0x32, rawString('a'))],
    ['PUBLISH to a + [MQTT-3.3.2-2]', rawPublish('a/+', 'x')],
    ['PUBLISH to a # [MQTT-3.3.2-2]', rawPublish('#', 'x')],
    ['PUBLISH to an empty topic [MQTT-4.7.3-1]', rawPublish('', 'x')],
    ['a topic with U+0000 [MQTT-1.5.3-2]', rawPublish('a\0b', 'x')],
    ['a topic that is not UTF-8 [MQTT-3.3.2-1]', rawPacket(0x30, rawString(Buffer.from([0x61, 0xff])))],
    ['a topic longer than its packet', rawPacket(0x30, [0, 9], Buffer.from('abc'))],
    ['a topic of too many levels', rawPublish('/'.repeat(200), 'x')],
    ['SUBSCRIBE with flags 0 [MQTT-3.8.1-1]', rawPacket(0x80, id(1), rawString('a'), [0])],
    ['SUBSCRIBE with identifier 0', rawSubscribe(0, ['a', 0])],
    ['SUBSCRIBE without filters [MQTT-3.8.3-3]', rawSubscribe(1)],
    ['SUBSCRIBE with QoS 3 [MQTT-3-8.3-4]', rawSubscribe(1, ['a', 3])],
    ['SUBSCRIBE with reserved QoS bits [MQTT-3-8.3-4]', rawSubscribe(1, ['a', 0x80])],
    ['a filter a# [MQTT-4.7.1-2]', rawSubscribe(1, ['a#', 0])],
    ['a filter #/a [MQTT-4.7.1-2]', rawSubscribe(1, ['#/a', 0])],
    ['a filter a+ [MQTT-4.7.1-3]', rawSubscribe(1, ['a+', 0])],
    ['a filter +a/b [MQTT-4.7.1-3]', rawSubscribe(1, ['+a/b', 0])],
    ['an empty filter [MQTT-4.7.3-1]', rawSubscribe(1, ['', 0])],
    ['a filter with U+0000', rawSubscribe(1, ['a\0', 0])],
    ['a filter without its QoS', rawPacket(0x82, id(1), rawString('a'))],
    ['UNSUBSCRIBE with flags 0 [MQTT-3.10.1-1]', rawPacket(0xa0, id(1), rawString('a'))],
    ['UNSUBSCRIBE without filters [MQTT-3.10.3-2]', rawPacket(0xa2, id(1))],
    ['PUBREL with flags 0 [MQTT-3.6.1-1]', rawPacket(0x60, id(1))],
    ['PUBACK with identifier 0', rawAck(4, 0)],
    ['PUBACK with three bytes', rawPacket(0x40, [0, 1, 0])],
    ['PINGREQ with a body', rawPacket(0xc0, [0])],
    ['DISCONNECT with flags [MQTT-3.14.1-1]', rawPacket(0xe1)],
    ['CONNACK from a client', rawPacket(0x20, [0, 0])],
    ['SUBACK from a client', rawPacket(0x90, id(1), [0])],
    ['PINGRESP from a client', rawPacket(0xd0)],
    ['packet type 0', rawPacket(0x00)],
    ['packet type 15', rawPacket(0xf0)],
    ['a packet larger than is allowed', rawPublish('a', 'x'.repeat(PACKET_BYTES_MAX))],
    ['the header of a packet larger than is allowed', Buffer.from([0x30, 0xff, 0xff, 0xff, 0x7f])],
    ['a remaining length of five bytes', Buffer.from([0x30, 0x80, 0x80, 0x80, 0x80, 0x01])],
  ];
  test.each(cases)('%s closes the connection, and the will goes out', async (_name, bytes) => {
    const watcher = await connectMqtt(site.port, 'bob');
    const seen = inbox(watcher);
    await watcher.subscribeAsync('wills/+', { qos: 1 });
    const client = await RawMqtt.open(site.port);
    const will = { topic: 'wills/raw', payload: 'gone', qos: 1, retain: false };
    client.send(rawConnect({ ...alice, will }));
    expect((await client.read()).body).toEqual(Buffer.from([0, 0]));
    client.send(bytes);
    expect(await client.untilClosed()).toEqual([]);
    expect((await seen.take(1)).map(({ text }) => text)).toEqual(['gone']);
    await watcher.endAsync();
  });
});

test('packets come whole from any cut of the stream', async () => {
  const client = await RawMqtt.open(site.port);
  const stream = Buffer.concat([
    rawConnect(alice),
    rawSubscribe(7, ['cut/#', 1]),
    rawPublish('cut/ä', 'first', 1, 8),
    rawPacket(0xc0),
  ]);
  for (const byte of stream) {
    client.socket.write(Buffer.from([byte]));
    await new Promise((resolve) => setImmediate(resolve));
  }
  const types: number[] = [];
  while (types.length < 5) types.push((await client.read()).type);
  expect(types.toSorted((a, b) => a - b)).toEqual([2, 3, 4, 9, 13]);
  client.end();
});

test('what was sent behind CONNECT is answered after CONNACK, however much it is', async () => {
  const client = await RawMqtt.open(site.port);
  const pings = Array.from({ length: 500 }, () => rawPacket(0xc0));
  const subscribes = Array.from({ length: 100 }, (_, index) => rawSubscribe(index + 1, [`many/${index}`, 0]));
  client.send(rawConnect(alice), ...subscribes, ...pings);
  const types: number[] = [];
  while (types.length < 601) types.push((await client.read()).type);
  expect(types[0]).toBe(2);
  expect(types.filter((type) => type === 9).length).toBe(100);
  expect(types.filter((type) => type === 13).length).toBe(500);
  client.end();
});

test('each refusal is found in the log afterwards, with its reason', async () => {
  const client = await RawMqtt.open(site.port);
  client.send(rawConnect(alice), rawPublish('a/+', 'x'));
  await client.untilClosed();
  const refused = () =>
    site.store.readLog(OFFSET_NONE, { countMax: 1_000, types: ['holdfast.mqtt.refused.v1'] });
  let records = await refused();
  while (records.length < site.broker.stats().refusedTotal) records = await refused();
  expect(records.at(-1)?.event.data).toEqual({
    clientId: 'raw',
    user: 'alice',
    address: '127.0.0.1',
    action: 'packet',
    code: 'MQTT_PROTOCOL_VIOLATION',
    reason: 'PUBLISH to an empty topic or one with wildcards',
    suppressedCount: 0,
  });
});
