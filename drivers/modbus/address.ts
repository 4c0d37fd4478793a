import type { TagConfig } from '#contracts/site-devices.ts';
import type { TagType } from '#contracts/tags.ts';
import { badAddress } from '../common/bad-address.ts';

export const modbusTables = ['coil', 'discrete', 'holding', 'input'] as const;
export type ModbusTable = (typeof modbusTables)[number];

/** Where a tag lives: zero-based on the wire, whatever the vendor's 40001 notation says. */
export interface ModbusAddress {
  readonly table: ModbusTable;
  readonly start: number;
  /** Bits or registers. */
  readonly count: number;
}

type AddressedTag = Pick<TagConfig, 'name' | 'address' | 'type' | 'access'>;

/** Tables that a master can only read. */
const inputNames: Partial<Record<ModbusTable, string>> = {
  discrete: 'a discrete input',
  input: 'an input register',
};

const wordsOf: Readonly<Record<Exclude<TagType, 'string'>, number>> = {
  boolean: 1,
  int16: 1,
  uint16: 1,
  int32: 2,
  uint32: 2,
  float32: 2,
  float64: 4,
};
/** One read or write may carry no more. Modbus Application Protocol V1.1b3 §6.3 and §6.12. */
export const WRITE_REGISTERS_MAX = 123;

/**
 * Reads `coil:12`, `discrete:3`, `holding:20`, `input:7`; strings carry their length in registers,
 * `holding:100:18`.
 *
 * Errors: DRV_BAD_ADDRESS with what is wrong.
 */
export function parseModbusAddress(tag: AddressedTag): ModbusAddress {
  const read = readAddress(tag);
  if (typeof read === 'string') throw badAddress(tag, read);
  return read;
}

/** What is wrong with the address of a tag, in words; undefined when it is one. */
export function modbusAddressProblem(tag: AddressedTag): string | undefined {
  const read = readAddress(tag);
  return typeof read === 'string' ? read : undefined;
}

/** The address, or what is wrong with it. */
function readAddress({ address, type, access }: AddressedTag): ModbusAddress | string {
  const match = /^(coil|discrete|holding|input):(\d{1,5})(?::(\d{1,3}))?$/.exec(address);
  const table = modbusTables.find((name) => name === match?.[1]);
  if (match === null || table === undefined) return 'it needs a table and a number';
  const start = Number(match[2]);
  if (isBitTable(table) && type !== 'boolean') return `a ${table} is boolean, the tag is ${type}`;
  const length = match[3];
  if ((type === 'string') !== (length !== undefined)) {
    return length === undefined ? 'a string needs its length in registers' : 'only a string has a length';
  }
  const count = type === 'string' ? Number(length) : wordsOf[type];
  if (count < 1 || count > WRITE_REGISTERS_MAX) return `a length is 1 to ${WRITE_REGISTERS_MAX} registers`;
  if (start + count > 0x1_0000) return 'it reaches past 65535';
  const input = inputNames[table];
  if (input !== undefined && access === 'read-write') return `${input} cannot be written`;
  return { table, start, count };
}

export const isBitTable = (table: ModbusTable): boolean => table === 'coil' || table === 'discrete';
