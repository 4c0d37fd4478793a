/** What a slave offers: each returns undefined for an address it does not have. */
export interface RegisterMap {
  coil(address: number): boolean | undefined;
  discrete(address: number): boolean | undefined;
  holding(address: number): number | undefined;
  input(address: number): number | undefined;
  /** False: there is no such coil. */
  writeCoil(address: number, value: boolean): boolean;
  /** False: no such register. `bad-value`: the register does not take it. */
  writeHolding(address: number, value: number): boolean | 'bad-value';
}

const ILLEGAL_FUNCTION = 1;
const ILLEGAL_ADDRESS = 2;
const ILLEGAL_VALUE = 3;
/** Modbus Application Protocol V1.1b3 §6.1, §6.3, §6.11, §6.12. */
const BITS_READ_MAX = 2000;
const REGISTERS_READ_MAX = 125;
const BITS_WRITE_MAX = 1968;
const REGISTERS_WRITE_MAX = 123;
/** MODBUS Messaging on TCP/IP V1.0b §3.1.3: unit id and PDU of at most 253 bytes. */
export const MBAP_LENGTH_MAX = 254;

export interface Frame {
  readonly transaction: number;
  readonly unit: number;
  readonly pdu: Buffer;
}

export type Taken =
  | { state: 'partial' }
  | { state: 'garbage' }
  | { state: 'frame'; frame: Frame; bytes: number };

/** Takes one MBAP frame off the front of what came. Garbage cannot be resynchronised: end the connection. */
export function takeFrame(bytes: Buffer): Taken {
  if (bytes.length < 7) return { state: 'partial' };
  const length = bytes.readUInt16BE(4);
  if (bytes.readUInt16BE(2) !== 0 || length < 2 || length > MBAP_LENGTH_MAX) return { state: 'garbage' };
  if (bytes.length < 6 + length) return { state: 'partial' };
  const frame = {
    transaction: bytes.readUInt16BE(0),
    unit: bytes.readUInt8(6),
    pdu: bytes.subarray(7, 6 + length),
  };
  return { state: 'frame', frame, bytes: 6 + length };
}

export function frameBytes({ transaction, unit, pdu }: Frame): Buffer {
  const head = Buffer.alloc(7);
  head.writeUInt16BE(transaction, 0);
  head.writeUInt16BE(pdu.length + 1, 4);
  head.writeUInt8(unit, 6);
  return Buffer.concat([head, pdu]);
}

/** Answers one request. Addresses are looked at before anything is written; a bad value ends a write half-way. */
export function answerPdu(map: RegisterMap, pdu: Buffer): Buffer {
  const code = pdu[0] ?? 0;
  const refuse = (exception: number) => Buffer.from([code | 0x80, exception]);
  if (pdu.length < 5) return refuse(handlers[code] === undefined ? ILLEGAL_FUNCTION : ILLEGAL_VALUE);
  const answer = handlers[code]?.(map, pdu, pdu.readUInt16BE(1), pdu.readUInt16BE(3)) ?? ILLEGAL_FUNCTION;
  return typeof answer === 'number' ? refuse(answer) : answer;
}

type Handler = (map: RegisterMap, pdu: Buffer, address: number, second: number) => Buffer | number;

const handlers: Readonly<Record<number, Handler>> = {
  1: (map, _, address, count) => readBits(1, (at) => map.coil(at), address, count),
  2: (map, _, address, count) => readBits(2, (at) => map.discrete(at), address, count),
  3: (map, _, address, count) => readRegisters(3, (at) => map.holding(at), address, count),
  4: (map, _, address, count) => readRegisters(4, (at) => map.input(at), address, count),
  5: (map, pdu, address, value) => {
    if (value !== 0 && value !== 0xff00) return ILLEGAL_VALUE;
    return map.writeCoil(address, value !== 0) ? Buffer.from(pdu.subarray(0, 5)) : ILLEGAL_ADDRESS;
  },
  6: (map, pdu, address, value) => {
    const written = map.writeHolding(address, value);
    if (written === 'bad-value') return ILLEGAL_VALUE;
    return written ? Buffer.from(pdu.subarray(0, 5)) : ILLEGAL_ADDRESS;
  },
  15: writeCoils,
  16: writeRegisters,
};

function readBits(
  code: number,
  read: (address: number) => boolean | undefined,
  address: number,
  count: number,
): Buffer | number {
  if (count < 1 || count > BITS_READ_MAX) return ILLEGAL_VALUE;
  const answer = Buffer.alloc(2 + Math.ceil(count / 8));
  answer[0] = code;
  answer[1] = answer.length - 2;
  for (let index = 0; index < count; index++) {
    const bit = read(address + index);
    if (bit === undefined) return ILLEGAL_ADDRESS;
    if (bit) answer[2 + (index >> 3)] = (answer[2 + (index >> 3)] ?? 0) | (1 << (index & 7));
  }
  return answer;
}

function readRegisters(
  code: number,
  read: (address: number) => number | undefined,
  address: number,
  count: number,
): Buffer | number {
  if (count < 1 || count > REGISTERS_READ_MAX) return ILLEGAL_VALUE;
  const answer = Buffer.alloc(2 + 2 * count);
  answer[0] = code;
  answer[1] = 2 * count;
  for (let index = 0; index < count; index++) {
    const word = read(address + index);
    if (word === undefined) return ILLEGAL_ADDRESS;
    answer.writeUInt16BE(word & 0xffff, 2 + 2 * index);
  }
  return answer;
}

function writeCoils(map: RegisterMap, pdu: Buffer, address: number, count: number): Buffer | number {
  const bytes = Math.ceil(count / 8);
  if (count < 1 || count > BITS_WRITE_MAX || pdu[5] !== bytes || pdu.length !== 6 + bytes)
    return ILLEGAL_VALUE;
  for (let index = 0; index < count; index++) {
    if (map.coil(address + index) === undefined) return ILLEGAL_ADDRESS;
  }
  for (let index = 0; index < count; index++) {
    map.writeCoil(address + index, (((pdu[6 + (index >> 3)] ?? 0) >> (index & 7)) & 1) === 1);
  }
  return Buffer.from(pdu.subarray(0, 5));
}

function writeRegisters(map: RegisterMap, pdu: Buffer, address: number, count: number): Buffer | number {
  if (count < 1 || count > REGISTERS_WRITE_MAX || pdu[5] !== 2 * count || pdu.length !== 6 + 2 * count) {
    return ILLEGAL_VALUE;
  }
  for (let index = 0; index < count; index++) {
    if (map.holding(address + index) === undefined) return ILLEGAL_ADDRESS;
  }
  for (let index = 0; index < count; index++) {
    if (map.writeHolding(address + index, pdu.readUInt16BE(6 + 2 * index)) === 'bad-value')
      return ILLEGAL_VALUE;
  }
  return Buffer.from(pdu.subarray(0, 5));
}
