import { Type } from 'typebox';
import { defineEvent } from './envelope.ts';

const Reservation = Type.Object({
  reservationId: Type.String(),
  orderId: Type.String(),
  lines: Type.Array(
    Type.Object({ sku: Type.String(), quantity: Type.Integer({ minimum: 1 }), place: Type.String() }),
  ),
});

const inventory = <T extends typeof Reservation>(
  verb: 'reserved' | 'released' | 'consumed' | 'restocked',
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

export const inventoryEvents = [
  inventoryReserved,
  inventoryReleased,
  inventoryConsumed,
  inventoryRestocked,
] as const;
