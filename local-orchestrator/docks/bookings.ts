import type { BookingState, DockBook, DockBooking } from '#contracts/docks.ts';
import type { Json } from '#contracts/sagas.ts';
import type { SqlRow } from '#contracts/store.ts';
import { canonicalJson } from '../definition/hash.ts';
import type { Stretch } from './slots.ts';

export const DOCK_HANDOFF = 'dock-handoff';
export const handoffOf = (bookingId: string): string => `${DOCK_HANDOFF}:${bookingId}`;

export interface Booking extends Stretch {
  readonly bookingId: string;
  readonly dockId: string;
  readonly state: BookingState;
  readonly reason: string | null;
  readonly request: DockBook;
  readonly bookedBy: string;
  readonly begun: boolean;
  readonly revision: number;
  /** It was sent to its dock, and has not left. One that has come may still wait for a dock. */
  readonly atDock: boolean;
}

export const bookingOf = (row: SqlRow): Booking => ({
  bookingId: String(row.booking_id),
  dockId: String(row.dock_id),
  fromMs: Number(row.from_ms),
  toMs: Number(row.to_ms),
  state: row.state as BookingState,
  reason: typeof row.reason === 'string' ? row.reason : null,
  request: JSON.parse(String(row.request)) as DockBook,
  bookedBy: String(row.booked_by),
  begun: Number(row.begun) === 1,
  revision: Number(row.revision),
  atDock: Number(row.at_dock) === 1,
});

/** Nobody knows when a vehicle past its slot leaves: no slot is given that begins sooner than this. */
const OVERSTAY_MS = 1_800_000;

/** How long it holds its dock: one that stands there past its slot holds it on. Pure. */
export const heldBy = ({ fromMs, toMs, atDock }: Booking, nowMs: number): Stretch => ({
  fromMs,
  toMs: atDock && toMs <= nowMs ? nowMs + OVERSTAY_MS : toMs,
});

export const shown = (booking: Booking): DockBooking => ({
  bookingId: booking.bookingId,
  dockId: booking.dockId,
  from: new Date(booking.fromMs).toISOString(),
  to: new Date(booking.toMs).toISOString(),
  vehicle: booking.request.vehicle,
  carrier: booking.request.carrier ?? null,
  lines: booking.request.lines,
  state: booking.state,
  reason: booking.reason,
  bookedBy: booking.bookedBy,
  sagaId: handoffOf(booking.bookingId),
  revision: booking.revision,
});

/** Asked for once more; however its JSON is written down. */
export const sameRequest = (a: DockBook, b: DockBook): boolean => normal(a) === normal(b);
const normal = (request: DockBook): string =>
  canonicalJson({ ...request, from: Date.parse(request.from) } as unknown as Json);
