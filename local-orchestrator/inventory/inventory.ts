import type { PickLine } from '#contracts/capabilities.ts';
import type { Clock } from '#contracts/clock.ts';
import { ApplianceError } from '#contracts/errors.ts';
import {
  inventoryConsumed,
  inventoryReleased,
  inventoryReserved,
  inventoryRestocked,
} from '#contracts/events/inventory.ts';
import type { PlaceConfig } from '#contracts/site-file.ts';
import type { Store, StoreOp } from '#contracts/store.ts';
import { type ActContext, changeRows, createActs } from './acts.ts';
import { allocate, type Shortage, type Wanted } from './allocate.ts';
import { createMoves, type Moves } from './moves.ts';
import { createPlaces, type Places } from './places.ts';
import { createReservations } from './reservations.ts';

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

export interface Inventory {
  open(): Promise<void>;
  /** Stock at the first start; a row counts once per article and place, for ever. */
  loadStock(rows: readonly StockRow[]): Promise<void>;
  /** Whether any place of the site has ever held it. */
  knows(sku: string): boolean;
  stock(sku: string): Promise<readonly (StockRow & { reserved: number })[]>;
  /**
   * Sets stock aside: in the racks, or in `places` when they are named.
   * Errors: SAGA_INVENTORY_SHORT, unless `partial`, which takes what there is.
   */
  reserve(
    wanted: readonly Wanted[],
    partial: boolean,
    act: ActContext,
    places?: readonly string[],
  ): Promise<Reservation>;
  /** Unknown and closed reservations count as released. */
  release(reservationId: string, act: ActContext): Promise<void>;
  /** Takes what was picked, gives back the rest. */
  consume(reservationId: string, picked: readonly PickLine[], act: ActContext): Promise<void>;
  /** What had left its shelf lies at `place` now, where nobody picks from. */
  restock(lines: readonly PickLine[], place: string, act: ActContext): Promise<void>;
  /** Goods that come in and goods that change their place. */
  readonly moves: Moves;
  /** Room and claims. */
  readonly places: Places;
}

const LOAD_COUNT_MAX = 1_000;

export function createInventory(parts: {
  store: Store;
  clock: Clock;
  site: string;
  places: readonly PlaceConfig[];
}): Inventory {
  const { store } = parts;
  const skus = new Set<string>();
  const acts = createActs(parts);
  const reservations = createReservations(parts);
  /** Orders are picked from racks alone. */
  const pickable = (place: string) =>
    (parts.places.find(({ id }) => id === place)?.kind ?? 'rack') === 'rack' ? 1 : 0;

  return {
    async open() {
      for (const { sku } of await store.query('inventory.skus')) skus.add(String(sku));
    },
    async loadStock(rows) {
      const sums = merge(rows).map(([sku, place, quantity]) => [sku, place, quantity, pickable(place)]);
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
    reserve: (wanted, partial, act, places) =>
      acts.once<Reservation>(act, async () => {
        const names = JSON.stringify(wanted.map(({ sku }) => sku));
        const where = { places: places === undefined ? null : JSON.stringify(places) };
        const free = (await store.query('inventory.free', { skus: names, ...where })).map((row) => ({
          sku: String(row.sku),
          place: String(row.place),
          free: Number(row.free),
        }));
        const { lines, short } = allocate(wanted, free);
        const [first] = short;
        if (first !== undefined && (!partial || lines.length === 0)) {
          throw new ApplianceError('SAGA_INVENTORY_SHORT', { ...first });
        }
        const { key: reservationId } = act;
        const rows = lines.map(({ sku, place, quantity }) => [sku, place, quantity]);
        const data = { reservationId, orderId: act.orderId, lines };
        const ops: StoreOp[] = [
          ...changeRows('inventory.setAside', rows),
          reservations.open(reservationId, lines, act),
          acts.event(inventoryReserved, reservationId, data, act),
        ];
        return { ops, result: { reservationId, lines, short } };
      }),
    release: (reservationId, act) =>
      acts.giveUp(reservationId, act, async () => {
        const lines = await reservations.standing(reservationId);
        if (lines === undefined) return [];
        const rows = lines.map(({ sku, place, quantity }) => [sku, place, quantity]);
        return [
          ...changeRows('inventory.giveBack', rows),
          reservations.close(reservationId, 'released'),
          acts.event(inventoryReleased, reservationId, { reservationId, orderId: act.orderId, lines }, act),
        ];
      }),
    consume: (reservationId, picked, act) =>
      acts
        .once(act, async () => {
          const lines = await reservations.standing(reservationId);
          if (lines === undefined) return { ops: [], result: null };
          const rows = lines.map(({ sku, place, quantity }) => {
            const taken = picked.find((one) => one.sku === sku && one.place === place)?.quantity ?? 0;
            return [sku, place, quantity, Math.min(quantity, taken)] as const;
          });
          const gone = rows
            .map(([sku, place, , quantity]) => ({ sku, place, quantity }))
            .filter(({ quantity }) => quantity > 0);
          const data = { reservationId, orderId: act.orderId, lines: gone };
          const ops = [
            ...changeRows('inventory.take', rows),
            reservations.close(reservationId, 'consumed'),
            acts.event(inventoryConsumed, reservationId, data, act),
          ];
          return { ops, result: null };
        })
        .then(() => {}),
    restock: (lines, place, act) =>
      acts
        .once(act, async () => {
          const rows = merge(lines.map(({ sku, quantity }) => ({ sku, place, quantity })));
          const moved = rows.map(([sku, , quantity]) => ({ sku, place, quantity }));
          const data = { reservationId: act.key, orderId: act.orderId, lines: moved };
          const ops = [
            ...changeRows('inventory.put', rows, { pickable: 0 }),
            acts.event(inventoryRestocked, act.key, data, act),
          ];
          return { ops, result: null };
        })
        .then(() => {}),
    moves: createMoves({
      acts,
      reservations,
      pickable,
      onReceived: (sku) => void skus.add(sku),
    }),
    places: createPlaces({ store, acts, clock: parts.clock, places: parts.places, pickable }),
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
