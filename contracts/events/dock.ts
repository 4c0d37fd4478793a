import { Type } from 'typebox';
import { bookingStates } from '../docks.ts';
import { defineEvent } from './envelope.ts';

export const dockBookingChanged = defineEvent({
  type: 'holdfast.dock.booking-changed.v1',
  title: 'A slot at a dock was booked, moved, taken or given back',
  lane: 'business',
  classification: 'internal',
  data: Type.Object({
    bookingId: Type.String(),
    dockId: Type.String(),
    from: Type.String({ format: 'date-time' }),
    to: Type.String({ format: 'date-time' }),
    vehicle: Type.String(),
    state: Type.Enum([...bookingStates]),
    by: Type.String({ description: 'A user, a client or the saga of the booking.' }),
    reason: Type.Optional(Type.String()),
  }),
});
export const dockOrderChanged = defineEvent({
  type: 'holdfast.dock.order-changed.v1',
  title: 'A dock went out of order, or is in order again',
  lane: 'business',
  classification: 'internal',
  data: Type.Object({
    dockId: Type.String(),
    inOrder: Type.Boolean(),
    by: Type.String(),
    reason: Type.Union([Type.String(), Type.Null()]),
  }),
});

export const dockEvents = [dockBookingChanged, dockOrderChanged] as const;
