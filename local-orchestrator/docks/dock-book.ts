import type { Clock } from '#contracts/clock.ts';
import {
  type BookingEnd,
  type BookingState,
  bookingEnds,
  type DockBook,
  type DockConfig,
} from '#contracts/docks.ts';
import { ApplianceError, isApplianceError } from '#contracts/errors.ts';
import { dockBookingChanged, dockOrderChanged } from '#contracts/events/dock.ts';
import { createEvent, type EventDefinition } from '#contracts/events/envelope.ts';
import type { Store, StoreOp } from '#contracts/store.ts';
import { type Booking, bookingOf, handoffOf, heldBy, sameRequest } from './bookings.ts';
import { nextFree, overlaps, type Stretch } from './slots.ts';

export interface Wanted extends Stretch {
  readonly bookingId: string;
  /** null: the first dock that is free. */
  readonly dockId: string | null;
  /** The vehicle is sent there now: a dock at which another stands will not do, whatever its slot says. */
  readonly atOnce?: true;
}

/** The book of slots: who holds which dock when. Every change is one transaction with the event that tells it. */
export interface DockBookKeeper {
  find(bookingId: string): Promise<Booking>;
  holding(): Promise<readonly Booking[]>;
  faults(): Promise<ReadonlyMap<string, string>>;
  /** Errors: DOCK_TAKEN with the next free time. The same booking again is answered with what stands. */
  add(request: DockBook, wanted: Wanted, by: string): Promise<Booking>;
  /** Moves a booking, as it was read, to another time or dock. Errors: DOCK_TAKEN, DOCK_BOOKING_CHANGED. */
  move(booking: Booking, wanted: Wanted, by: string): Promise<Booking>;
  begun(bookingId: string): Promise<void>;
  arrive(booking: Booking, by: string): Promise<Booking>;
  /** It is let go and may leave. One that is not at the dock stays as it is. */
  release(bookingId: string, by: string): Promise<void>;
  /** Those that have ended and overlap a stretch, earliest first. */
  ended(within: Stretch): Promise<readonly Booking[]>;
  /** Gives the slot back. A booking that has ended stays as it is. */
  end(bookingId: string, state: BookingEnd, by: string, reason: string | null): Promise<void>;
  note(bookingId: string, reason: string): Promise<void>;
  /** Puts a dock out of order, or in order again with null. */
  setOrder(dockId: string, reason: string | null, by: string): Promise<void>;
}

const SEARCH_DAYS = 7;
const DAY_MS = 86_400_000;
/** Others may take a slot between the look and the commit; then the next one is looked for. */
const TRIES_MAX = 10;
const ENDED_COUNT_MAX = 500;

export function createDockBook(parts: {
  store: Store;
  clock: Clock;
  site: string;
  docks: readonly DockConfig[];
}): DockBookKeeper {
  const { store, clock, docks } = parts;

  const tell = (
    definition: EventDefinition,
    subject: string,
    correlationId: string,
    data: object,
  ): StoreOp => {
    const context = { site: parts.site, component: 'docks', nowMs: clock.nowMs(), correlationId };
    return { op: 'append', event: createEvent(definition, subject, data, context) };
  };
  const told = (booking: Booking, by: string, reason: string | null = null): StoreOp =>
    tell(dockBookingChanged, booking.bookingId, handoffOf(booking.bookingId), {
      bookingId: booking.bookingId,
      dockId: booking.dockId,
      from: new Date(booking.fromMs).toISOString(),
      to: new Date(booking.toMs).toISOString(),
      vehicle: booking.request.vehicle,
      state: booking.state,
      by,
      ...(reason === null ? {} : { reason }),
    });

  const get = async (bookingId: string): Promise<Booking | undefined> => {
    const [row] = await store.query('docks.booking', { bookingId });
    return row === undefined ? undefined : bookingOf(row);
  };
  const find = async (bookingId: string): Promise<Booking> => {
    const booking = await get(bookingId);
    if (booking === undefined) throw new ApplianceError('DOCK_BOOKING_NOT_FOUND', { bookingId });
    return booking;
  };
  const holding = async () => (await store.query('docks.holding')).map(bookingOf);
  const faults = async () =>
    new Map((await store.query('docks.faults')).map((row) => [String(row.dock_id), String(row.reason)]));

  /** A dock that is in order and free then. */
  const choose = async (wanted: Wanted): Promise<DockConfig> => {
    const [others, broken] = await Promise.all([holding(), faults()]);
    const nowMs = clock.nowMs();
    const at = (dockId: string) =>
      others.filter((other) => other.dockId === dockId && other.bookingId !== wanted.bookingId);
    const taken = (dockId: string) => at(dockId).map((other) => heldBy(other, nowMs));
    const isBlocked = (dockId: string) => wanted.atOnce === true && at(dockId).some(({ atDock }) => atDock);
    const asked = wanted.dockId === null ? docks : [known(docks, wanted.dockId)];
    const [only] = asked;
    const reason = only === undefined ? undefined : broken.get(only.id);
    if (wanted.dockId !== null && reason !== undefined)
      throw new ApplianceError('DOCK_OUT_OF_ORDER', { dockId: wanted.dockId, reason });
    const fit = asked.filter(({ id }) => !broken.has(id) && !isBlocked(id));
    const free = fit.find(({ id }) => !taken(id).some((other) => overlaps(other, wanted)));
    if (free !== undefined) return free;
    const lengthMs = wanted.toMs - wanted.fromMs;
    const within = { fromMs: wanted.fromMs, toMs: wanted.fromMs + SEARCH_DAYS * DAY_MS };
    const begins = docks
      .filter(({ id }) => !broken.has(id))
      .map(({ id }) => ({ id, fromMs: nextFree(taken(id), within, lengthMs) }))
      .filter((slot): slot is { id: string; fromMs: number } => slot.fromMs !== null)
      .toSorted((a, b) => a.fromMs - b.fromMs);
    throw new ApplianceError('DOCK_TAKEN', {
      from: new Date(wanted.fromMs).toISOString(),
      minutes: Math.round(lengthMs / 60_000),
      asked: wanted.dockId ?? 'any dock',
      next:
        begins.map(({ id, fromMs }) => `${id} from ${new Date(fromMs).toISOString()}`).join(', ') || 'none',
    });
  };

  /** Looks for a dock and commits; somebody who was quicker makes it look again. */
  const take = async (
    wanted: Wanted,
    ops: (dock: DockConfig) => readonly StoreOp[],
    checkAgain = async () => {},
  ): Promise<void> => {
    for (let tries = 1; ; tries += 1) {
      const dock = await choose(wanted);
      try {
        await store.commit(ops(dock));
        return;
      } catch (error) {
        if (!isApplianceError(error, 'STORE_CONFLICT') || tries >= TRIES_MAX) throw error;
        await checkAgain();
      }
    }
  };

  const stand = async (booking: Booking, state: 'arrived' | 'released', by: string): Promise<void> => {
    const { bookingId, state: before } = booking;
    const params = { bookingId, state, before, nowMs: clock.nowMs() };
    const stands = { ...booking, state };
    const ops: StoreOp[] = [{ op: 'run', statement: 'docks.stand', params, changes: 1 }, told(stands, by)];
    await store.commit(ops, { reserve: true });
  };

  return {
    find,
    holding,
    faults,
    async add(request, wanted, by) {
      const { bookingId } = request;
      const body = JSON.stringify(request);
      const before = await get(bookingId);
      if (before !== undefined) {
        if (sameRequest(before.request, request)) return before;
        throw new ApplianceError('DOCK_BOOKING_OTHER', { bookingId });
      }
      await take(wanted, ({ id: dockId }) => {
        const { fromMs, toMs } = wanted;
        const nowMs = clock.nowMs();
        const params = { bookingId, dockId, fromMs, toMs, request: body, by, nowMs };
        const booking = { bookingId, dockId, fromMs, toMs, request, state: 'booked' as const };
        const made = { ...booking, reason: null, bookedBy: by, begun: false, revision: 1, atDock: false };
        return [{ op: 'run', statement: 'docks.book', params, changes: 1 }, told(made, by)];
      });
      return find(bookingId);
    },
    async move(booking, wanted, by) {
      const { bookingId, revision } = booking;
      const move = ({ id: dockId }: DockConfig): readonly StoreOp[] => {
        const { fromMs, toMs } = wanted;
        const params = { bookingId, dockId, fromMs, toMs, revision, nowMs: clock.nowMs() };
        const moved = { ...booking, dockId, fromMs, toMs };
        const statement = wanted.atOnce === true ? 'docks.admit' : 'docks.move';
        return [{ op: 'run', statement, params, changes: 1 }, told(moved, by)];
      };
      await take(wanted, move, async () => refuseChanged(await find(bookingId), revision));
      return find(bookingId);
    },
    async begun(bookingId) {
      await store.commit([{ op: 'run', statement: 'docks.begun', params: { bookingId } }], { reserve: true });
    },
    async arrive(booking, by) {
      const { bookingId } = booking;
      await stand(booking, 'arrived', by);
      return find(bookingId);
    },
    async release(bookingId, by) {
      const booking = await find(bookingId);
      if (booking.state === 'arrived') await stand(booking, 'released', by);
    },
    ended: async ({ fromMs, toMs }) =>
      (await store.query('docks.ended', { fromMs, toMs, countMax: ENDED_COUNT_MAX })).map(bookingOf),
    async end(bookingId, state, by, reason) {
      const booking = await get(bookingId);
      if (booking === undefined || !holds(booking.state)) return;
      const nowMs = clock.nowMs();
      // Who has left needs the rest of its slot no more, in the picture of the day neither.
      const isShorter = state === 'departed' && nowMs > booking.fromMs && nowMs < booking.toMs;
      const toMs = isShorter ? nowMs : booking.toMs;
      const params = { bookingId, state, toMs, reason, nowMs };
      await store.commit(
        [
          { op: 'run', statement: 'docks.end', params, changes: 1 },
          told({ ...booking, toMs, state }, by, reason ?? booking.reason),
        ],
        { reserve: true },
      );
    },
    async note(bookingId, reason) {
      const params = { bookingId, reason, nowMs: clock.nowMs() };
      await store.commit([{ op: 'run', statement: 'docks.why', params }]);
    },
    async setOrder(dockId, reason, by) {
      known(docks, dockId);
      const change: StoreOp =
        reason === null
          ? { op: 'run', statement: 'docks.mend', params: { dockId } }
          : { op: 'run', statement: 'docks.breakDown', params: { dockId, reason, by, nowMs: clock.nowMs() } };
      const data = { dockId, inOrder: reason === null, by, reason };
      await store.commit([change, tell(dockOrderChanged, dockId, dockId, data)]);
    },
  };
}

const holds = (state: BookingState): boolean => !bookingEnds.some((end) => end === state);

/** Errors: DOCK_BOOKING_CHANGED when it is another than whoever wants to change it has seen. */
export function refuseChanged({ bookingId, revision }: Booking, expected: number): void {
  if (revision === expected) return;
  throw new ApplianceError('DOCK_BOOKING_CHANGED', { bookingId, revision, expected });
}

export function known(docks: readonly DockConfig[], dockId: string): DockConfig {
  const dock = docks.find(({ id }) => id === dockId);
  if (dock !== undefined) return dock;
  const names = docks.map(({ id }) => id).join(', ') || 'none';
  throw new ApplianceError('DOCK_NOT_FOUND', { dockId, known: names });
}
