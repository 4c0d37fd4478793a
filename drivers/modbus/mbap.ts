/** One answer as it came: header fields and the PDU (function code and data). */
export interface MbapFrame {
  readonly transactionId: number;
  readonly unitId: number;
  readonly pdu: Buffer;
}

export type MbapSplit =
  | { state: 'ok'; frames: readonly MbapFrame[]; rest: Buffer }
  /** The stream lost its frames; nothing after this point can be trusted to begin where a frame begins. */
  | { state: 'broken'; frames: readonly MbapFrame[]; problem: string };

const HEADER_BYTES = 7;
/** Length counts the unit id and the PDU, which is at most 253 bytes. Modbus Messaging on TCP/IP V1.0b §3.1.3. */
const LENGTH_MIN = 2;
const LENGTH_MAX = 254;

/**
 * Cuts a byte stream into Modbus TCP frames.
 *
 * Shape:  transaction id, protocol id 0, length, unit id; each big-endian; then the PDU.
 * Errors: none are thrown. A header that cannot be one makes the rest `broken`.
 * Source: Modbus Messaging on TCP/IP Implementation Guide V1.0b §3.1.3.
 */
export function splitMbap(bytes: Buffer): MbapSplit {
  const frames: MbapFrame[] = [];
  let rest = bytes;
  while (rest.length >= HEADER_BYTES) {
    const protocolId = rest.readUInt16BE(2);
    if (protocolId !== 0) return { state: 'broken', frames, problem: `protocol id ${protocolId}` };
    const length = rest.readUInt16BE(4);
    if (length < LENGTH_MIN || length > LENGTH_MAX) {
      return { state: 'broken', frames, problem: `frame length ${length}` };
    }
    const end = 6 + length;
    if (rest.length < end) break;
    frames.push({
      transactionId: rest.readUInt16BE(0),
      unitId: rest.readUInt8(6),
      pdu: rest.subarray(HEADER_BYTES, end),
    });
    rest = rest.subarray(end);
  }
  return { state: 'ok', frames, rest };
}

/** A request as it goes on the wire. */
export function frameMbap({ transactionId, unitId, pdu }: MbapFrame): Buffer {
  const header = Buffer.alloc(HEADER_BYTES);
  header.writeUInt16BE(transactionId, 0);
  header.writeUInt16BE(pdu.length + 1, 4);
  header.writeUInt8(unitId, 6);
  return Buffer.concat([header, pdu]);
}
