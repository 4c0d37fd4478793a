import type { PickLine } from '#contracts/capabilities.ts';
import type { Clock } from '#contracts/clock.ts';
import { ApplianceError, isApplianceError } from '#contracts/errors.ts';
import { createEvent, type EventDefinition } from '#contracts/events/envelope.ts';
import {
  inventoryConsumed,
  inventoryReleased,
  inventoryReserved,
  inventoryRestocked,
} from '#contracts/events/inventory.ts';
import type { Store, StoreOp } from '#contracts/store.ts';
import { ActivityFailure } from '../activities/activity.ts';
import { allocate, type Shortage, type Wanted } from './allocate.ts';

export interface StockRow {
  readonly sku: string;
  readonly place: string;
  readonly quantity: number;
}
export interface Reservation {
  readonly reservationId: string;
  readonly lines: readonly PickLine[];
  readonly short: readonly Shortage[];
}
/** Every act carries a key: done once, answered the same however often it is asked for. */
export interface ActContext {
  readonly key: string;
  readonly orderId: string;
  readonly traceparent: string | null;
}

export interface Inventory {
  open(): Promise<void>;
  /** Stock at the first start; a row counts once per article and place, for ever. */
  loadStock(rows: readonly StockRow[]): Promise<void>;
  /** Whether any place of the site has ever held it. */
  knows(sku: string): boolean;
  stock(sku: string): Promise<readonly (StockRow & { reserved: number })[]>;
  /** Errors: SAGA_INVENTORY_SHORT, unless `partial`, which takes what there is. */
  reserve(wanted: readonly Wanted[], partial: boolean, act: ActContext): Promise<Reservation>;
  /** Unknown and closed reservations count as released. */
  release(reservationId: string, act: ActContext): Promise<void>;
  /** Takes what was picked, gives back the rest. */
  consume(reservationId: string, picked: readonly PickLine[], act: ActContext): Promise<void>;
  /** What had left its shelf lies at `place` now, where nobody picks from. */
  restock(lines: readonly PickLine[], place: string, act: ActContext): Promise<void>;
}

const GIVEN_UP: Reservation = { reservationId: '', lines: [], short: [] };

const LOAD_COUNT_MAX = 1_000;
/** Two orders that want the last of an article: the loser looks again. */
const CONFLICT_TRIES_MAX = 20;

export function createInventory(parts: { store: Store; clock: Clock; site: string }): Inventory {
  const { store, clock, site } = parts;
  const skus = new Set<string>();

  /** The answer given before under this key, if any. */
  const earlier = async <T>(key: string): Promise<T | undefined> => {
    const [row] = await store.query('inventory.act', { key });
    return row === undefined ? undefined : (JSON.parse(String(row.result)) as T);
  };

  /** Does an act once: looks, prepares, commits; somebody else's change in between starts it over. */
  const once = async <T>(
    act: ActContext,
    prepare: () => Promise<{ ops: StoreOp[]; result: T }>,
  ): Promise<T> => {
    for (let tries = 1; ; tries += 1) {
      const known = await earlier<T>(act.key);
      if (known !== undefined) return known;
      const { ops, result } = await prepare();
      const params = { key: act.key, result: JSON.stringify(result), nowMs: clock.nowMs() };
      try {
        await store.commit([{ op: 'run', statement: 'inventory.act', params }, ...ops], { reserve: true });
        return result;
      } catch (error) {
        if (!isApplianceError(error, 'STORE_CONFLICT') || tries >= CONFLICT_TRIES_MAX) throw error;
      }
    }
  };

  const told = (
    event: EventDefinition,
    reservationId: string,
    lines: readonly PickLine[],
    act: ActContext,
  ): StoreOp => {
    const { orderId } = act;
    const traceparent = act.traceparent ?? undefined;
    const context = {
      site,
      component: 'inventory',
      nowMs: clock.nowMs(),
      correlationId: orderId,
      traceparent,
    };
    const data = { reservationId, orderId, lines };
    return { op: 'append', event: createEvent(event, reservationId, data, context, orderId) };
  };

  const change = (statement: string, rows: readonly (readonly unknown[])[], more = {}): StoreOp[] =>
    rows.length === 0
      ? []
      : [
          {
            op: 'run',
            statement,
            params: { rows: JSON.stringify(rows), ...more },
            changes: rows.length,
          },
        ];

  const close = (reservationId: string, state: 'released' | 'consumed'): StoreOp => {
    const params = { reservationId, state, nowMs: clock.nowMs() };
    return { op: 'run', statement: 'inventory.close', params, changes: 1 };
  };

  /** A reservation that was given up before it was made must not be made by a straggler afterwards. */
  const tombstone = (reservationId: string): StoreOp => {
    const params = { key: reservationId, result: JSON.stringify(GIVEN_UP), nowMs: clock.nowMs() };
    return { op: 'run', statement: 'inventory.act', params };
  };

  /** Lines of a reservation that still stands; undefined when there is nothing (left) to do. */
  const standing = async (reservationId: string): Promise<readonly PickLine[] | undefined> => {
    const [row] = await store.query('inventory.reservation', { reservationId });
    if (row?.state !== 'reserved') return undefined;
    return JSON.parse(String(row.lines)) as PickLine[];
  };

  return {
    async open() {
      for (const { sku } of await store.query('inventory.skus')) skus.add(String(sku));
    },
    async loadStock(rows) {
      const sums = merge(rows);
      for (let from = 0; from < sums.length; from += LOAD_COUNT_MAX) {
        const params = { rows: JSON.stringify(sums.slice(from, from + LOAD_COUNT_MAX)) };
        await store.commit([
          { op: 'run', statement: 'inventory.load', params },
          { op: 'run', statement: 'inventory.loaded', params },
        ]);
      }
      for (const { sku } of rows) skus.add(sku);
    },
    knows: (sku) => skus.has(sku),
    async stock(sku) {
      const rows = await store.query('inventory.stock', { sku });
      return rows.map((row) => ({
        sku,
        place: String(row.place),
        quantity: Number(row.quantity),
        reserved: Number(row.reserved),
      }));
    },
    async reserve(wanted, partial, act) {
      const reservation = await once<Reservation>(act, async () => {
        const names = JSON.stringify(wanted.map(({ sku }) => sku));
        const free = (await store.query('inventory.free', { skus: names })).map((row) => ({
          sku: String(row.sku),
          place: String(row.place),
          free: Number(row.free),
        }));
        const { lines, short } = allocate(wanted, free);
        const [first] = short;
        if (first !== undefined && (!partial || lines.length === 0)) {
          throw new ApplianceError('SAGA_INVENTORY_SHORT', { ...first });
        }
        const { key: reservationId, orderId } = act;
        const params = { reservationId, orderId, lines: JSON.stringify(lines), nowMs: clock.nowMs() };
        const rows = lines.map(({ sku, place, quantity }) => [sku, place, quantity]);
        const ops: StoreOp[] = [
          ...change('inventory.setAside', rows),
          { op: 'run', statement: 'inventory.reserve', params },
          told(inventoryReserved, reservationId, lines, act),
        ];
        return { ops, result: { reservationId, lines, short } };
      });
      if (reservation.reservationId === GIVEN_UP.reservationId) {
        throw new ActivityFailure('GIVEN_UP', 'the reservation was given up before it was made', false);
      }
      return reservation;
    },
    async release(reservationId, act) {
      await once(act, async () => {
        if ((await earlier(reservationId)) === undefined)
          return { ops: [tombstone(reservationId)], result: null };
        const lines = await standing(reservationId);
        if (lines === undefined) return { ops: [], result: null };
        const rows = lines.map(({ sku, place, quantity }) => [sku, place, quantity]);
        const ops = [
          ...change('inventory.giveBack', rows),
          close(reservationId, 'released'),
          told(inventoryReleased, reservationId, lines, act),
        ];
        return { ops, result: null };
      });
    },
    async consume(reservationId, picked, act) {
      await once(act, async () => {
        const lines = await standing(reservationId);
        if (lines === undefined) return { ops: [], result: null };
        const rows = lines.map(({ sku, place, quantity }) => {
          const taken = picked.find((one) => one.sku === sku && one.place === place)?.quantity ?? 0;
          return [sku, place, quantity, Math.min(quantity, taken)] as const;
        });
        const gone = rows
          .map(([sku, place, , quantity]) => ({ sku, place, quantity }))
          .filter(({ quantity }) => quantity > 0);
        const ops = [
          ...change('inventory.take', rows),
          close(reservationId, 'consumed'),
          told(inventoryConsumed, reservationId, gone, act),
        ];
        return { ops, result: null };
      });
    },
    async restock(lines, place, act) {
      await once(act, async () => {
        const rows = merge(lines.map(({ sku, quantity }) => ({ sku, place, quantity })));
        const moved = rows.map(([sku, , quantity]) => ({ sku, place, quantity }));
        const ops = [
          ...change('inventory.put', rows, { pickable: 0 }),
          told(inventoryRestocked, act.key, moved, act),
        ];
        return { ops, result: null };
      });
    },
  };
}

/** One row per article and place, as an upsert of several rows must not meet the same one twice. */
function merge(rows: readonly StockRow[]): (readonly [string, string, number])[] {
  const sums = new Map<string, [string, string, number]>();
  for (const { sku, place, quantity } of rows) {
    const key = JSON.stringify([sku, place]);
    const sum = sums.get(key);
    if (sum === undefined) sums.set(key, [sku, place, quantity]);
    else sum[2] += quantity;
  }
  return [...sums.values()];
}
