import type { PickLine } from '#contracts/capabilities.ts';
import { ApplianceError } from '#contracts/errors.ts';
import { inventoryMoved, inventoryReceived, inventoryReleased } from '#contracts/events/inventory.ts';
import { type ActContext, type Acts, changeRows } from './acts.ts';
import type { Reservations } from './reservations.ts';

export interface MoveRequest {
  readonly reservationId: string;
  readonly lines: readonly PickLine[];
  /** Where they lie now; null when they have left the site. */
  readonly to: string | null;
  /** True gives back what else the reservation holds. */
  readonly last: boolean;
  /** Whose room at the new place is filled by them. */
  readonly holder: string;
}

/** Goods that come in and goods that change their place: never counted twice, never in between. */
export interface Moves {
  /** Goods lie at a receiving place, set aside for the one who puts them away. */
  receive(line: PickLine, act: ActContext): Promise<{ reservationId: string; lines: readonly PickLine[] }>;
  /** They have not come in after all; what was moved meanwhile stays. */
  withdraw(reservationId: string, act: ActContext): Promise<void>;
  /** Errors: STOCK_GIVEN_UP when the reservation no longer stands. */
  move(request: MoveRequest, act: ActContext): Promise<void>;
}

export function createMoves(parts: {
  acts: Acts;
  reservations: Reservations;
  pickable: (place: string) => number;
  onReceived: (sku: string) => void;
}): Moves {
  const { acts, reservations, pickable } = parts;
  return {
    async receive(line, act) {
      const received = await acts.once(act, async () => {
        const reservationId = act.key;
        const { sku, place, quantity } = line;
        const result = { reservationId, lines: [line] };
        const ops = [
          ...changeRows('inventory.receive', [[sku, place, quantity]]),
          reservations.open(reservationId, [line], act),
          acts.event(inventoryReceived, reservationId, { ...result, orderId: act.orderId }, act),
        ];
        return { ops, result };
      });
      parts.onReceived(line.sku);
      return received;
    },
    withdraw: (reservationId, act) =>
      acts.giveUp(reservationId, act, async () => {
        const lines = await reservations.standing(reservationId);
        if (lines === undefined) return [];
        const data = { reservationId, orderId: act.orderId, lines };
        return [
          ...changeRows('inventory.take', takenRows(lines)),
          reservations.close(reservationId, 'withdrawn'),
          acts.event(inventoryReleased, reservationId, data, act),
        ];
      }),
    move: (request, act) =>
      acts
        .once(act, async () => {
          const { reservationId, to, last, holder } = request;
          const before = await reservations.standing(reservationId);
          if (before === undefined) throw new ApplianceError('STOCK_GIVEN_UP', { key: act.key });
          const { moved, left } = split(before, request.lines);
          const arrived = to === null ? [] : [...sums(moved)].map(([sku, sum]) => [sku, to, sum] as const);
          const data = { reservationId, orderId: act.orderId, lines: moved, to };
          const ops = [
            ...changeRows('inventory.take', takenRows(moved)),
            ...changeRows('inventory.put', arrived, { pickable: to === null ? 0 : pickable(to) }),
            reservations.trim(reservationId, before, left),
            ...(last
              ? [
                  ...changeRows('inventory.giveBack', left.map(rowOf)),
                  reservations.close(reservationId, 'consumed'),
                ]
              : []),
            { op: 'run' as const, statement: 'inventory.leaveRoom', params: { holder } },
            acts.event(inventoryMoved, reservationId, data, act),
          ];
          return { ops, result: null };
        })
        .then(() => {}),
  };
}

const rowOf = ({ sku, place, quantity }: PickLine) => [sku, place, quantity] as const;
/** Article, place, what is no longer set aside, what is no longer there. */
const takenRows = (lines: readonly PickLine[]) =>
  lines.map(({ sku, place, quantity }) => [sku, place, quantity, quantity] as const);

/** What of a reservation was moved, and what is left of it. Nobody moves more than was set aside. */
export function split(
  reserved: readonly PickLine[],
  wanted: readonly PickLine[],
): { moved: readonly PickLine[]; left: readonly PickLine[] } {
  const moved: PickLine[] = [];
  const left: PickLine[] = [];
  for (const line of reserved) {
    const asked = wanted.find(({ sku, place }) => sku === line.sku && place === line.place)?.quantity ?? 0;
    const quantity = Math.min(line.quantity, asked);
    if (quantity > 0) moved.push({ ...line, quantity });
    if (quantity < line.quantity) left.push({ ...line, quantity: line.quantity - quantity });
  }
  return { moved, left };
}

function sums(lines: readonly PickLine[]): Map<string, number> {
  const bySku = new Map<string, number>();
  for (const { sku, quantity } of lines) bySku.set(sku, (bySku.get(sku) ?? 0) + quantity);
  return bySku;
}
