import type { Frame } from './framer.ts';
import {
  type Acknowledgement,
  CONNECT,
  DISCONNECT,
  type Packet,
  PINGREQ,
  PUBACK,
  PUBCOMP,
  PUBLISH,
  PUBREC,
  PUBREL,
  type Qos,
  SUBSCRIBE,
  UNSUBSCRIBE,
  type Violation,
  violation,
} from './packets.ts';
import { parseConnect } from './parse-connect.ts';
import { isTopicFilter, isTopicName, levelCount } from './topics.ts';
import { readString } from './utf8.ts';

export interface ParseLimits {
  readonly clientIdBytesMax: number;
  readonly topicLevelsMax: number;
}

/**
 * Reads a packet that a client may send, and checks all that MQTT 3.1.1 says of its bytes. Strict on purpose:
 * what passes here is what aedes, the router and other clients get to see.
 */
export function parsePacket(frame: Frame, limits: ParseLimits): Packet | Violation {
  const { type, flags, body } = frame;
  if (type === PUBLISH) return parsePublish(flags, body, limits.topicLevelsMax);
  // [MQTT-2.2.2-1], [MQTT-2.2.2-2], table 2.2
  const wantedFlags = type === PUBREL || type === SUBSCRIBE || type === UNSUBSCRIBE ? 0x02 : 0;
  if (flags !== wantedFlags) return violation(`reserved flags ${flags} in packet type ${type}`);
  switch (type) {
    case CONNECT:
      return parseConnect(body, limits.clientIdBytesMax);
    case PUBACK:
    case PUBREC:
    case PUBREL:
    case PUBCOMP:
      return parseAcknowledgement(type, body);
    case SUBSCRIBE:
      return parseSubscribe(body);
    case UNSUBSCRIBE:
      return parseUnsubscribe(body);
    case PINGREQ:
      return body.length === 0 ? { kind: 'pingreq' } : violation('PINGREQ with a body');
    case DISCONNECT:
      return body.length === 0 ? { kind: 'disconnect' } : violation('DISCONNECT with a body');
    default:
      return violation(`packet type ${type} from a client`);
  }
}

function parsePublish(flags: number, body: Buffer, topicLevelsMax: number): Packet | Violation {
  const qos = (flags >> 1) & 3;
  if (qos === 3) return violation('QoS 3'); // [MQTT-3.3.1-4]
  if (qos === 0 && flags & 0x08) return violation('DUP at QoS 0'); // [MQTT-3.3.1-2]
  const topic = readString(body, 0);
  if (topic.text === undefined) return violation('the topic of PUBLISH is not a string'); // [MQTT-3.3.2-1]
  if (!isTopicName(topic.text)) return violation('PUBLISH to an empty topic or one with wildcards'); // [MQTT-3.3.2-2]
  if (levelCount(topic.text) > topicLevelsMax) return violation(`a topic of over ${topicLevelsMax} levels`);
  const retain = (flags & 0x01) !== 0;
  if (qos === 0) {
    const payload = body.subarray(topic.end);
    return { kind: 'publish', topic: topic.text, payload, qos, retain, messageId: 0 };
  }
  const messageId = readMessageId(body, topic.end);
  if (messageId === undefined) return violation('PUBLISH without a packet identifier'); // [MQTT-2.3.1-1]
  const payload = body.subarray(topic.end + 2);
  return { kind: 'publish', topic: topic.text, payload, qos: qos as Qos, retain, messageId };
}

const acknowledgementKinds: Readonly<Record<number, Acknowledgement['kind']>> = {
  [PUBACK]: 'puback',
  [PUBREC]: 'pubrec',
  [PUBREL]: 'pubrel',
  [PUBCOMP]: 'pubcomp',
};

function parseAcknowledgement(type: number, body: Buffer): Packet | Violation {
  const kind = acknowledgementKinds[type];
  const messageId = readMessageId(body, 0);
  if (kind === undefined || messageId === undefined || body.length !== 2) {
    return violation(`a malformed packet of type ${type}`);
  }
  return { kind, messageId };
}

function parseSubscribe(body: Buffer): Packet | Violation {
  const messageId = readMessageId(body, 0);
  if (messageId === undefined) return violation('SUBSCRIBE without a packet identifier');
  const filters: { filter: string; qos: Qos }[] = [];
  let at = 2;
  while (at < body.length) {
    const filter = readString(body, at);
    if (filter.text === undefined) return violation('a topic filter is not a string'); // [MQTT-3.8.3-1]
    if (!isTopicFilter(filter.text)) return violation('a malformed topic filter'); // [MQTT-4.7.1-2], [MQTT-4.7.1-3]
    const qos = body[filter.end];
    if (qos === undefined || qos > 2) return violation('a malformed QoS in SUBSCRIBE'); // [MQTT-3-8.3-4]
    filters.push({ filter: filter.text, qos: qos as Qos });
    at = filter.end + 1;
  }
  if (filters.length === 0) return violation('SUBSCRIBE without a topic filter'); // [MQTT-3.8.3-3]
  return { kind: 'subscribe', messageId, filters };
}

function parseUnsubscribe(body: Buffer): Packet | Violation {
  const messageId = readMessageId(body, 0);
  if (messageId === undefined) return violation('UNSUBSCRIBE without a packet identifier');
  const filters: string[] = [];
  let at = 2;
  while (at < body.length) {
    const filter = readString(body, at);
    if (filter.text === undefined) return violation('a topic filter is not a string'); // [MQTT-3.10.3-1]
    if (!isTopicFilter(filter.text)) return violation('a malformed topic filter');
    filters.push(filter.text);
    at = filter.end;
  }
  if (filters.length === 0) return violation('UNSUBSCRIBE without a topic filter'); // [MQTT-3.10.3-2]
  return { kind: 'unsubscribe', messageId, filters };
}

// [MQTT-2.3.1-1] A packet identifier is never 0.
function readMessageId(body: Buffer, start: number): number | undefined {
  const id = body.length - start >= 2 ? body.readUInt16BE(start) : 0;
  return id === 0 ? undefined : id;
}
