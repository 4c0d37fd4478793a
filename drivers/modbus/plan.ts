import type { TagConfig } from '#contracts/site-devices.ts';
import { isBitTable, type ModbusAddress, type ModbusTable, modbusTables } from './address.ts';

/** Modbus Application Protocol V1.1b3 §6.3: 125 registers; §6.1: 2000 bits. */
export const READ_REGISTERS_MAX = 125;
export const READ_BITS_MAX = 2_000;

export interface PlannedTag {
  readonly tag: TagConfig;
  readonly address: ModbusAddress;
}

/** One read on the wire and the tags it serves. */
export interface ReadGroup {
  readonly table: ModbusTable;
  readonly start: number;
  readonly count: number;
  readonly tags: readonly PlannedTag[];
}

export interface PlanLimits {
  /** Unwanted registers, or 16 times as many unwanted bits, read to join two groups. */
  readonly gapRegistersMax: number;
}

/**
 * Groups tags into as few reads as the limits allow. A tag is never split over two reads: its words would be of
 * different moments.
 */
export function planReads(
  tags: readonly PlannedTag[],
  { gapRegistersMax }: PlanLimits,
): readonly ReadGroup[] {
  return modbusTables.flatMap((table) => {
    const bits = isBitTable(table);
    const limits = {
      countMax: bits ? READ_BITS_MAX : READ_REGISTERS_MAX,
      // A gap costs bytes on the wire; one register carries as many bytes as 16 bits.
      gapMax: bits ? gapRegistersMax * 16 : gapRegistersMax,
    };
    const sorted = tags
      .filter(({ address }) => address.table === table)
      .toSorted((one, other) => one.address.start - other.address.start);
    const groups: ReadGroup[] = [];
    for (const planned of sorted) {
      const last = groups.at(-1);
      const joined = last === undefined ? undefined : join(last, planned, limits);
      if (joined === undefined) groups.push({ table, ...extent(planned), tags: [planned] });
      else groups[groups.length - 1] = joined;
    }
    return groups;
  });
}

const extent = ({ address: { start, count } }: PlannedTag) => ({ start, count });

function join(
  group: ReadGroup,
  planned: PlannedTag,
  { countMax, gapMax }: { countMax: number; gapMax: number },
): ReadGroup | undefined {
  const { start, count } = planned.address;
  const gap = start - (group.start + group.count);
  const joinedCount = Math.max(group.count, start + count - group.start);
  if (gap > gapMax || joinedCount > countMax) return undefined;
  return { ...group, count: joinedCount, tags: [...group.tags, planned] };
}
