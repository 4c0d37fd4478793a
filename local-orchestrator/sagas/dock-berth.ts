import type { SagaBuilder } from '../definition/builder.ts';
import { eq, text } from '../definition/refs.ts';
import { endCancelled, park, to, undoTo, way } from '../definition/routes.ts';
import { type Admitted, admitVehicle } from './dock-activities.ts';
import type { awaited } from './dock-arrival.ts';
import { GEAR_TIMEOUT_MS, type HandoffInput, PERSON_DUE_MS } from './dock-input.ts';
import { door, nothingMoved, restraint } from './floor-activities.ts';
import { releaseStock, reserveStock } from './pick-activities.ts';

/** Docks tried for one vehicle. */
const DOCKS_MAX = 5;

/** A vehicle that is here gets a dock, and its goods are set aside. */
export const admitted = (saga: ReturnType<typeof awaited>) =>
  saga
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
    });

/** Nothing is loaded before the restraint holds the vehicle and the door is open. */
export const held = (saga: ReturnType<typeof admitted>) =>
  saga
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
    });

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
