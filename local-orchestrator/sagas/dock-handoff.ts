import { type Static, Type } from 'typebox';
import { type DockRules, LOAD_LINES_MAX, LoadLine } from '#contracts/docks.ts';
import type { SagaDefinition } from '#contracts/sagas.ts';
import { defineSaga, type SagaBuilder } from '../definition/builder.ts';
import type { Known } from '../definition/known.ts';
import { eq, type Ref, text } from '../definition/refs.ts';
import { endCancelled, goOn, park, to, undoTo, way } from '../definition/routes.ts';
import { DOCK_HANDOFF } from '../docks/bookings.ts';
import { type CarryConfig, type Fetched, fetch } from './carry.ts';
import {
  type Admitted,
  admitVehicle,
  awaitVehicle,
  freeDock,
  holdDock,
  takeArrival,
} from './dock-activities.ts';
import { door, nothingMoved, restraint, robot } from './floor-activities.ts';
import { releaseRobot, releaseStock, reserveStock, restock } from './pick-activities.ts';
import { moveGoods } from './stock-activities.ts';

export const HandoffInput = Type.Object(
  {
    bookingId: Type.String({ minLength: 1, maxLength: 48 }),
    vehicle: Type.String({ minLength: 1, maxLength: 64 }),
    lines: Type.Array(LoadLine, { minItems: 1, maxItems: LOAD_LINES_MAX }),
  },
  { additionalProperties: false },
);
export type HandoffInput = Static<typeof HandoffInput>;

const PERSON_DUE_MS = 900_000;
const NO_SHOW_DUE_MS = 3_600_000;
const GEAR_TIMEOUT_MS = 120_000;
const DROP_TIMEOUT_MS = 300_000;
const DEPART_MS = 1_800_000;
/** Times a booking may be moved, and docks tried for one vehicle. */
const MOVES_MAX = 100;
const DOCKS_MAX = 5;
/** A vehicle at the dock waits for its goods: before putting away, after urgent orders. */
const PRIORITY = 3;

const Nothing = Type.Object({}, { additionalProperties: true });

/** The dock itself is in the way: it is repaired, or the vehicle goes to another one. */
const dockTrouble = <S extends { admit: Admitted }>(step: string) =>
  way<HandoffInput, S>((saga) => {
    const trouble = saga as unknown as SagaBuilder<HandoffInput, { admit: Admitted }>;
    return trouble.task(`${step}-trouble`, {
      kind: 'dock-trouble',
      title: 'A dock does not do what it should',
      text: ({ failed, steps }) =>
        text`${steps.admit.dockId}: ${failed(step).reason}. Look at it, then decide.`,
      context: ({ input, steps }) => ({
        Booking: input.bookingId,
        Vehicle: input.vehicle,
        Dock: steps.admit.dockId,
      }),
      dueMs: PERSON_DUE_MS,
      decisions: {
        retry: { label: 'It works: try again', tone: 'primary', needsNote: false, leads: to(step) },
        'other-dock': {
          label: 'Out of order: take another dock',
          tone: 'neutral',
          needsNote: false,
          leads: undoTo('admit', DOCKS_MAX),
        },
        cancel: {
          label: 'Send the vehicle away',
          tone: 'danger',
          needsNote: true,
          leads: endCancelled('the dock was out of order'),
        },
      },
    });
  });

/**
 * A vehicle has booked a dock, comes, is loaded and departs.
 *
 * The slot is held from the booking on. A vehicle that comes early or late gets its dock if nobody else has it,
 * otherwise another one; when there is none, or it does not come, a person decides. Nothing moves before the
 * restraint holds the vehicle. Whatever ends it early: the goods that are on board are booked to the dock, where
 * they are taken off, the door closes, the vehicle is let go and the slot is free.
 */
export function dockHandoff({
  carrying,
  rules,
}: {
  carrying: CarryConfig;
  rules: DockRules;
}): SagaDefinition {
  return awaited(rules)
    .step('admit', admitVehicle, {
      title: 'Find the dock',
      retry: { nonRetryable: ['DOCK_TAKEN'] },
      input: ({ input, decided }) => ({
        bookingId: input.bookingId,
        elsewhere: eq<string>(decided('restrain-trouble'), 'other-dock'),
        why: 'it did not hold the vehicle',
      }),
      onFailure: {
        DOCK_TAKEN: way((saga) =>
          saga.task('no-dock', {
            kind: 'no-dock',
            title: 'No dock is free for a vehicle that is here',
            text: ({ failed, input }) => text`${input.vehicle} waits. ${failed('admit').reason}.`,
            context: ({ input }) => ({ Booking: input.bookingId, Vehicle: input.vehicle }),
            dueMs: PERSON_DUE_MS,
            decisions: {
              retry: { label: 'A dock is free now', tone: 'primary', needsNote: false, leads: to('admit') },
              cancel: {
                label: 'Send the vehicle away',
                tone: 'danger',
                needsNote: true,
                leads: endCancelled('no dock was free'),
              },
            },
          }),
        ),
      },
    })
    .step('reserve', reserveStock, {
      title: 'Set the goods aside',
      retry: { nonRetryable: ['SAGA_INVENTORY_SHORT'] },
      input: ({ input, decided }) => ({
        lines: input.lines,
        partial: eq<string>(decided('short-load'), 'accept-short'),
      }),
      undo: { activity: releaseStock, title: 'Give the goods back', input: () => ({}) },
      onFailure: {
        SAGA_INVENTORY_SHORT: way((saga) =>
          saga.task('short-load', {
            kind: 'short-stock',
            title: 'Not enough stock for a vehicle',
            text: ({ failed, input }) => text`${input.vehicle}: ${failed('reserve').reason}.`,
            context: ({ input }) => ({ Booking: input.bookingId, Lines: input.lines }),
            dueMs: PERSON_DUE_MS,
            decisions: {
              retry: { label: 'There is some now', tone: 'primary', needsNote: false, leads: to('reserve') },
              'accept-short': {
                label: 'Load what there is',
                tone: 'neutral',
                needsNote: false,
                leads: to('reserve'),
              },
              cancel: {
                label: 'Send the vehicle away',
                tone: 'danger',
                needsNote: true,
                leads: endCancelled('stock did not suffice'),
              },
            },
          }),
        ),
      },
    })
    .step('restrain', restraint.restrain, {
      title: 'Hold the vehicle',
      timeoutMs: GEAR_TIMEOUT_MS,
      retry: nothingMoved,
      assume: () => ({}),
      input: ({ steps }) => ({ target: steps.admit.restraint, epoch: 0, args: {} }),
      undo: {
        activity: restraint.release,
        title: 'Let the vehicle go',
        timeoutMs: GEAR_TIMEOUT_MS,
        input: ({ steps }) => ({ target: steps.admit.restraint, epoch: 0, args: {} }),
      },
      onFailure: { '*': dockTrouble('restrain') },
    })
    .step('open-door', door.open, {
      title: 'Open the door',
      timeoutMs: GEAR_TIMEOUT_MS,
      retry: nothingMoved,
      assume: () => ({}),
      input: ({ steps }) => ({ target: steps.admit.door, epoch: 0, args: {} }),
      undo: {
        activity: door.close,
        title: 'Close the door',
        timeoutMs: GEAR_TIMEOUT_MS,
        input: ({ steps }) => ({ target: steps.admit.door, epoch: 0, args: {} }),
      },
      onFailure: { '*': park },
    })
    .each('load', {
      title: 'Load the vehicle',
      items: ({ steps }) => steps.reserve.lines,
      itemsMax: LOAD_LINES_MAX,
      concurrencyMax: rules.robotsMax,
      way: (saga, { item, index }) => loadOne(saga, carrying, rules, item, index),
      output: ({ steps }) => steps.inspect.good,
    })
    .step('close-door', door.close, {
      title: 'Close the door',
      timeoutMs: GEAR_TIMEOUT_MS,
      retry: nothingMoved,
      assume: () => ({}),
      input: ({ steps }) => ({ target: steps.admit.door, epoch: 0, args: {} }),
      voids: ['open-door'],
      onFailure: { '*': park },
    })
    .task('seal', {
      kind: 'dock-seal',
      title: 'Seal a vehicle',
      text: ({ input, steps }) =>
        text`${input.vehicle} at ${steps.admit.dockId} is loaded. Seal it and write down the number.`,
      context: ({ input, steps }) => ({
        Booking: input.bookingId,
        Vehicle: input.vehicle,
        Dock: steps.admit.dockId,
      }),
      dueMs: PERSON_DUE_MS,
      people: ({ steps }) => ({ zone: steps.admit.dockId }),
      form: Type.Object(
        { seal: Type.String({ title: 'Number of the seal', minLength: 1, maxLength: 64 }) },
        { additionalProperties: false },
      ),
      decisions: {
        sealed: { label: 'Sealed', tone: 'primary', needsNote: false, leads: goOn },
        cancel: {
          label: 'Unload it again',
          tone: 'danger',
          needsNote: true,
          leads: endCancelled('the vehicle was not sealed'),
        },
      },
    })
    .step('let-go', restraint.release, {
      title: 'Let the vehicle go',
      timeoutMs: GEAR_TIMEOUT_MS,
      retry: nothingMoved,
      assume: () => ({}),
      input: ({ steps }) => ({ target: steps.admit.restraint, epoch: 0, args: {} }),
      voids: ['restrain'],
      onFailure: { '*': park },
    })
    .signal('departure', {
      title: 'Wait until the vehicle has left',
      signal: 'departed',
      payload: Nothing,
      timeoutMs: DEPART_MS,
      onTimeout: way((saga) =>
        saga.task('still-there', {
          kind: 'dock-blocked',
          title: 'A loaded vehicle has not left its dock',
          text: ({ input, steps }) => text`${input.vehicle} was let go at ${steps.admit.dockId}. Is it gone?`,
          context: ({ input, steps }) => ({ Booking: input.bookingId, Dock: steps.admit.dockId }),
          dueMs: PERSON_DUE_MS,
          decisions: {
            gone: { label: 'It is gone', tone: 'primary', needsNote: false, leads: goOn },
            wait: { label: 'Wait on', tone: 'neutral', needsNote: false, leads: to('departure') },
          },
        }),
      ),
    })
    .step('close-books', moveGoods, {
      title: 'Close the books of the load',
      input: ({ steps }) => ({ reservationId: steps.reserve.reservationId, lines: [], to: null, last: true }),
      voids: ['reserve'],
    })
    .step('free', freeDock, {
      title: 'Free the dock',
      input: ({ input }) => ({ bookingId: input.bookingId, as: 'departed' as const, noShow: false }),
      voids: ['hold'],
    })
    .end({
      title: 'Hand a dock over to a vehicle',
      version: 1,
      search: ({ input }) => ({ booking: input.bookingId, vehicle: input.vehicle }),
      output: ({ steps }) => ({
        dockId: steps.admit.dockId,
        seal: steps.seal.form.seal,
        loaded: steps.load.items,
      }),
    });
}

/** The slot is held until the vehicle comes, is moved to another time, or is late for good. */
const awaited = (rules: DockRules) =>
  defineSaga(DOCK_HANDOFF, HandoffInput)
    .step('hold', holdDock, {
      title: 'Hold the slot',
      input: ({ input }) => ({ bookingId: input.bookingId }),
      undo: {
        activity: freeDock,
        title: 'Free the dock',
        input: ({ input, decided }) => ({
          bookingId: input.bookingId,
          as: 'cancelled' as const,
          noShow: eq<string>(decided('late'), 'give-up'),
        }),
      },
    })
    .loop('await', {
      title: 'Wait for the vehicle',
      timesMax: MOVES_MAX,
      way: (saga) =>
        saga
          .step('expect', awaitVehicle, {
            title: 'See when it is expected',
            input: ({ input }) => ({ bookingId: input.bookingId }),
          })
          .parallel('arrival', {
            title: 'It comes, is moved, or is late',
            need: 'any',
            ways: {
              comes: {
                title: 'It comes',
                way: (comes) =>
                  comes.signal('comes', { title: 'It comes', signal: 'arrived', payload: Nothing }),
              },
              moved: {
                title: 'It is moved',
                way: (moved) =>
                  moved.signal('moved', { title: 'It is moved', signal: 'rescheduled', payload: Nothing }),
              },
              late: {
                title: 'It is late',
                way: (late) =>
                  late.timer('late-timer', {
                    title: `${rules.noShowMinutes} minutes past its time`,
                    delayMs: ({ steps }) => steps.expect.waitMs,
                  }),
              },
            },
          })
          .step('seen', awaitVehicle, {
            title: 'See what has become of it',
            input: ({ input }) => ({ bookingId: input.bookingId }),
          }),
      again: ({ steps }) => eq<string>(steps.seen.state, 'waiting'),
    })
    .branch('no-show', {
      title: 'Has it not come?',
      when: ({ steps }) => eq<string>(steps.seen.state, 'no-show'),
      way: (saga) =>
        saga
          .task('late', {
            kind: 'dock-no-show',
            title: 'A vehicle has not come',
            text: ({ input, steps }) =>
              text`${input.vehicle} was expected at ${steps.seen.dockId} and is late by more than ${rules.noShowMinutes} minutes.`,
            context: ({ input, steps }) => ({
              Booking: input.bookingId,
              Vehicle: input.vehicle,
              Dock: steps.seen.dockId,
            }),
            dueMs: NO_SHOW_DUE_MS,
            onDue: endCancelled('the vehicle did not come'),
            decisions: {
              came: { label: 'It is here now', tone: 'primary', needsNote: false, leads: goOn },
              'give-up': {
                label: 'Give the slot to others',
                tone: 'neutral',
                needsNote: false,
                leads: endCancelled('the vehicle did not come'),
              },
            },
          })
          .step('take-arrival', takeArrival, {
            title: 'Note that it has come',
            input: ({ input, steps }) => ({ bookingId: input.bookingId, by: steps.late.by }),
          }),
    });

interface Ready {
  admit: Admitted;
  reserve: { reservationId: string };
}
type Line = { sku: string; quantity: number; place: string };

/** One robot brings one line of the load. On board there is no way back: amends book it to the dock. */
function loadOne<S extends Ready>(
  saga: SagaBuilder<HandoffInput, S>,
  carrying: CarryConfig,
  rules: DockRules,
  item: Ref<Line>,
  index: Ref<number>,
) {
  const line = { sku: item.sku, quantity: item.quantity, place: item.place };
  const begun = saga as unknown as SagaBuilder<HandoffInput, Ready>;
  const booked = ({ steps }: Known<HandoffInput, Ready & Fetched>, at: Ref<string> | null) => ({
    reservationId: steps.reserve.reservationId,
    lines: steps.inspect.good,
    to: at,
    last: false,
  });
  return fetch(begun, carrying, ({ steps }) => ({
    reservationId: steps.reserve.reservationId,
    lines: [line],
    from: item.place,
    priority: PRIORITY,
    words: text`${item.quantity} × ${item.sku}`,
    hand: index,
  }))
    .step('put-in', robot.drop, {
      title: 'Put it into the vehicle',
      timeoutMs: DROP_TIMEOUT_MS,
      limits: ({ steps }) => [{ name: 'dock', key: steps.admit.dockId, concurrencyMax: rules.robotsMax }],
      retry: nothingMoved,
      input: ({ steps }) => {
        const { robotId, epoch, toteId } = steps['choose-robot'];
        return { target: robotId, epoch, args: { toteId, place: steps.admit.place } };
      },
      assume: () => ({}),
      voids: ['pick-up'],
      undo: {
        activity: moveGoods,
        title: 'Book it to the dock, where it lies',
        when: 'completed',
        input: (known) => booked(known, known.steps.admit.place),
      },
      onFailure: {
        '*': way((trouble) =>
          trouble.task('put-in-trouble', {
            kind: 'load-failed',
            title: 'A load could not be put into the vehicle',
            text: ({ failed, steps }) => text`${failed('put-in').reason}, at ${steps.admit.dockId}.`,
            context: ({ input, steps }) => ({
              Booking: input.bookingId,
              Load: text`${item.quantity} × ${item.sku}`,
              Robot: steps['choose-robot'].robotId,
              Tote: steps['choose-robot'].toteId,
            }),
            dueMs: PERSON_DUE_MS,
            decisions: {
              retry: { label: 'Try again', tone: 'primary', needsNote: false, leads: to('put-in') },
              'by-hand': { label: 'I have loaded it', tone: 'neutral', needsNote: false, leads: goOn },
              cancel: {
                label: 'Stop loading the vehicle',
                tone: 'danger',
                needsNote: true,
                leads: endCancelled('the vehicle could not be loaded'),
              },
            },
          }),
        ),
      },
    })
    .step('book-out', moveGoods, {
      title: 'Book it out',
      input: (known) => booked(known, null),
      voids: ['pick-up', 'put-in'],
      undo: {
        activity: restock,
        title: 'Book it to the dock, where it is taken off',
        when: 'completed',
        input: ({ steps }) => ({ lines: steps.inspect.good, place: steps.admit.place }),
      },
    })
    .step('release-robot', releaseRobot, {
      title: 'Release the robot',
      input: ({ steps }) => ({ epoch: steps['choose-robot'].epoch, hand: index }),
      voids: ['choose-robot'],
    });
}
