import type { DockRules } from '#contracts/docks.ts';
import { LOAD_LINES_MAX } from '#contracts/docks.ts';
import type { SagaBuilder } from '../definition/builder.ts';
import type { Known } from '../definition/known.ts';
import { type Ref, text } from '../definition/refs.ts';
import { endCancelled, goOn, to, way } from '../definition/routes.ts';
import { type CarryConfig, type Fetched, fetch } from './carry.ts';
import type { Admitted } from './dock-activities.ts';
import type { held } from './dock-berth.ts';
import { type HandoffInput, PERSON_DUE_MS } from './dock-input.ts';
import { nothingMoved, robot } from './floor-activities.ts';
import { releaseRobot, restock } from './pick-activities.ts';
import { moveGoods } from './stock-activities.ts';

const DROP_TIMEOUT_MS = 300_000;
/** A vehicle at the dock waits for its goods: before putting away, after urgent orders. */
const PRIORITY = 3;

/** Robots bring the goods, a line of the load each. */
export const loaded = (saga: ReturnType<typeof held>, carrying: CarryConfig, rules: DockRules) =>
  saga.each('load', {
    title: 'Load the vehicle',
    items: ({ steps }) => steps.reserve.lines,
    itemsMax: LOAD_LINES_MAX,
    concurrencyMax: rules.robotsMax,
    way: (saga, { item, index }) => loadOne(saga, carrying, rules, item, index),
    output: ({ steps }) => steps.inspect.good,
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
