import { type Static, Type } from 'typebox';
import { Id } from './config-parts.ts';

const closed = { additionalProperties: false } as const;

/** One dock of the site file. A vehicle is loaded at it while its restraint holds and its door is open. */
export const DockConfig = Type.Object(
  {
    id: Id('Name of the dock.'),
    place: Id('Place of kind dock where robots put down what is loaded.'),
    door: Id('Capability of kind Door.'),
    restraint: Id('Capability of kind Dock that holds the vehicle.'),
  },
  closed,
);
export type DockConfig = Static<typeof DockConfig>;

/** How docks are handed over to vehicles. */
export const DockRules = Type.Object(
  {
    noShowMinutes: Type.Integer({
      minimum: 1,
      maximum: 1_440,
      default: 30,
      description: 'A vehicle that has not come so long after the begin of its slot is a no-show.',
    }),
    robotsMax: Type.Integer({
      minimum: 1,
      maximum: 16,
      default: 2,
      description: 'Robots that load at one dock at the same time.',
    }),
  },
  { ...closed, default: {} },
);
export type DockRules = Static<typeof DockRules>;

/**
 * booked: the slot is held. arrived: the vehicle stands there. released: it is loaded, let go, and may leave.
 * departed, cancelled and no-show (it did not come, and nobody called it off): the slot is free again and the booking
 * stays as it is.
 */
export const bookingStates = ['booked', 'arrived', 'released', 'departed', 'cancelled', 'no-show'] as const;
export type BookingState = (typeof bookingStates)[number];
export const bookingEnds = ['departed', 'cancelled', 'no-show'] as const;
export type BookingEnd = (typeof bookingEnds)[number];

export const LOAD_LINES_MAX = 200;
export const SLOT_MINUTES_MAX = 720;

export const LoadLine = Type.Object(
  {
    sku: Type.String({ minLength: 1, maxLength: 64 }),
    quantity: Type.Integer({ minimum: 1, maximum: 1_000_000 }),
  },
  closed,
);
export type LoadLine = Static<typeof LoadLine>;

const BookingId = Type.String({
  pattern: '^[A-Za-z0-9][A-Za-z0-9._-]*$',
  maxLength: 48,
  description: 'Given by whoever books; the same id again is the same booking.',
});
const Time = Type.String({ format: 'date-time', description: 'RFC 3339.' });
const Minutes = Type.Integer({ minimum: 5, maximum: SLOT_MINUTES_MAX, description: 'Length of the slot.' });

/** What an autonomous truck or a TMS asks for. Without a dock, the first one that is free is taken. */
export const DockBook = Type.Object(
  {
    bookingId: BookingId,
    dockId: Type.Optional(Type.String({ maxLength: 64 })),
    from: Time,
    minutes: Minutes,
    vehicle: Type.String({ minLength: 1, maxLength: 64, description: 'Number plate or fleet number.' }),
    carrier: Type.Optional(Type.String({ maxLength: 80 })),
    lines: Type.Array(LoadLine, { minItems: 1, maxItems: LOAD_LINES_MAX }),
  },
  { ...closed, $id: 'DockBook' },
);
export type DockBook = Static<typeof DockBook>;

export const DockReschedule = Type.Object(
  { dockId: Type.Optional(Type.String({ maxLength: 64 })), from: Time, minutes: Type.Optional(Minutes) },
  { ...closed, $id: 'DockReschedule' },
);
export type DockReschedule = Static<typeof DockReschedule>;

const bookingFields = {
  bookingId: Type.String(),
  dockId: Type.String(),
  from: Time,
  to: Time,
  vehicle: Type.String(),
  carrier: Type.Union([Type.String(), Type.Null()]),
  lines: Type.Array(LoadLine),
  state: Type.Enum([...bookingStates]),
  reason: Type.Union([Type.String(), Type.Null()], { description: 'Why it was cancelled.' }),
  bookedBy: Type.String(),
  sagaId: Type.String(),
  revision: Type.Integer({ description: 'Counts its changes; also its ETag, for If-Match.' }),
};
export const DockBooking = Type.Object(bookingFields, { $id: 'DockBooking' });
export type DockBooking = Static<typeof DockBooking>;

/** Without its id, which a schema that has it twice may not repeat. */
const Booking = Type.Object(bookingFields);

export const Slot = Type.Object({ from: Time, to: Time });
export type Slot = Static<typeof Slot>;

export const Dock = Type.Object(
  {
    dockId: Type.String(),
    place: Type.String(),
    state: Type.Enum(['free', 'occupied', 'out-of-order']),
    reason: Type.Union([Type.String(), Type.Null()], { description: 'Why it is out of order.' }),
    bookings: Type.Array(Booking, { description: 'Those that hold it now or will, earliest first.' }),
    ended: Type.Array(Booking, {
      description: 'Of the asked-for stretch: departed, cancelled or not come; earliest first, 500 at most.',
    }),
    free: Type.Array(Slot, { description: 'Of the asked-for stretch of time.' }),
  },
  { $id: 'Dock' },
);
export type Dock = Static<typeof Dock>;
