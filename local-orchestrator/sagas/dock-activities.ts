import type { Clock } from '#contracts/clock.ts';
import type { BookingEnd, DockConfig, DockRules } from '#contracts/docks.ts';
import { ApplianceError, isApplianceError } from '#contracts/errors.ts';
import { type ActivityRunner, implement, localActivity, needsUndo } from '../activities/activity.ts';
import { type DockBookKeeper, known } from '../docks/dock-book.ts';

/** What of a vehicle is known while it is waited for. */
export interface Awaited {
  readonly state: 'waiting' | 'arrived' | 'no-show';
  readonly dockId: string;
  /** Until it counts as a no-show. */
  readonly waitMs: number;
}
export interface Admitted {
  readonly dockId: string;
  readonly place: string;
  readonly door: string;
  readonly restraint: string;
}

export const holdDock = needsUndo(localActivity<{ bookingId: string }, { dockId: string }>('dock.hold', 1));
export const freeDock = localActivity<{ bookingId: string; as: BookingEnd; noShow: boolean }, null>(
  'dock.free',
  1,
);
export const awaitVehicle = localActivity<{ bookingId: string }, Awaited>('dock.await', 1);
export const takeArrival = localActivity<{ bookingId: string; by: string }, null>('dock.arrived', 1);
export const releaseVehicle = localActivity<{ bookingId: string }, null>('dock.release', 1);
/** Finds a dock for a vehicle that is there: its own, or another when that one is taken or out of order. */
export const admitVehicle = localActivity<{ bookingId: string; elsewhere: boolean; why: string }, Admitted>(
  'dock.admit',
  1,
);

/** Why a vehicle is sent to another dock than its own. A dock that was taken out of the site file is not found. */
const needsAnother = ['DOCK_TAKEN', 'DOCK_OUT_OF_ORDER', 'DOCK_NOT_FOUND'] as const;

export function dockRunners(parts: {
  book: DockBookKeeper;
  docks: readonly DockConfig[];
  rules: DockRules;
  clock: Clock;
}): ActivityRunner[] {
  const { book, docks, rules, clock } = parts;
  return [
    implement(holdDock, async ({ input }) => {
      const { bookingId, dockId, state } = await book.find(input.bookingId);
      if (state !== 'booked' && state !== 'arrived') {
        throw new ApplianceError('DOCK_BOOKING_STATE', { bookingId, state, problem: 'it no longer stands' });
      }
      return { dockId };
    }),
    implement(freeDock, async ({ input, sagaId }) => {
      await book.end(input.bookingId, input.noShow ? 'no-show' : input.as, sagaId, null);
      return null;
    }),
    implement(awaitVehicle, async ({ input }) => {
      const { state, dockId, fromMs } = await book.find(input.bookingId);
      const waitMs = Math.max(0, fromMs + rules.noShowMinutes * 60_000 - clock.nowMs());
      return {
        state: state === 'arrived' ? 'arrived' : waitMs === 0 ? 'no-show' : 'waiting',
        dockId,
        waitMs,
      };
    }),
    implement(takeArrival, async ({ input }) => {
      const booking = await book.find(input.bookingId);
      if (booking.state === 'booked') await book.arrive(booking, input.by);
      return null;
    }),
    implement(releaseVehicle, async ({ input, sagaId }) => {
      await book.release(input.bookingId, sagaId);
      return null;
    }),
    implement(admitVehicle, async ({ input, sagaId }) => {
      const { bookingId, elsewhere, why } = input;
      const booking = await book.find(bookingId);
      if (elsewhere) await book.setOrder(booking.dockId, why, sagaId);
      // The slot becomes the time that the vehicle really stands there, early or late.
      const fromMs = clock.nowMs();
      const slot = { bookingId, fromMs, toMs: fromMs + booking.toMs - booking.fromMs };
      const goTo = (dockId: string | null) => book.move(booking, { ...slot, dockId, atOnce: true }, sagaId);
      const moved = await goTo(booking.dockId).catch((error: unknown) => {
        if (needsAnother.some((code) => isApplianceError(error, code))) return goTo(null);
        throw error; // says nothing about its dock
      });
      const { id: dockId, place, door, restraint } = known(docks, moved.dockId);
      return { dockId, place, door, restraint };
    }),
  ];
}
