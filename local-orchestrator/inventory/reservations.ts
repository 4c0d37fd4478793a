import type { PickLine } from '#contracts/capabilities.ts';
import type { Clock } from '#contracts/clock.ts';
import type { Store, StoreOp } from '#contracts/store.ts';
import type { ActContext } from './acts.ts';

/** What is set aside, and for whom. */
export interface Reservations {
  open(reservationId: string, lines: readonly PickLine[], act: ActContext): StoreOp;
  /** Lines of a reservation that still stands; undefined when there is nothing (left) to do. */
  standing(reservationId: string): Promise<readonly PickLine[] | undefined>;
  /** Leaves `left` set aside; somebody else's change since `before` was read makes the commit fail. */
  trim(reservationId: string, before: readonly PickLine[], left: readonly PickLine[]): StoreOp;
  close(reservationId: string, state: 'released' | 'consumed' | 'withdrawn'): StoreOp;
}

export function createReservations(parts: { store: Store; clock: Clock }): Reservations {
  const { store, clock } = parts;
  return {
    open(reservationId, lines, { orderId }) {
      const params = { reservationId, orderId, lines: JSON.stringify(lines), nowMs: clock.nowMs() };
      return { op: 'run', statement: 'inventory.reserve', params };
    },
    async standing(reservationId) {
      const [row] = await store.query('inventory.reservation', { reservationId });
      if (row?.state !== 'reserved') return undefined;
      return JSON.parse(String(row.lines)) as PickLine[];
    },
    trim(reservationId, before, left) {
      const lines = { before: JSON.stringify(before), left: JSON.stringify(left) };
      const params = { reservationId, ...lines, nowMs: clock.nowMs() };
      return { op: 'run', statement: 'inventory.trim', params, changes: 1 };
    },
    close(reservationId, state) {
      const params = { reservationId, state, nowMs: clock.nowMs() };
      return { op: 'run', statement: 'inventory.close', params, changes: 1 };
    },
  };
}
