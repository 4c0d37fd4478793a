import { ApplianceError } from '#contracts/errors.ts';
import type { TagConfig } from '#contracts/site-file.ts';
import type { TagType } from '#contracts/tags.ts';

export const modbusTables = ['coil', 'discrete', 'holding', 'input'] as const;
export type ModbusTable = (typeof modbusTables)[number];

/** Where a tag lives: zero-based on the wire, whatever the vendor's 40001 notation says. */
export interface ModbusAddress {
  readonly table: ModbusTable;
  readonly start: number;
  /** Bits or registers. */
  readonly count: number;
}

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
export function parseModbusAddress(tag: Pick<TagConfig, 'name' | 'address' | 'type'>): ModbusAddress {
  const fail = (problem: string) =>
    new ApplianceError('DRV_BAD_ADDRESS', { tag: tag.name, address: tag.address, problem });
  const match = /^(coil|discrete|holding|input):(\d{1,5})(?::(\d{1,3}))?$/.exec(tag.address);
  const table = modbusTables.find((name) => name === match?.[1]);
  if (match === null || table === undefined) throw fail('it needs a table and a number');
  const start = Number(match[2]);
  const isBit = table === 'coil' || table === 'discrete';
  if (isBit && tag.type !== 'boolean') throw fail(`a ${table} is boolean, the tag is ${tag.type}`);
  const length = match[3];
  if ((tag.type === 'string') !== (length !== undefined)) {
    throw fail(
      length === undefined ? 'a string needs its length in registers' : 'only a string has a length',
    );
  }
  const count = tag.type === 'string' ? Number(length) : wordsOf[tag.type];
  if (count < 1 || count > WRITE_REGISTERS_MAX)
    throw fail(`a length is 1 to ${WRITE_REGISTERS_MAX} registers`);
  if (start + count > 0x1_0000) throw fail('it reaches past 65535');
  return { table, start, count };
}

export const isBitTable = (table: ModbusTable): boolean => table === 'coil' || table === 'discrete';
