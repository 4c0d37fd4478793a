import {
  type Acknowledgement,
  CONNACK,
  PUBACK,
  PUBCOMP,
  PUBLISH,
  PUBREC,
  PUBREL,
  type Qos,
  SUBACK,
  SUBSCRIBE,
  UNSUBACK,
} from './packets.ts';

export interface Outgoing {
  readonly topic: string;
  readonly payload: Uint8Array;
  readonly qos: Qos;
  readonly retain: boolean;
  readonly dup: boolean;
  /** Not written at QoS 0. */
  readonly messageId: number;
}

export function encodePublish(message: Outgoing): Buffer {
  const { topic, payload, qos } = message;
  const topicBytes = Buffer.byteLength(topic);
  const remaining = 2 + topicBytes + (qos > 0 ? 2 : 0) + payload.length;
  const lengthBytes = remaining < 128 ? 1 : remaining < 16_384 ? 2 : remaining < 2_097_152 ? 3 : 4;
  const bytes = Buffer.allocUnsafe(1 + lengthBytes + remaining);
  bytes[0] = (PUBLISH << 4) | (message.dup ? 8 : 0) | (qos << 1) | (message.retain ? 1 : 0);
  let at = writeLength(bytes, 1, remaining);
  at = bytes.writeUInt16BE(topicBytes, at);
  at += bytes.write(topic, at);
  if (qos > 0) at = bytes.writeUInt16BE(message.messageId, at);
  bytes.set(payload, at);
  return bytes;
}

const firstBytes = {
  puback: PUBACK << 4,
  pubrec: PUBREC << 4,
  pubrel: (PUBREL << 4) | 0x02, // [MQTT-3.6.1-1]
  pubcomp: PUBCOMP << 4,
} as const;

export function encodeAcknowledgement(kind: Acknowledgement['kind'], messageId: number): Buffer {
  return Buffer.from([firstBytes[kind], 2, messageId >> 8, messageId & 0xff]);
}

export const PINGRESP_BYTES = Buffer.from([0xd0, 0]);

export function encodeConnack(returnCode: number, sessionPresent: boolean): Buffer {
  return Buffer.from([CONNACK << 4, 2, returnCode === 0 && sessionPresent ? 1 : 0, returnCode]);
}

/** SUBACK codes are granted QoS values or 0x80, one per filter of the SUBSCRIBE, in its order [MQTT-3.9.3-1]. */
export function encodeSuback(messageId: number, codes: readonly number[]): Buffer {
  return withLength(SUBACK << 4, [messageId >> 8, messageId & 0xff, ...codes]);
}

export function encodeUnsuback(messageId: number): Buffer {
  return Buffer.from([UNSUBACK << 4, 2, messageId >> 8, messageId & 0xff]);
}

/** A SUBSCRIBE for aedes, with what is left after grants and limits. */
export function encodeSubscribe(messageId: number, filters: readonly { filter: string; qos: Qos }[]): Buffer {
  const body: Buffer[] = [Buffer.from([messageId >> 8, messageId & 0xff])];
  for (const { filter, qos } of filters) {
    const head = Buffer.allocUnsafe(2);
    head.writeUInt16BE(Buffer.byteLength(filter));
    body.push(head, Buffer.from(filter), Buffer.from([qos]));
  }
  return withLength((SUBSCRIBE << 4) | 0x02, Buffer.concat(body));
}

function withLength(first: number, body: ArrayLike<number>): Buffer {
  const header = Buffer.allocUnsafe(5);
  header[0] = first;
  const end = writeLength(header, 1, body.length);
  return Buffer.concat([header.subarray(0, end), Uint8Array.from(body)]);
}

function writeLength(bytes: Buffer, start: number, value: number): number {
  let at = start;
  let left = value;
  do {
    const byte = left % 128;
    left = Math.floor(left / 128);
    bytes[at++] = left > 0 ? byte | 0x80 : byte;
  } while (left > 0);
  return at;
}
