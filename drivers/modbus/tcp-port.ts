import { EventEmitter } from 'node:events';
import type { Socket } from 'node:net';
import { frameMbap, splitMbap } from './mbap.ts';

const CRC_BYTES = 2;
const TRANSACTION_IDS = 0x1_0000;

export interface PortCounters {
  /** Answers to requests that were given up, or that nobody asked for. */
  strayAnswers: number;
  /** Streams that lost their frames. */
  brokenStreams: number;
}

/**
 * The port under modbus-serial. Its own TCP port hands an answer to whatever request its transaction table holds
 * at that id, buffers without limit and reads any header as a header. This one has a single request in flight,
 * lets only its answer through, and gives the connection up when the stream is no Modbus.
 *
 * Emits `data` (unit, PDU, CRC, as modbus-serial expects) and `broken` with the problem.
 */
export class ModbusTcpPort extends EventEmitter {
  // Read and written by modbus-serial. It has one request at a time, so one id is enough for its table.
  _transactionIdRead = 1;
  _transactionIdWrite = 1;
  readonly counters: PortCounters = { strayAnswers: 0, brokenStreams: 0 };
  readonly #socket: Socket;
  #awaited: number | null = null;
  #nextId = 1;
  #rest: Buffer = Buffer.alloc(0);

  constructor(socket: Socket) {
    super();
    this.#socket = socket;
    socket.on('data', (bytes: Buffer) => this.#receive(bytes));
  }

  get isOpen(): boolean {
    return !this.#socket.destroyed;
  }

  open(callback: (error?: Error) => void): void {
    callback();
  }

  close(callback?: () => void): void {
    this.destroy();
    callback?.();
  }

  destroy(): void {
    this.#awaited = null;
    this.#socket.destroy();
  }

  /** An answer that still comes for the request in flight is nobody's from here on. */
  forget(): void {
    this.#awaited = null;
  }

  write(buffer: Buffer): void {
    const transactionId = this.#nextId;
    this.#nextId = (this.#nextId + 1) % TRANSACTION_IDS;
    this.#awaited = transactionId;
    const pdu = buffer.subarray(1, -CRC_BYTES);
    this.#socket.write(frameMbap({ transactionId, unitId: buffer.readUInt8(0), pdu }));
  }

  #receive(bytes: Buffer): void {
    const split = splitMbap(this.#rest.length === 0 ? bytes : Buffer.concat([this.#rest, bytes]));
    // A frame is at most 260 bytes, so what waits for its rest is bounded.
    this.#rest = split.state === 'ok' ? split.rest : Buffer.alloc(0);
    for (const frame of split.frames) {
      if (frame.transactionId !== this.#awaited) {
        this.counters.strayAnswers += 1;
        continue;
      }
      this.#awaited = null;
      this.emit('data', withCrc(frame.unitId, frame.pdu));
    }
    if (split.state === 'broken') {
      this.counters.brokenStreams += 1;
      this.emit('broken', split.problem);
    }
  }
}

/** modbus-serial checks a CRC on every port, TCP too. CRC-16/MODBUS, low byte first. */
function withCrc(unitId: number, pdu: Buffer): Buffer {
  const frame = Buffer.alloc(1 + pdu.length + CRC_BYTES);
  frame.writeUInt8(unitId, 0);
  pdu.copy(frame, 1);
  let crc = 0xffff;
  for (const byte of frame.subarray(0, -CRC_BYTES)) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit += 1) crc = (crc & 1) === 1 ? (crc >> 1) ^ 0xa001 : crc >> 1;
  }
  frame.writeUInt16LE(crc, frame.length - CRC_BYTES);
  return frame;
}
