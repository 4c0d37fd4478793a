import { type TSchema, Type } from 'typebox';
import { defineEvent } from './envelope.ts';

const Reservation = Type.Object({
  reservationId: Type.String(),
  orderId: Type.String(),
  lines: Type.Array(
    Type.Object({ sku: Type.String(), quantity: Type.Integer({ minimum: 1 }), place: Type.String() }),
  ),
});

const inventory = <T extends TSchema>(
  verb:
    | 'reserved'
    | 'released'
    | 'consumed'
    | 'restocked'
    | 'received'
    | 'moved'
    | 'adjusted'
    | 'claim-changed',
  title: string,
  data: T,
) =>
  defineEvent({
    type: `holdfast.inventory.${verb}.v1`,
    title,
    lane: 'business',
    classification: 'internal',
    data,
  });

export const inventoryReserved = inventory('reserved', 'Stock was set aside for an order', Reservation);
export const inventoryReleased = inventory('released', 'Reserved stock went back', Reservation);
export const inventoryConsumed = inventory('consumed', 'Reserved stock left its place', Reservation);
export const inventoryRestocked = inventory(
  'restocked',
  'Goods that had left their place lie somewhere else now, such as in the reject lane',
  Reservation,
);

export const inventoryReceived = inventory(
  'received',
  'Goods came in and lie at their receiving place, set aside to be put away',
  Reservation,
);
export const inventoryMoved = inventory(
  'moved',
  'Goods that were set aside lie at another place now, or have left the site',
  Type.Object({ ...Reservation.properties, to: Type.Union([Type.String(), Type.Null()]) }),
);
export const inventoryAdjusted = inventory(
  'adjusted',
  'The books of a place were set to what was counted',
  Type.Object({
    place: Type.String(),
    orderId: Type.String({ description: 'The count.' }),
    changes: Type.Array(
      Type.Object({
        sku: Type.String(),
        from: Type.Integer({ minimum: 0 }),
        to: Type.Integer({ minimum: 0 }),
      }),
    ),
  }),
);
export const inventoryClaimChanged = inventory(
  'claim-changed',
  'A place was taken for a purpose, such as counting, or given back',
  Type.Object({
    place: Type.String(),
    purpose: Type.String(),
    holder: Type.String(),
    taken: Type.Boolean(),
  }),
);

export const inventoryEvents = [
  inventoryReserved,
  inventoryReleased,
  inventoryConsumed,
  inventoryRestocked,
  inventoryReceived,
  inventoryMoved,
  inventoryAdjusted,
  inventoryClaimChanged,
] as const;
