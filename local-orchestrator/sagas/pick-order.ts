import { type Static, Type } from 'typebox';
import { WorkOrder } from '#contracts/events/order.ts';
import { OrderRisk } from '#contracts/models.ts';
import type { SagaDefinition } from '#contracts/sagas.ts';
import type { PlaceConfig, SiteFile } from '#contracts/site-file.ts';
import { defineSaga } from '../definition/builder.ts';
import { eq, gt, orElse, text } from '../definition/refs.ts';
import { endCancelled, goOn, park, to, undoTo, way } from '../definition/routes.ts';
import { conveyor, nothingMoved, robot } from './floor-activities.ts';
import {
  chooseRobot,
  consumeStock,
  inspectPick,
  leaveTote,
  releaseRobot,
  releaseStock,
  reserveStock,
  restock,
} from './pick-activities.ts';

export const PICK_ORDER = 'pick-order';
/** From its first step to packing; longer is not as intended. */
const ORDER_MS = 1_800_000;

export const PickInput = Type.Object({
  order: WorkOrder,
  zone: Type.String({ description: 'Of its destination.' }),
  acceptedAtMs: Type.Integer(),
  risk: Type.Optional(
    Type.Union([OrderRisk, Type.Null()], {
      description: 'That it will need a person, as it was known when it was accepted.',
    }),
  ),
});
export type PickInput = Static<typeof PickInput>;

export interface PickOrderSite {
  readonly config: SiteFile['sagas']['pickOrder'];
  readonly places: readonly PlaceConfig[];
}

const GO_TIMEOUT_MS = 180_000;
const PICK_TIMEOUT_MS = 900_000;
const DROP_TIMEOUT_MS = 300_000;
const CONVEY_TIMEOUT_MS = 180_000;
const PERSON_DUE_MS = 900_000;
/** Other robots tried for one order before a person is asked. */
const ROBOTS_MAX = 5;
const PICKS_AGAIN_MAX = 10;

/** Another robot begins anew; when several have failed, it is hardly the robots, and a person is asked. */
const anotherRobot = <S extends Record<string, unknown>>(step: string) =>
  undoTo<PickInput, S>(
    'choose-robot',
    ROBOTS_MAX,
    way((saga) =>
      saga.task(`${step}-trouble`, {
        kind: 'robots-failed',
        title: 'No robot gets this done',
        text: ({ failed }) => text`Several robots have failed, the last with: ${failed(step).reason}`,
        context: ({ input }) => ({ Order: input.order.orderId, Lines: input.order.lines }),
        dueMs: PERSON_DUE_MS,
        decisions: {
          retry: {
            label: 'Try with another robot',
            tone: 'primary',
            needsNote: false,
            leads: undoTo('choose-robot', PICKS_AGAIN_MAX),
          },
          cancel: {
            label: 'Cancel order',
            tone: 'danger',
            needsNote: false,
            leads: endCancelled('no robot could pick it'),
          },
        },
      }),
    ),
  );

/**
 * Takes an order from the racks to packing.
 *
 * When a robot fails or is lost:
 * - on the way to the rack it carries nothing, so an unknown outcome counts as failed and another robot is
 *   chosen; the first one is not fit (lost, fault, flat) until it is well again;
 * - at picking, what it holds is unknown. The device is asked; if it says failed, it puts back what it has and
 *   another robot begins anew with a new tote. If it cannot put back, the amends are blocked and a person takes
 *   the tote off before it goes on. If nobody knows, a person looks: nothing is picked twice on a guess;
 * - at the induct a person decides, because the tote may stand half on the line. When the robot was taken out of
 *   service meanwhile, its recovery has the tote, and another robot may begin anew.
 *
 * Once the tote has left the robot, putting back no longer applies: amends are the reject lane, and the goods
 * are booked to where they then lie.
 */
export function pickOrder({ config, places }: PickOrderSite): SagaDefinition {
  const induct = config.induct ?? places.find(({ kind }) => kind === 'induct')?.id;
  const rejectPlace = places.find(({ kind }) => kind === 'reject')?.id ?? 'reject';
  const line = config.conveyor;

  const dropped = defineSaga(PICK_ORDER, PickInput)
    .step('reserve', reserveStock, {
      title: 'Reserve stock',
      input: ({ input, decided }) => ({
        lines: input.order.lines,
        partial: eq<string>(decided('short-stock'), 'accept-short'),
      }),
      undo: { activity: releaseStock, title: 'Release stock', input: () => ({}) },
      onFailure: {
        SAGA_INVENTORY_SHORT: way((saga) =>
          saga.task('short-stock', {
            kind: 'short-stock',
            title: 'Not enough stock',
            text: ({ failed }) => text`${failed('reserve').reason}. Replenish and try again, or decide.`,
            context: ({ input }) => ({ Order: input.order.orderId, Lines: input.order.lines }),
            dueMs: PERSON_DUE_MS,
            decisions: {
              retry: {
                label: 'Replenished: try again',
                tone: 'primary',
                needsNote: false,
                leads: to('reserve'),
              },
              'accept-short': {
                label: 'Send what there is',
                tone: 'neutral',
                needsNote: false,
                leads: to('reserve'),
              },
              cancel: {
                label: 'Cancel order',
                tone: 'danger',
                needsNote: false,
                leads: endCancelled('stock did not suffice'),
              },
            },
          }),
        ),
      },
    })
    .step('choose-robot', chooseRobot, {
      title: 'Choose a robot',
      timeoutMs: null,
      input: ({ input, steps }) => ({
        near: steps.reserve.firstPlace,
        robots: config.robots,
        batteryMin: config.batteryMin,
        priority: input.order.priority,
        sinceMs: input.acceptedAtMs,
      }),
      undo: { activity: releaseRobot, title: 'Release the robot', input: () => ({ epoch: null }) },
    })
    .step('go-to-rack', robot.goTo, {
      title: 'Drive to the first rack',
      timeoutMs: GO_TIMEOUT_MS,
      retry: { attempts: 2 },
      reconcile: { queries: 3, whenUnknown: 'fail' },
      input: ({ steps }) => ({
        target: steps['choose-robot'].robotId,
        epoch: steps['choose-robot'].epoch,
        args: { place: steps.reserve.firstPlace },
      }),
      onFailure: { '*': anotherRobot('go-to-rack') },
    })
    .step('pick', robot.pick, {
      title: 'Pick',
      timeoutMs: PICK_TIMEOUT_MS,
      retry: nothingMoved,
      input: ({ steps }) => ({
        target: steps['choose-robot'].robotId,
        epoch: steps['choose-robot'].epoch,
        args: { toteId: steps['choose-robot'].toteId, lines: steps.reserve.lines },
      }),
      // A person who says "it is done" says that it was picked as wanted.
      assume: () => ({}),
      undo: {
        activity: robot.putBack,
        title: 'Put back what was picked',
        timeoutMs: PICK_TIMEOUT_MS,
        input: ({ steps }) => ({
          target: steps['choose-robot'].robotId,
          epoch: steps['choose-robot'].epoch,
          args: { toteId: steps['choose-robot'].toteId },
        }),
      },
      onFailure: { '*': anotherRobot('pick') },
    })
    .step('inspect', inspectPick, {
      title: 'Compare with the order',
      input: ({ steps }) => ({
        wanted: steps.reserve.lines,
        picked: orElse(steps.pick.lines, null),
        unreserved: steps.reserve.short,
      }),
    })
    .branch('exceptions', {
      title: 'Anything wrong?',
      when: ({ steps }) => gt(steps.inspect.exceptionCount, 0),
      way: (saga) =>
        saga.task('human-check', {
          kind: 'pick-exception',
          title: 'Check the tote',
          text: ({ steps }) => text`The robot picked ${steps.inspect.words}. What shall become of the order?`,
          context: ({ input, steps }) => ({
            Order: input.order.orderId,
            Robot: steps['choose-robot'].robotId,
            Tote: steps['choose-robot'].toteId,
            Picked: steps.pick.lines,
          }),
          dueMs: PERSON_DUE_MS,
          decisions: {
            'accept-short': {
              label: 'Send it short',
              tone: 'primary',
              needsNote: false,
              leads: goOn,
            },
            retry: {
              label: 'Put back and pick again',
              tone: 'neutral',
              needsNote: false,
              leads: undoTo('pick', PICKS_AGAIN_MAX),
            },
            cancel: {
              label: 'Cancel order',
              tone: 'danger',
              needsNote: false,
              leads: endCancelled('what was picked is not what was ordered'),
            },
          },
        }),
    })
    .step('drop', robot.drop, {
      title: 'Hand the tote over',
      timeoutMs: DROP_TIMEOUT_MS,
      input: ({ input, steps }) => ({
        target: steps['choose-robot'].robotId,
        epoch: steps['choose-robot'].epoch,
        args: {
          toteId: steps['choose-robot'].toteId,
          place: line === undefined || induct === undefined ? input.order.destination : induct,
        },
      }),
      assume: () => ({}),
      voids: ['pick'],
      onFailure: {
        // Fenced: by its recovery, which puts back what is on board or has it fetched. Trying again would not help.
        SAFE_FENCED: way((saga) =>
          saga
            .step('leave-tote', leaveTote, {
              title: 'Leave the tote to the recovery of the robot',
              input: ({ steps }) => ({
                robotId: steps['choose-robot'].robotId,
                toteId: steps['choose-robot'].toteId,
              }),
              voids: ['pick'],
            })
            .task('tote-left', {
              kind: 'tote-left',
              title: 'A robot was taken out of service with a tote',
              text: ({ steps }) =>
                text`${steps['choose-robot'].robotId} was taken out of service while it carried ${steps['choose-robot'].toteId}. What is on it goes back to its racks, by the robot or by who fetches it. Shall another robot pick the order?`,
              context: ({ input, steps }) => ({
                Order: input.order.orderId,
                Robot: steps['choose-robot'].robotId,
                Tote: steps['choose-robot'].toteId,
              }),
              dueMs: PERSON_DUE_MS,
              decisions: {
                again: {
                  label: 'Pick it with another robot',
                  tone: 'primary',
                  needsNote: false,
                  leads: undoTo('choose-robot', PICKS_AGAIN_MAX),
                },
                cancel: {
                  label: 'Cancel order',
                  tone: 'danger',
                  needsNote: false,
                  leads: endCancelled('its robot was taken out of service with the tote'),
                },
              },
            }),
        ),
        '*': park,
      },
      ...(line === undefined
        ? {}
        : {
            undo: {
              activity: conveyor.reject,
              title: 'Send the tote to reject',
              timeoutMs: CONVEY_TIMEOUT_MS,
              when: 'completed',
              input: ({ steps }) => ({
                target: line,
                epoch: 0,
                args: { toteId: steps['choose-robot'].toteId },
              }),
            },
          }),
    })
    .step('consume', consumeStock, {
      title: 'Book the goods out',
      input: ({ steps }) => ({ reservationId: steps.reserve.reservationId, lines: steps.inspect.good }),
      voids: ['reserve'],
      undo: {
        activity: restock,
        title: 'Book the goods to the reject lane',
        when: 'completed',
        input: ({ steps }) => ({ lines: steps.inspect.good, place: rejectPlace }),
      },
    })
    .step('release-robot', releaseRobot, {
      title: 'Release the robot',
      input: ({ steps }) => ({ epoch: steps['choose-robot'].epoch }),
      voids: ['choose-robot'],
    });

  const arrived =
    line === undefined
      ? dropped
      : dropped
          // Whatever stopped it, the line runs only because somebody said so; saying it again does no harm. What a
          // person stopped by hand the gate keeps: that refusal is waited for, and costs no attempt.
          .step('start-line', conveyor.run, {
            title: 'Start the line',
            retry: { ...nothingMoved, only: [...nothingMoved.only, 'DRV_LINK_DOWN'] },
            reconcile: { queries: 3, whenUnknown: 'fail' },
            input: () => ({ target: line, epoch: 0, args: {} }),
            onFailure: { '*': park },
          })
          .step('convey', conveyor.convey, {
            title: 'Convey to packing',
            timeoutMs: CONVEY_TIMEOUT_MS,
            retry: { only: [...nothingMoved.only, 'DRV_SUPERSEDED', 'DRV_LINK_DOWN'] },
            input: ({ input, steps }) => ({
              target: line,
              epoch: 0,
              args: { toteId: steps['choose-robot'].toteId, to: input.order.destination },
            }),
            assume: () => ({}),
            onFailure: {
              '*': way((saga) =>
                saga.task('convey-trouble', {
                  kind: 'convey-failed',
                  title: 'The tote did not arrive',
                  text: ({ failed }) => text`${failed('convey').reason}. Clear the line, then decide.`,
                  context: ({ input, steps }) => ({
                    Order: input.order.orderId,
                    Tote: steps['choose-robot'].toteId,
                    Destination: input.order.destination,
                  }),
                  dueMs: PERSON_DUE_MS,
                  decisions: {
                    retry: {
                      label: 'Cleared: convey again',
                      tone: 'primary',
                      needsNote: false,
                      // A jam stops the line; it has to be told to run again.
                      leads: to('start-line'),
                    },
                    'by-hand': {
                      label: 'Brought to packing by hand',
                      tone: 'neutral',
                      needsNote: false,
                      leads: goOn,
                    },
                    cancel: {
                      label: 'Cancel order',
                      tone: 'danger',
                      needsNote: false,
                      leads: endCancelled('the tote did not arrive at packing'),
                    },
                  },
                }),
              ),
            },
          });

  return arrived.end({
    title: 'Pick an order',
    version: 1,
    output: ({ steps }) => ({ picked: steps.inspect.good, short: steps.inspect.short }),
    search: ({ input }) => ({ order: input.order.orderId, destination: input.order.destination }),
    slo: { durationMs: ORDER_MS, objective: 0.95 },
  });
}
