import type { DockRules } from '#contracts/docks.ts';
import { defineSaga } from '../definition/builder.ts';
import { and, eq, not, orElse, refTo, text } from '../definition/refs.ts';
import { endCancelled, goOn } from '../definition/routes.ts';
import { DOCK_HANDOFF } from '../docks/bookings.ts';
import { type Awaited, awaitVehicle, freeDock, holdDock, takeArrival } from './dock-activities.ts';
import { HandoffInput, Nothing } from './dock-input.ts';

const NO_SHOW_DUE_MS = 3_600_000;
/** Times a booking may be moved. */
const MOVES_MAX = 100;

/** The slot is held until the vehicle comes, is moved to another time, or is late for good. */
export const awaited = (rules: DockRules) =>
  defineSaga(DOCK_HANDOFF, HandoffInput)
    .step('hold', holdDock, {
      title: 'Hold the slot',
      input: ({ input }) => ({ bookingId: input.bookingId }),
      undo: {
        activity: freeDock,
        title: 'Free the dock',
        input: ({ input, decided, saga }) => ({
          bookingId: input.bookingId,
          as: 'cancelled' as const,
          // Nobody said that it has come, and nobody called it off.
          noShow: and(
            eq<string>(orElse(refTo<Awaited['state']>('steps.seen.output.state'), ''), 'no-show'),
            not(eq<string>(decided('late'), 'came')),
            not(saga.cancelled),
          ),
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
