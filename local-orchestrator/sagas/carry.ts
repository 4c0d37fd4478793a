import type { PickedLine, PickLine } from '#contracts/capabilities.ts';
import type { SiteFile } from '#contracts/site-file.ts';
import type { SagaBuilder } from '../definition/builder.ts';
import type { Known } from '../definition/known.ts';
import { type Arg, eq, gt, orElse, refTo, text } from '../definition/refs.ts';
import { endCancelled, goOn, to, undoTo, way } from '../definition/routes.ts';
import { nothingMoved, robot } from './floor-activities.ts';
import { chooseRobot, type Inspection, inspectPick, releaseRobot } from './pick-activities.ts';
import { moveGoods, settlePlace } from './stock-activities.ts';

export type CarryConfig = SiteFile['sagas']['carrying'];

/** What is carried, as the saga that has it carried knows it. */
export interface Load {
  readonly reservationId: Arg<string>;
  readonly lines: Arg<readonly PickLine[]>;
  readonly from: Arg<string>;
  readonly priority: Arg<number>;
  /** In words, for people. */
  readonly words: Arg<string>;
  readonly hand?: Arg<number>;
}

/** What is known once a robot has the goods. */
export interface Fetched {
  'choose-robot': { robotId: string; epoch: number; toteId: string };
  'pick-up': { lines: readonly PickedLine[] };
  inspect: Inspection;
}
/** What is known once they lie at their place. */
export interface Shelved extends Fetched {
  'settle-place': { place: string; avoided: readonly string[] };
  'set-down': { place: string };
}

const PICK_TIMEOUT_MS = 900_000;
const DROP_TIMEOUT_MS = 300_000;
const PERSON_DUE_MS = 900_000;
/** Other robots tried for one load before a person is asked. */
const ROBOTS_MAX = 5;
const AGAIN_MAX = 10;

/** Writes nodes that only know of each other and of what `given` says of the ones before. */
const within = <I, S, More>(saga: SagaBuilder<I, S>, write: (saga: SagaBuilder<I, object>) => unknown) =>
  write(saga as unknown as SagaBuilder<I, object>) as SagaBuilder<I, S & More>;

/**
 * A robot is leased and takes the goods. One that fails on the way puts back what it has, and another begins anew;
 * when several have failed a person is asked. What was picked is compared with what was wanted.
 */
export const fetch = <I, S>(
  saga: SagaBuilder<I, S>,
  config: CarryConfig,
  given: (known: Known<I, S>) => Load,
): SagaBuilder<I, S & Fetched> => {
  const of = given as unknown as (known: Known<I, object>) => Load;
  const handOf = (load: Load) => (load.hand === undefined ? {} : { hand: load.hand });
  return within<I, S, Fetched>(saga, (begun) =>
    begun
      .step('choose-robot', chooseRobot, {
        title: 'Choose a robot',
        timeoutMs: null,
        input: (known) => ({
          near: of(known).from,
          robots: config.robots,
          batteryMin: config.batteryMin,
          priority: of(known).priority,
          sinceMs: 0,
          ...handOf(of(known)),
        }),
        undo: {
          activity: releaseRobot,
          title: 'Release the robot',
          input: (known) => ({ epoch: null, ...handOf(of(known)) }),
        },
      })
      .step('pick-up', robot.pick, {
        title: 'Take the goods',
        timeoutMs: PICK_TIMEOUT_MS,
        retry: nothingMoved,
        input: (known) => {
          const { robotId, epoch, toteId } = known.steps['choose-robot'];
          return { target: robotId, epoch, args: { toteId, lines: of(known).lines } };
        },
        // A person who says "it is done" says that it was taken as wanted.
        assume: () => ({}),
        undo: {
          activity: robot.putBack,
          title: 'Put the goods back',
          timeoutMs: PICK_TIMEOUT_MS,
          input: ({ steps }) => {
            const { robotId, epoch, toteId } = steps['choose-robot'];
            return { target: robotId, epoch, args: { toteId } };
          },
        },
        onFailure: {
          '*': undoTo(
            'choose-robot',
            ROBOTS_MAX,
            way((trouble) =>
              trouble.task('pick-up-trouble', {
                kind: 'robots-failed',
                title: 'No robot gets this done',
                text: ({ failed }) =>
                  text`Several robots have failed, the last with: ${failed('pick-up').reason}`,
                context: (known) => ({ Load: of(known).words, From: of(known).from }),
                dueMs: PERSON_DUE_MS,
                decisions: {
                  retry: {
                    label: 'Try with another robot',
                    tone: 'primary',
                    needsNote: false,
                    leads: undoTo('choose-robot', AGAIN_MAX),
                  },
                  cancel: {
                    label: 'Leave the goods there',
                    tone: 'danger',
                    needsNote: false,
                    leads: endCancelled('no robot could take the goods'),
                  },
                },
              }),
            ),
          ),
        },
      })
      .step('inspect', inspectPick, {
        title: 'Compare with what was wanted',
        input: (known) => ({
          wanted: of(known).lines,
          picked: orElse(known.steps['pick-up'].lines, null),
          unreserved: [],
        }),
      })
      .branch('load-differs', {
        title: 'Anything wrong?',
        when: ({ steps }) => gt(steps.inspect.exceptionCount, 0),
        way: (wrong) =>
          wrong.task('check-load', {
            kind: 'load-differs',
            title: 'Check the load',
            text: ({ steps }) => text`The robot has ${steps.inspect.words}. What shall become of it?`,
            context: (known) => ({
              Load: of(known).words,
              From: of(known).from,
              Robot: known.steps['choose-robot'].robotId,
              Tote: known.steps['choose-robot'].toteId,
            }),
            dueMs: PERSON_DUE_MS,
            decisions: {
              'accept-short': {
                label: 'Bring what is right',
                tone: 'primary',
                needsNote: false,
                leads: goOn,
              },
              retry: {
                label: 'Put back and take again',
                tone: 'neutral',
                needsNote: false,
                leads: undoTo('pick-up', AGAIN_MAX),
              },
              cancel: {
                label: 'Put back and end',
                tone: 'danger',
                needsNote: false,
                leads: endCancelled('what was taken is not what was wanted'),
              },
            },
          }),
      }),
  );
};

interface ShelveOptions<I, S> {
  readonly sku: (known: Known<I, S>) => Arg<string>;
  readonly quantity: (known: Known<I, S>) => Arg<number>;
  /** The place it must be, or null when any rack will do. */
  readonly only: (known: Known<I, S>) => Arg<string | null>;
  /** Amends of the saga that no longer apply once the goods are booked at their place. */
  readonly voids: readonly (keyof S & string)[];
}

/**
 * The robot brings the goods to their place, and the books follow. A place that was closed meanwhile or is full
 * gives way to another; where there is none, or the robot cannot put down, a person decides with the goods still on
 * the robot. Once they are put down there is no way back: amends book them where they lie.
 */
export const shelve = <I, S extends Fetched>(
  saga: SagaBuilder<I, S>,
  given: (known: Known<I, S>) => Load,
  options: ShelveOptions<I, S>,
): SagaBuilder<I, S & Shelved> => {
  type Had = Fetched;
  const of = given as unknown as (known: Known<I, Had>) => Load;
  const on = options as unknown as ShelveOptions<I, Had>;
  const settled = refTo<Shelved['settle-place']>('steps.settle-place.output');
  const booking = (known: Known<I, Had>) => ({
    reservationId: of(known).reservationId,
    lines: known.steps.inspect.good,
    to: settled.place,
    last: true,
  });
  const begun = saga as unknown as SagaBuilder<I, Had>;
  const shelved = begun
    .step('settle-place', settlePlace, {
      title: 'Settle the place',
      retry: { nonRetryable: ['STOCK_NO_ROOM'] },
      input: (known) => ({
        sku: on.sku(known),
        quantity: on.quantity(known),
        near: of(known).from,
        only: on.only(known),
        last: orElse(settled.place, ''),
        avoided: orElse(settled.avoided, []),
        moveOn: eq<string>(known.decided('set-down-trouble'), 'other-place'),
      }),
      onFailure: {
        STOCK_NO_ROOM: way((full) =>
          full.task('place-gone', {
            kind: 'no-room',
            title: 'There is no room for the goods',
            text: ({ failed }) => text`${failed('settle-place').reason}. The robot waits with the goods.`,
            context: (known) => ({
              Load: of(known).words,
              Robot: known.steps['choose-robot'].robotId,
              From: of(known).from,
            }),
            dueMs: PERSON_DUE_MS,
            decisions: {
              retry: {
                label: 'There is room now',
                tone: 'primary',
                needsNote: false,
                leads: to('settle-place'),
              },
              cancel: {
                label: 'Put back and end',
                tone: 'danger',
                needsNote: false,
                leads: endCancelled('there was no room'),
              },
            },
          }),
        ),
      },
    })
    .step('set-down', robot.drop, {
      title: 'Put the goods down',
      timeoutMs: DROP_TIMEOUT_MS,
      // Two robots before one rack stand in each other's way.
      limits: ({ steps }) => [{ name: 'place', key: steps['settle-place'].place, concurrencyMax: 1 }],
      retry: nothingMoved,
      input: ({ steps }) => {
        const { robotId, epoch, toteId } = steps['choose-robot'];
        return { target: robotId, epoch, args: { toteId, place: steps['settle-place'].place } };
      },
      assume: () => ({}),
      voids: ['pick-up'],
      undo: {
        activity: moveGoods,
        title: 'Book the goods where they lie now',
        when: 'completed',
        input: booking,
      },
      onFailure: {
        '*': way((trouble) =>
          trouble.task('set-down-trouble', {
            kind: 'set-down-failed',
            title: 'The goods could not be put down',
            text: ({ failed, steps }) =>
              text`${failed('set-down').reason}, at ${steps['settle-place'].place}. Look, then decide.`,
            context: (known) => ({
              Load: of(known).words,
              Robot: known.steps['choose-robot'].robotId,
              Tote: known.steps['choose-robot'].toteId,
              Place: known.steps['settle-place'].place,
            }),
            dueMs: PERSON_DUE_MS,
            decisions: {
              retry: {
                label: 'The place is clear: try again',
                tone: 'primary',
                needsNote: false,
                leads: to('set-down'),
              },
              'other-place': {
                label: 'Bring it to another place',
                tone: 'neutral',
                needsNote: false,
                leads: to('settle-place'),
              },
              'by-hand': {
                label: 'I have put it there by hand',
                tone: 'neutral',
                needsNote: false,
                leads: goOn,
              },
              cancel: {
                label: 'Put back and end',
                tone: 'danger',
                needsNote: false,
                leads: endCancelled('the goods could not be put down'),
              },
            },
          }),
        ),
      },
    })
    .step('book', moveGoods, {
      title: 'Book the goods to their place',
      input: booking,
      voids: ['pick-up', 'set-down', ...(options.voids as readonly 'pick-up'[])],
    })
    .step('release-robot', releaseRobot, {
      title: 'Release the robot',
      input: ({ steps }) => ({ epoch: steps['choose-robot'].epoch }),
      voids: ['choose-robot'],
    });
  return shelved as unknown as SagaBuilder<I, S & Shelved>;
};
