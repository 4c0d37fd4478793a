import type { Clock } from '#contracts/clock.ts';
import type { Dock, DockBook, DockBooking, DockConfig, DockReschedule } from '#contracts/docks.ts';
import { ApplianceError } from '#contracts/errors.ts';
import type { Log } from '#contracts/log.ts';
import type { Json } from '#contracts/sagas.ts';
import type { Outcome } from '../engine/instances.ts';
import { type Booking, handoffOf, heldBy, shown } from './bookings.ts';
import { type DockBookKeeper, known, refuseChanged, type Wanted } from './dock-book.ts';
import { freeSlots, type Stretch } from './slots.ts';

/** Docks as a resource: who wants one books it here, long before the vehicle comes. */
export interface DockDesk {
  /** Begins what was booked before a crash and has no saga yet. */
  open(): Promise<void>;
  close(): void;
  /** Free slots of that length at least. */
  docks(within: Stretch, freeMsMin?: number): Promise<readonly Dock[]>;
  booking(bookingId: string): Promise<DockBooking>;
  /** The same booking again changes nothing. Errors: DOCK_TAKEN, DOCK_TIME, DOCK_OUT_OF_ORDER, DOCK_BOOKING_OTHER. */
  book(request: DockBook, by: string): Promise<DockBooking>;
  /** With a revision, only one that is still at it. Errors: DOCK_BOOKING_CHANGED, DOCK_BOOKING_STATE and as `book`. */
  reschedule(bookingId: string, to: DockReschedule, by: string, revision?: number): Promise<DockBooking>;
  /** Everything that was done for it is undone; the slot is free again when that has ended. */
  cancel(bookingId: string, by: string, reason: string, revision?: number): Promise<DockBooking>;
  arrive(bookingId: string, by: string): Promise<DockBooking>;
  /** Errors: DOCK_BOOKING_STATE as long as it is not let go. */
  depart(bookingId: string, by: string): Promise<DockBooking>;
  /** Out of order with a reason; in order again with null. */
  setOrder(dockId: string, reason: string | null, by: string): Promise<void>;
}

export interface DockDeskParts {
  readonly book: DockBookKeeper;
  readonly docks: readonly DockConfig[];
  readonly clock: Clock;
  readonly log: Log;
  readonly begin: (sagaId: string, input: Json) => Promise<unknown>;
  readonly signal: (sagaId: string, signal: { id: string; name: string; payload: Json }) => Promise<void>;
  readonly cancelSaga: (sagaId: string, by: string, reason: string) => Promise<Outcome>;
}

export const DAYS_AHEAD_MAX = 60;
const DAY_MS = 86_400_000;
const MINUTE_MS = 60_000;
const BEGIN_AGAIN_MS = 5_000;

export function createDockDesk(parts: DockDeskParts): DockDesk {
  const { book, docks, clock, log } = parts;
  let disarm = () => {};
  let closed = false;
  let problem: string | null = null;

  /** What is booked is on disk; its saga follows, if need be after a restart. Its id makes it one. */
  const beginPending = async (): Promise<void> => {
    disarm();
    try {
      for (const booking of await book.holding()) {
        if (booking.begun || closed) continue;
        await parts.begin(handoffOf(booking.bookingId), inputOf(booking));
        await book.begun(booking.bookingId);
      }
      problem = null;
    } catch (error) {
      if (closed) return;
      const said = error instanceof Error ? error.message : String(error);
      if (said !== problem)
        log.warn({ err: error }, 'a handoff at a dock could not be begun; will try again');
      problem = said;
      disarm();
      disarm = clock.after(BEGIN_AGAIN_MS, () => void beginPending());
    }
  };

  const stretchOf = (from: string, minutes: number) => {
    const fromMs = Date.parse(from);
    const nowMs = clock.nowMs();
    const refuse = (problem: string) => {
      throw new ApplianceError('DOCK_TIME', { from, problem, daysMax: DAYS_AHEAD_MAX });
    };
    if (Number.isNaN(fromMs)) refuse('it is no time');
    if (fromMs + minutes * MINUTE_MS <= nowMs) refuse('it is over');
    if (fromMs > nowMs + DAYS_AHEAD_MAX * DAY_MS) refuse('it is too far ahead');
    return { fromMs, toMs: fromMs + minutes * MINUTE_MS };
  };

  const standing = async (
    bookingId: string,
    states: readonly Booking['state'][],
    problem: string,
    revision?: number,
  ) => {
    const booking = await book.find(bookingId);
    if (revision !== undefined) refuseChanged(booking, revision);
    if (states.includes(booking.state)) return booking;
    throw new ApplianceError('DOCK_BOOKING_STATE', { bookingId, state: booking.state, problem });
  };

  return {
    open: beginPending,
    close() {
      closed = true;
      disarm();
    },
    async docks(within, freeMsMin = 0) {
      const [bookings, ended, faults] = await Promise.all([
        book.holding(),
        book.ended(within),
        book.faults(),
      ]);
      const nowMs = clock.nowMs();
      return docks.map(({ id, place }) => {
        const mine = bookings.filter(({ dockId }) => dockId === id);
        const reason = faults.get(id) ?? null;
        const isOccupied = mine.some(({ atDock }) => atDock);
        const taken = mine.map((one) => heldBy(one, nowMs));
        return {
          dockId: id,
          place,
          state: reason !== null ? 'out-of-order' : isOccupied ? 'occupied' : 'free',
          reason,
          bookings: mine.map(shown),
          ended: ended.filter(({ dockId }) => dockId === id).map(shown),
          free:
            reason === null
              ? freeSlots(taken, within)
                  .filter((slot) => slot.toMs - slot.fromMs >= freeMsMin)
                  .map((slot) => ({
                    from: new Date(slot.fromMs).toISOString(),
                    to: new Date(slot.toMs).toISOString(),
                  }))
              : [],
        };
      });
    },
    booking: async (bookingId) => shown(await book.find(bookingId)),
    async book(request, by) {
      const wanted: Wanted = {
        ...stretchOf(request.from, request.minutes),
        bookingId: request.bookingId,
        dockId: request.dockId ?? null,
      };
      if (wanted.dockId !== null) known(docks, wanted.dockId);
      const booking = await book.add(request, wanted, by);
      await beginPending();
      return shown(booking);
    },
    async reschedule(bookingId, { from, minutes, dockId }, by, revision) {
      const booking = await standing(
        bookingId,
        ['booked'],
        'only one whose vehicle has not come can be moved',
        revision,
      );
      const length = minutes ?? Math.round((booking.toMs - booking.fromMs) / MINUTE_MS);
      const wanted = { ...stretchOf(from, length), bookingId, dockId: dockId ?? null };
      const moved = await book.move(booking, wanted, by);
      const id = `${bookingId}:rescheduled:${moved.fromMs}:${clock.nowMs()}`;
      await parts.signal(handoffOf(bookingId), { id, name: 'rescheduled', payload: {} });
      return shown(moved);
    },
    async cancel(bookingId, by, reason, revision) {
      const problem = 'there is nothing to cancel';
      const { begun } = await standing(bookingId, ['booked', 'arrived'], problem, revision);
      await book.note(bookingId, reason);
      const outcome = await parts.cancelSaga(handoffOf(bookingId), by, reason);
      // Its saga waits to be begun: there is nothing to undo, and one that begins just now finds that it is over.
      if (outcome === 'missing' && !begun) await book.end(bookingId, 'cancelled', by, reason);
      return shown(await book.find(bookingId));
    },
    async arrive(bookingId, by) {
      const booking = await standing(bookingId, ['booked', 'arrived'], 'its vehicle is not expected');
      const arrived = booking.state === 'arrived' ? booking : await book.arrive(booking, by);
      // Told again as well: the first time may have ended before the signal was on disk.
      await parts.signal(handoffOf(bookingId), { id: `${bookingId}:arrived`, name: 'arrived', payload: {} });
      return shown(arrived);
    },
    async depart(bookingId, by) {
      const problem = 'its vehicle is not there, or not let go yet';
      const booking = await standing(bookingId, ['released', 'departed'], problem);
      if (booking.state === 'departed') return shown(booking);
      const payload = { by };
      await parts.signal(handoffOf(bookingId), { id: `${bookingId}:departed`, name: 'departed', payload });
      return shown(booking);
    },
    setOrder: (dockId, reason, by) => book.setOrder(dockId, reason, by),
  };
}

const inputOf = ({ bookingId, dockId, request }: Booking): Json => ({
  bookingId,
  dock: dockId,
  vehicle: request.vehicle,
  lines: request.lines.map(({ sku, quantity }) => ({ sku, quantity })),
});
