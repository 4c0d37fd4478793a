import { Type } from 'typebox';
import { text } from '../definition/refs.ts';
import { endCancelled, goOn, park, to, way } from '../definition/routes.ts';
import { freeDock, releaseVehicle } from './dock-activities.ts';
import { GEAR_TIMEOUT_MS, Nothing, PERSON_DUE_MS } from './dock-input.ts';
import type { loaded } from './dock-load.ts';
import { door, nothingMoved, restraint } from './floor-activities.ts';
import { moveGoods } from './stock-activities.ts';

const DEPART_MS = 1_800_000;

/** A loaded vehicle is sealed, let go, and leaves; then the dock is free. */
export const departed = (saga: ReturnType<typeof loaded>) =>
  saga
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
    .step('may-leave', releaseVehicle, {
      title: 'Tell the vehicle that it may leave',
      input: ({ input }) => ({ bookingId: input.bookingId }),
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
    });
