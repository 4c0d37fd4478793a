import type { PickLine } from '#contracts/capabilities.ts';
import { ApplianceError } from '#contracts/errors.ts';
import type { PlaceConfig } from '#contracts/site-file.ts';
import {
  ActivityFailure,
  type ActivityRunner,
  implement,
  localActivity,
  needsUndo,
} from '../activities/activity.ts';
import type { Wanted } from '../inventory/allocate.ts';
import type { Inventory } from '../inventory/inventory.ts';
import type { ClaimPurpose } from '../inventory/places.ts';
import { actOf } from './pick-activities.ts';

export interface SetAside {
  readonly reservationId: string;
  readonly lines: readonly PickLine[];
}
export interface RoomWish {
  readonly sku: string;
  readonly quantity: number;
  readonly near: string;
  /** That very place, or null for any rack. */
  readonly only: string | null;
}

export const receiveGoods = needsUndo(localActivity<PickLine, SetAside>('inventory.receive', 1));
export const withdrawGoods = localActivity<Record<string, never>, null>('inventory.withdraw', 1);
export const holdRoom = needsUndo(localActivity<RoomWish, { place: string }>('inventory.hold-room', 1));
export const leaveRoom = localActivity<Record<string, never>, null>('inventory.leave-room', 1);
/** Looks again once the goods are on their way: the place may have been closed meanwhile, or has turned out full. */
export const settlePlace = localActivity<
  RoomWish & { last: string; moveOn: boolean; avoided: readonly string[] },
  { place: string; avoided: readonly string[] }
>('inventory.settle-place', 1);
export const moveGoods = localActivity<
  { reservationId: string; lines: readonly PickLine[]; to: string | null; last: boolean },
  null
>('inventory.move', 1);
export const claimPlace = needsUndo(
  localActivity<{ place: string; purpose: ClaimPurpose }, { claimKey: string }>('inventory.claim', 1),
);
export const giveBackPlace = localActivity<{ place: string; claimKey: string | null }, null>(
  'inventory.give-back',
  1,
);
export const planRefill = localActivity<
  { place: string },
  { sku: string; quantity: number; present: number; target: number }
>('replenish.plan', 1);
export const reserveRefill = needsUndo(
  localActivity<
    { lines: readonly Wanted[] },
    SetAside & { firstPlace: string; quantity: number; short: number }
  >('replenish.reserve', 1),
);

/** The functions behind them. */
export function stockRunners(parts: {
  inventory: Inventory;
  places: readonly PlaceConfig[];
}): ActivityRunner[] {
  const { inventory, places } = parts;
  const placeOf = (id: string, kinds: readonly PlaceConfig['kind'][], what: string): PlaceConfig => {
    const fit = places.filter(({ kind }) => kinds.includes(kind));
    const found = fit.find((place) => place.id === id);
    if (found !== undefined) return found;
    const known = fit.map((place) => place.id).join(', ') || 'none, add one to the site file';
    throw new ApplianceError('STOCK_PLACE_NOT_FOUND', { place: id, what, known });
  };
  const near = (id: string) => places.find((place) => place.id === id) ?? null;

  return [
    implement(receiveGoods, (call) => {
      placeOf(call.input.place, ['receiving'], 'goods that come in');
      return inventory.moves.receive(call.input, actOf(call));
    }),
    implement(withdrawGoods, async (call) => {
      await inventory.moves.withdraw(undoneKey(call.key), actOf(call));
      return null;
    }),
    implement(holdRoom, async (call) => {
      const wish = { ...call.input, near: near(call.input.near), avoid: [], holder: call.sagaId };
      return { place: await inventory.places.holdRoom(wish, actOf(call)) };
    }),
    implement(leaveRoom, async (call) => {
      await inventory.places.leaveRoom(call.sagaId);
      return null;
    }),
    implement(settlePlace, async (call) => {
      const { last, moveOn, avoided, ...wish } = call.input;
      const avoid = moveOn ? [...avoided, last] : avoided;
      const asked = { ...wish, near: near(wish.near), avoid, holder: call.sagaId };
      return { place: await inventory.places.holdRoom(asked, actOf(call)), avoided: avoid };
    }),
    implement(moveGoods, async (call) => {
      await inventory.moves.move({ ...call.input, holder: call.sagaId }, actOf(call));
      return null;
    }),
    implement(claimPlace, async (call) => {
      const { place, purpose } = call.input;
      const what = purpose === 'count' ? 'a count' : 'replenishing';
      placeOf(place, purpose === 'count' ? ['rack', 'reserve'] : ['rack'], what);
      await inventory.places.claim(place, purpose, call.sagaId, actOf(call));
      return { claimKey: call.key };
    }),
    implement(giveBackPlace, async (call) => {
      const { place, claimKey } = call.input;
      await inventory.places.giveBack(claimKey ?? undoneKey(call.key), place, call.sagaId, actOf(call));
      return null;
    }),
    implement(planRefill, async ({ input }) => {
      const { holds } = placeOf(input.place, ['rack'], 'replenishing');
      if (holds === undefined) {
        const known = places.filter((place) => place.holds !== undefined).map(({ id }) => id);
        throw new ApplianceError('STOCK_PLACE_NOT_FOUND', {
          place: input.place,
          what: 'replenishing: it has no "holds"',
          known: known.join(', ') || 'none, add "holds" to a place of the site file',
        });
      }
      const { sku, target } = holds;
      const here = (await inventory.places.contents(input.place)).find((content) => content.sku === sku);
      const present = here?.quantity ?? 0;
      if (present >= target) {
        throw new ActivityFailure('ENOUGH', `${present} of ${target} pieces are there`, false);
      }
      return { sku, present, target, quantity: target - present };
    }),
    implement(reserveRefill, async (call) => {
      const reserves = places.filter(({ kind }) => kind === 'reserve').map(({ id }) => id);
      const { reservationId, lines, short } = await inventory.reserve(
        call.input.lines,
        true,
        actOf(call),
        reserves,
      );
      return {
        reservationId,
        lines,
        firstPlace: lines[0]?.place ?? '',
        quantity: lines.reduce((sum, line) => sum + line.quantity, 0),
        short: short.reduce((sum, { wanted, available }) => sum + wanted - available, 0),
      };
    }),
  ];
}

/** The amends for a step have its key with a suffix. */
export const undoneKey = (key: string): string => key.replace(/:undo$/, '');
