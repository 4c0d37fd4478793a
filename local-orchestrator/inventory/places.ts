import type { Clock } from '#contracts/clock.ts';
import { ApplianceError } from '#contracts/errors.ts';
import { inventoryAdjusted, inventoryClaimChanged } from '#contracts/events/inventory.ts';
import type { PlaceConfig } from '#contracts/site-file.ts';
import type { Store } from '#contracts/store.ts';
import { type ActContext, type Acts, changeRows } from './acts.ts';
import { choosePlace, type PlaceWish } from './choose-place.ts';

export interface Content {
  readonly sku: string;
  readonly quantity: number;
  readonly reserved: number;
}
/** The books of one article at one place, before and after. */
export interface StockChange {
  readonly sku: string;
  readonly from: number;
  readonly to: number;
}
/** count: nobody picks from it or brings to it. replenish: only that no second one begins. */
export type ClaimPurpose = 'count' | 'replenish';

/** Places as stock sees them: what lies there, what fits, and who has them for a purpose. */
export interface Places {
  contents(place: string): Promise<readonly Content[]>;
  /**
   * Finds a rack with room and holds the room for `holder`, which has one room at a time: it moves with it.
   * `only` asks for that very place. Errors: STOCK_NO_ROOM.
   */
  holdRoom(
    wish: PlaceWish & { readonly only: string | null; readonly holder: string },
    act: ActContext,
  ): Promise<string>;
  leaveRoom(holder: string): Promise<void>;
  /** Errors: STOCK_CLAIMED, unless it is the holder's own. */
  claim(place: string, purpose: ClaimPurpose, holder: string, act: ActContext): Promise<void>;
  /** `claimKey` is the key of the claim that is given back. Others' claims stay. */
  giveBack(claimKey: string, place: string, holder: string, act: ActContext): Promise<void>;
  claims(): Promise<readonly { place: string; purpose: ClaimPurpose; holder: string }[]>;
  /** Sets the books to what was counted. Errors: STOCK_CHANGED, STOCK_PROMISED. */
  adjust(place: string, changes: readonly StockChange[], act: ActContext): Promise<void>;
}

export function createPlaces(parts: {
  store: Store;
  acts: Acts;
  clock: Clock;
  places: readonly PlaceConfig[];
  pickable: (place: string) => number;
}): Places {
  const { store, acts, clock, places, pickable } = parts;
  const racks = places.filter(({ kind }) => kind === 'rack');

  const loads = async (sku: string, holder: string) => {
    const ids = JSON.stringify(racks.map(({ id }) => id));
    const rows = await store.query('inventory.loads', { places: ids, sku, holder });
    const byId = new Map(rows.map((row) => [String(row.place), row]));
    return racks.map((place) => {
      const row = byId.get(place.id);
      return {
        place,
        filled: Number(row?.filled ?? 0),
        same: Number(row?.same ?? 0),
        closed: Number(row?.closed ?? 0) === 1,
      };
    });
  };

  const contents = async (place: string): Promise<readonly Content[]> =>
    (await store.query('inventory.contents', { place })).map((row) => ({
      sku: String(row.sku),
      quantity: Number(row.quantity),
      reserved: Number(row.reserved),
    }));

  const claimEvent = (place: string, purpose: string, holder: string, taken: boolean, act: ActContext) =>
    acts.event(inventoryClaimChanged, place, { place, purpose, holder, taken }, act);

  return {
    contents,
    holdRoom: (wish, act) =>
      acts.once(act, async () => {
        const { sku, quantity, only, holder } = wish;
        const all = await loads(sku, holder);
        const chosen = choosePlace(wish, only === null ? all : all.filter(({ place }) => place.id === only));
        if (chosen === undefined) throw new ApplianceError('STOCK_NO_ROOM', { sku, quantity });
        const capacity = chosen.capacity ?? null;
        const params = { holder, place: chosen.id, sku, quantity, capacity };
        return {
          ops: [{ op: 'run', statement: 'inventory.holdRoom', params, changes: 1 }],
          result: chosen.id,
        };
      }),
    async leaveRoom(holder) {
      await store.commit([{ op: 'run', statement: 'inventory.leaveRoom', params: { holder } }], {
        reserve: true,
      });
    },
    claim: (place, purpose, holder, act) =>
      acts
        .once(act, async () => {
          const [row] = await store.query('inventory.claimOf', { place });
          const other = row === undefined ? holder : String(row.holder);
          if (other !== holder)
            throw new ApplianceError('STOCK_CLAIMED', {
              place,
              purpose: String(row?.purpose),
              holder: other,
            });
          const params = { place, purpose, holder, nowMs: clock.nowMs() };
          const ops = [
            { op: 'run' as const, statement: 'inventory.claim', params, changes: 1 },
            claimEvent(place, purpose, holder, true, act),
          ];
          return { ops, result: null };
        })
        .then(() => {}),
    giveBack: (claimKey, place, holder, act) =>
      acts.giveUp(claimKey, act, async () => {
        const [row] = await store.query('inventory.claimOf', { place });
        if (row === undefined || String(row.holder) !== holder) return [];
        return [
          { op: 'run', statement: 'inventory.unclaim', params: { place, holder }, changes: 1 },
          claimEvent(place, String(row.purpose), holder, false, act),
        ];
      }),
    async claims() {
      return (await store.query('inventory.claims')).map((row) => ({
        place: String(row.place),
        purpose: row.purpose as ClaimPurpose,
        holder: String(row.holder),
      }));
    },
    adjust: (place, changes, act) =>
      acts
        .once(act, async () => {
          const now = new Map((await contents(place)).map((content) => [content.sku, content]));
          for (const { sku, from, to } of changes) refuseAdjust(place, sku, from, to, now.get(sku));
          const rows = changes.map(({ sku, from, to }) => [sku, place, from, to, pickable(place)]);
          const ops = [
            ...(rows.length === 0
              ? []
              : [
                  {
                    op: 'run' as const,
                    statement: 'inventory.found',
                    params: { rows: JSON.stringify(rows) },
                  },
                ]),
            ...changeRows('inventory.adjust', rows),
            acts.event(inventoryAdjusted, place, { place, orderId: act.orderId, changes }, act),
          ];
          return { ops, result: null };
        })
        .then(() => {}),
  };
}

function refuseAdjust(place: string, sku: string, from: number, to: number, now: Content | undefined): void {
  const found = now?.quantity ?? 0;
  if (found !== from) throw new ApplianceError('STOCK_CHANGED', { sku, place, expected: from, found });
  const promised = now?.reserved ?? 0;
  if (promised > to) throw new ApplianceError('STOCK_PROMISED', { quantity: promised, place });
}
