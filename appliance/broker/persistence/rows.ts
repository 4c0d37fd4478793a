import type { SqlRow, StoreOp } from '#contracts/store.ts';
import type { Qos } from '../wire/packets.ts';

/** A message that a session is owed, as its row says. */
export interface OwedMessage {
  readonly seq: number;
  readonly topic: string;
  readonly payload: Uint8Array;
  readonly qos: Qos;
  readonly retain: boolean;
  /** The peer has taken the message (PUBREC); what is owed is PUBREL. */
  readonly released: boolean;
}

// What a row costs beside topic and payload, so that many empty messages fill a queue as well.
const ROW_BYTES = 64;
export const owedBytes = (message: { topic: string; payload: string | Uint8Array }): number =>
  message.topic.length + message.payload.length + ROW_BYTES;

export function toOwed(row: SqlRow): OwedMessage {
  return {
    seq: Number(row.seq),
    topic: String(row.topic),
    payload: toBytes(row.payload),
    qos: Number(row.qos) as Qos,
    retain: Number(row.retain) === 1,
    released: Number(row.released) === 1,
  };
}

export function toBytes(value: SqlRow[string] | undefined): Uint8Array {
  return value instanceof Uint8Array ? value : Buffer.from(String(value ?? ''));
}

export interface OutgoingRow {
  readonly topic: string;
  readonly payload: string | Uint8Array;
  readonly qos: number;
  readonly retain: boolean;
  readonly brokerId?: string | undefined;
  readonly brokerCounter?: number | undefined;
}

export function putOutgoing(client: string, seq: number, message: OutgoingRow): StoreOp {
  return {
    op: 'run',
    statement: 'broker.outgoing-put',
    params: {
      client,
      seq,
      topic: message.topic,
      payload: message.payload,
      qos: message.qos,
      retain: Number(message.retain),
      bytes: owedBytes(message),
      brokerId: message.brokerId ?? null,
      brokerCounter: message.brokerCounter ?? null,
    },
  };
}

export const deleteOutgoing = (client: string, seq: number): StoreOp => ({
  op: 'run',
  statement: 'broker.outgoing-delete',
  params: { client, seq },
});

export const releaseOutgoing = (client: string, seq: number): StoreOp => ({
  op: 'run',
  statement: 'broker.outgoing-release',
  params: { client, seq },
});

export function putIncoming(
  client: string,
  messageId: number,
  packet?: { topic: string; payload: string | Uint8Array; qos: number; retain: boolean },
): StoreOp {
  return {
    op: 'run',
    statement: 'broker.incoming-put',
    params: {
      client,
      messageId,
      topic: packet?.topic ?? null,
      payload: packet?.payload ?? null,
      qos: packet?.qos ?? null,
      retain: packet === undefined ? null : Number(packet.retain),
    },
  };
}

export const deleteIncoming = (client: string, messageId: number): StoreOp => ({
  op: 'run',
  statement: 'broker.incoming-delete',
  params: { client, messageId },
});

export const deleteWill = (client: string): StoreOp => ({
  op: 'run',
  statement: 'broker.will-delete',
  params: { client },
});

/** Everything that is kept of a session, gone in one transaction [MQTT-3.1.2-6]. */
export function deleteSession(client: string): StoreOp[] {
  const statements = ['session-delete', 'subscriptions-delete', 'outgoing-clear', 'incoming-clear'];
  return statements.map((name) => ({ op: 'run', statement: `broker.${name}`, params: { client } }));
}
