import { createHash } from 'node:crypto';
import type { PickedLine, PickLine } from '#contracts/capabilities.ts';
import type { PlaceConfig } from '#contracts/site-file.ts';
import {
  type ActivityCall,
  type ActivityRunner,
  implement,
  localActivity,
  needsUndo,
} from '../activities/activity.ts';
import type { Fleet } from '../fleet/fleet.ts';
import type { ActContext } from '../inventory/acts.ts';
import type { Shortage, Wanted } from '../inventory/allocate.ts';
import type { Inventory } from '../inventory/inventory.ts';

export const reserveStock = needsUndo(
  localActivity<
    { lines: readonly Wanted[]; partial: boolean },
    { reservationId: string; lines: readonly PickLine[]; short: readonly Shortage[]; firstPlace: string }
  >('inventory.reserve', 1),
);
export const releaseStock = localActivity<Record<string, never>, null>('inventory.release', 1);
export const consumeStock = needsUndo(
  localActivity<{ reservationId: string; lines: readonly PickLine[] }, null>('inventory.consume', 1),
);
export const restock = localActivity<{ lines: readonly PickLine[]; place: string }, null>(
  'inventory.restock',
  1,
);

export const chooseRobot = needsUndo(
  localActivity<
    {
      near: string;
      robots: readonly string[];
      batteryMin: number;
      priority: number;
      sinceMs: number;
      /** Tells the robots of one saga apart when it has several at a time. */
      hand?: number;
    },
    { robotId: string; epoch: number; toteId: string }
  >('fleet.choose', 1),
);
export const releaseRobot = localActivity<{ epoch: number | null; hand?: number }, null>('fleet.release', 1);
/** Records that a tote is no longer ours: whoever took the robot out of service sees to what it carries. */
export const leaveTote = localActivity<{ robotId: string; toteId: string }, null>('fleet.leave-tote', 1);

export interface Inspection {
  readonly exceptionCount: number;
  /** What may be sent on: the right article, at most as much as was wanted. */
  readonly good: readonly PickLine[];
  readonly short: readonly Wanted[];
  /** What is wrong, in words. */
  readonly words: string;
}
export const inspectPick = localActivity<
  {
    wanted: readonly PickLine[];
    /** null when a person has said that it was picked as wanted. */
    picked: readonly PickedLine[] | null;
    unreserved: readonly Shortage[];
  },
  Inspection
>('pick-order.inspect', 1);

/** Compares what the robot says it picked with what was wanted. Pure. */
export function inspect(
  wanted: readonly PickLine[],
  picked: readonly PickedLine[] | null,
  unreserved: readonly Shortage[],
): Inspection {
  const good: PickLine[] = [];
  const short: Wanted[] = unreserved.map((one) => ({ sku: one.sku, quantity: one.wanted - one.available }));
  const problems: string[] = [];
  for (const { sku, quantity, place } of wanted) {
    const seen = picked?.filter((line) => line.sku === sku && line.place === place) ?? [];
    const wrong = seen.find((line) => line.seenSku !== sku);
    const right = seen.filter((line) => line.seenSku === sku);
    const count = Math.min(
      quantity,
      right.reduce((sum, line) => sum + line.quantity, 0),
    );
    const got = picked === null ? quantity : count;
    if (got > 0) good.push({ sku, quantity: got, place });
    if (got === quantity) continue;
    short.push({ sku, quantity: quantity - got });
    problems.push(
      wrong === undefined
        ? `${got} of ${quantity} × ${sku} at ${place}`
        : `${wrong.seenSku} instead of ${sku} at ${place}`,
    );
  }
  return { exceptionCount: problems.length, good, short, words: problems.join('; ') };
}

/** A change of stock on behalf of a call: its key, and what it belongs to. */
export const actOf = (
  call: Pick<ActivityCall<unknown>, 'key' | 'correlationId' | 'traceparent'>,
): ActContext => ({ key: call.key, orderId: call.correlationId, traceparent: call.traceparent });

/** The functions behind the activities of pick-order that need no device. */
export function pickRunners(parts: {
  inventory: Inventory;
  fleet: Fleet;
  places: readonly PlaceConfig[];
}): ActivityRunner[] {
  const { inventory, fleet, places } = parts;
  return [
    implement(reserveStock, async (call) => {
      const { lines, partial } = call.input;
      const reservation = await inventory.reserve(lines, partial, actOf(call));
      return { ...reservation, firstPlace: reservation.lines[0]?.place ?? '' };
    }),
    implement(releaseStock, async (call) => {
      // The reservation has the key of the step; this is the amends for that very step.
      await inventory.release(call.key.replace(/:undo$/, ''), actOf(call));
      return null;
    }),
    implement(consumeStock, async (call) => {
      await inventory.consume(call.input.reservationId, call.input.lines, actOf(call));
      return null;
    }),
    implement(restock, async (call) => {
      await inventory.restock(call.input.lines, call.input.place, actOf(call));
      return null;
    }),
    implement(
      chooseRobot,
      async (call) => {
        const { near, robots, batteryMin, priority, sinceMs, hand } = call.input;
        const place = places.find(({ id }) => id === near) ?? null;
        const wish = {
          holder: holderOf(call.sagaId, hand),
          near: place,
          robots,
          batteryMin,
          priority,
          sinceMs,
        };
        const lease = await fleet.acquire(wish, call.signal);
        return { ...lease, toteId: toteOf(call.correlationId, call.work.visit) };
      },
      // They wait in the fleet's own queue, in the order of urgency; a turnstile before it would undo that.
      { concurrencyMax: Number.POSITIVE_INFINITY },
    ),
    implement(releaseRobot, async (call) => {
      await fleet.release(holderOf(call.sagaId, call.input.hand), call.input.epoch);
      return null;
    }),
    implement(leaveTote, () => null),
    implement(inspectPick, ({ input }) => inspect(input.wanted, input.picked, input.unreserved)),
  ];
}

const holderOf = (sagaId: string, hand: number | undefined): string =>
  hand === undefined ? sagaId : `${sagaId}#${hand}`;

const TOTE_ORDER_LENGTH_MAX = 56;

/** A new try takes a new tote: the old one may still be on a robot that nobody hears of. */
function toteOf(orderId: string, visit: number): string {
  const name =
    orderId.length <= TOTE_ORDER_LENGTH_MAX
      ? orderId
      : createHash('sha256').update(orderId).digest('hex').slice(0, 32);
  return `${name}-t${visit}`;
}
