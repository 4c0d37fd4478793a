import { type Connect, type Qos, type Violation, violation, type Will } from './packets.ts';
import { isTopicName } from './topics.ts';
import { readString } from './utf8.ts';

const PROTOCOL_LEVEL_311 = 4;

/**
 * Reads the body of CONNECT, MQTT 3.1.1 §3.1. Answers with return code 0x01 or 0x02 where the standard has
 * one, and with a violation (close without CONNACK) elsewhere.
 */
export function parseConnect(body: Buffer, clientIdBytesMax: number): Connect | Violation {
  const name = readString(body, 0);
  if (name.text === undefined) return violation('CONNECT without a protocol name');
  const level = body[name.end];
  const flags = body[name.end + 1];
  if (level === undefined || flags === undefined || body.length < name.end + 4) {
    return violation('CONNECT is too short');
  }
  // MQTT 3.1 calls itself MQIsdp; everything else is not MQTT at all. [MQTT-3.1.2-1], [MQTT-3.1.2-2]
  if (name.text !== 'MQTT' && name.text !== 'MQIsdp') return violation('CONNECT names another protocol');
  if (name.text !== 'MQTT' || level !== PROTOCOL_LEVEL_311) {
    return { kind: 'refused', returnCode: 1, problem: `protocol level ${level} is not MQTT 3.1.1` };
  }
  const wrong = flagProblem(flags);
  if (wrong !== undefined) return violation(wrong);
  return parsePayload(body, name.end + 4, flags, body.readUInt16BE(name.end + 2), clientIdBytesMax);
}

function flagProblem(flags: number): string | undefined {
  if (flags & 0x01) return 'the reserved CONNECT flag is set'; // [MQTT-3.1.2-3]
  const willQos = (flags >> 3) & 3;
  if (willQos === 3) return 'will QoS 3'; // [MQTT-3.1.2-14]
  // [MQTT-3.1.2-11], [MQTT-3.1.2-13], [MQTT-3.1.2-15]
  if (!(flags & 0x04) && flags & 0x38) return 'will QoS or will retain without a will';
  if (flags & 0x40 && !(flags & 0x80)) return 'a password without a user name'; // [MQTT-3.1.2-22]
  return undefined;
}

function parsePayload(
  body: Buffer,
  start: number,
  flags: number,
  keepAliveSeconds: number,
  clientIdBytesMax: number,
): Connect | Violation {
  const clean = (flags & 0x02) !== 0;
  const id = readString(body, start);
  if (id.text === undefined) return violation('the client id is not a string'); // [MQTT-3.1.3-4]
  if (id.text === '' && !clean) {
    // [MQTT-3.1.3-8]
    return { kind: 'refused', returnCode: 2, problem: 'an empty client id without clean session' };
  }
  if (id.end - start - 2 > clientIdBytesMax) {
    return { kind: 'refused', returnCode: 2, problem: `a client id of more than ${clientIdBytesMax} bytes` };
  }
  const will = parseWill(body, id.end, flags);
  if ('kind' in will) return will;
  let end = will.end;
  let user: string | undefined;
  if (flags & 0x80) {
    const text = readString(body, end);
    if (text.text === undefined) return violation('the user name is not a string'); // [MQTT-3.1.3-11]
    user = text.text;
    end = text.end;
  }
  let password: Buffer | undefined;
  if (flags & 0x40) {
    const bytes = readBytes(body, end);
    if (bytes === undefined) return violation('the password is cut off');
    password = bytes;
    end += 2 + bytes.length;
  }
  if (end !== body.length) return violation('CONNECT has bytes left over');
  return { kind: 'connect', clientId: id.text, clean, keepAliveSeconds, user, password, will: will.will };
}

function parseWill(
  body: Buffer,
  start: number,
  flags: number,
): { will: Will | undefined; end: number } | Violation {
  if (!(flags & 0x04)) return { will: undefined, end: start };
  const topic = readString(body, start);
  if (topic.text === undefined || !isTopicName(topic.text)) return violation('the will topic is not a topic');
  const payload = readBytes(body, topic.end);
  if (payload === undefined) return violation('the will message is cut off');
  return {
    will: { topic: topic.text, payload, qos: ((flags >> 3) & 3) as Qos, retain: (flags & 0x20) !== 0 },
    end: topic.end + 2 + payload.length,
  };
}

function readBytes(body: Buffer, start: number): Buffer | undefined {
  if (body.length - start < 2) return undefined;
  const end = start + 2 + body.readUInt16BE(start);
  return end <= body.length ? body.subarray(start + 2, end) : undefined;
}
