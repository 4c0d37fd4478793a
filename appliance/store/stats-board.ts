import type { DiskState, StoreStats } from '#contracts/store.ts';

/**
 * Numbers that the store's threads write and the host reads, over shared memory: reading statistics costs no
 * message and works while a thread is stuck in a flush. Each slot has one writing thread.
 */
const slots = [
  'head',
  'commitCount',
  'eventCount',
  'batchCount',
  'conflictCount',
  'refusedCount',
  'telemetryRefusedCount',
  'historyWrittenCount',
  'historyDroppedCount',
  'queuedCount',
  'batchMsLast',
  'batchMsMax',
  'batchMsSum',
  'readCount',
  'readMsMax',
  'walBytes',
  'databaseBytes',
  'freeBytes',
  'loopDelayMsP50',
  'loopDelayMsP99',
  'loopDelayMsMax',
  'disk',
  'integrity',
] as const;
export type Slot = (typeof slots)[number];

const diskStates: readonly DiskState[] = ['ok', 'low', 'critical'];
const integrityStates: readonly StoreStats['integrity'][] = ['not-needed', 'running', 'ok', 'broken'];

export interface StatsBoard {
  readonly memory: SharedArrayBuffer;
  set(slot: Slot, value: number): void;
  add(slot: Slot, by?: number): void;
  max(slot: Slot, value: number): void;
  setDisk(state: DiskState): void;
  setIntegrity(state: StoreStats['integrity']): void;
  read(): StoreStats;
}

export function statsBoard(
  memory: SharedArrayBuffer = new SharedArrayBuffer(slots.length * Float64Array.BYTES_PER_ELEMENT),
): StatsBoard {
  const numbers = new Float64Array(memory);
  const at = Object.fromEntries(slots.map((slot, index) => [slot, index])) as Record<Slot, number>;
  const get = (slot: Slot): number => numbers[at[slot]] ?? 0;
  const set = (slot: Slot, value: number): void => {
    numbers[at[slot]] = value;
  };
  return {
    memory,
    set,
    add: (slot, by = 1) => set(slot, get(slot) + by),
    max: (slot, value) => set(slot, Math.max(get(slot), value)),
    setDisk: (state) => set('disk', diskStates.indexOf(state)),
    setIntegrity: (state) => set('integrity', integrityStates.indexOf(state)),
    read() {
      const values = Object.fromEntries(slots.map((slot) => [slot, get(slot)])) as Record<Slot, number>;
      return {
        ...values,
        disk: diskStates[values.disk] ?? 'ok',
        integrity: integrityStates[values.integrity] ?? 'not-needed',
      };
    },
  };
}
