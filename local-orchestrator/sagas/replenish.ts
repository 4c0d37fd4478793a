import { type Static, Type } from 'typebox';
import type { SagaDefinition } from '#contracts/sagas.ts';
import { defineSaga } from '../definition/builder.ts';
import type { Known } from '../definition/known.ts';
import { text } from '../definition/refs.ts';
import { endCancelled, to, way } from '../definition/routes.ts';
import { type CarryConfig, fetch, type Load, shelve } from './carry.ts';
import { releaseStock } from './pick-activities.ts';
import {
  claimPlace,
  giveBackPlace,
  holdRoom,
  leaveRoom,
  planRefill,
  reserveRefill,
  type SetAside,
} from './stock-activities.ts';

export const REPLENISH = 'replenish';

export const ReplenishInput = Type.Object(
  { place: Type.String({ minLength: 1, maxLength: 64, description: 'Rack that has a minimum.' }) },
  { additionalProperties: false },
);
export type ReplenishInput = Static<typeof ReplenishInput>;

const PERSON_DUE_MS = 3_600_000;
/** Before orders of usual urgency: an empty rack holds them up. */
const PRIORITY = 4;

/**
 * Fills a rack up to its target from the reserves, with what they have. One at a time for each place: another one
 * that begins meanwhile ends at once.
 */
export function replenish(config: CarryConfig): SagaDefinition {
  interface Had {
    plan: { sku: string; quantity: number; present: number; target: number };
    reserve: SetAside & { firstPlace: string; quantity: number; short: number };
  }
  const load = ({ steps }: Known<ReplenishInput, Had>): Load => ({
    reservationId: steps.reserve.reservationId,
    lines: steps.reserve.lines,
    from: steps.reserve.firstPlace,
    priority: PRIORITY,
    words: text`${steps.reserve.quantity} × ${steps.plan.sku}`,
  });
  const held = defineSaga(REPLENISH, ReplenishInput)
    .step('claim', claimPlace, {
      title: 'See that nobody else fills or counts the place',
      retry: { nonRetryable: ['STOCK_CLAIMED'] },
      input: ({ input }) => ({ place: input.place, purpose: 'replenish' as const }),
      undo: {
        activity: giveBackPlace,
        title: 'Give the place back',
        input: ({ input }) => ({ place: input.place, claimKey: null }),
      },
      onFailure: { STOCK_CLAIMED: endCancelled('the place is being replenished or counted already') },
    })
    .step('plan', planRefill, {
      title: 'See what is missing',
      input: ({ input }) => ({ place: input.place }),
      onFailure: { ENOUGH: endCancelled('the place has enough') },
    })
    .step('reserve', reserveRefill, {
      title: 'Set stock of the reserves aside',
      retry: { nonRetryable: ['SAGA_INVENTORY_SHORT'] },
      input: ({ steps }) => ({ lines: [{ sku: steps.plan.sku, quantity: steps.plan.quantity }] }),
      undo: { activity: releaseStock, title: 'Give the stock back', input: () => ({}) },
      onFailure: {
        SAGA_INVENTORY_SHORT: way((saga) =>
          saga.task('no-reserve', {
            kind: 'short-stock',
            title: 'The reserves are empty',
            text: ({ input, steps }) =>
              text`No reserve has ${steps.plan.sku} for ${input.place}: ${steps.plan.present} of ${steps.plan.target} are there. Order some, or bring some in, then decide.`,
            context: ({ input, steps }) => ({
              Article: steps.plan.sku,
              Place: input.place,
              Missing: steps.plan.quantity,
            }),
            dueMs: PERSON_DUE_MS,
            decisions: {
              retry: {
                label: 'There is some now',
                tone: 'primary',
                needsNote: false,
                leads: to('reserve'),
              },
              cancel: {
                label: 'Leave the place as it is',
                tone: 'neutral',
                needsNote: false,
                leads: endCancelled('the reserves were empty'),
              },
            },
          }),
        ),
      },
    })
    .step('choose-place', holdRoom, {
      title: 'Hold the room',
      retry: { nonRetryable: ['STOCK_NO_ROOM'] },
      input: ({ input, steps }) => ({
        sku: steps.plan.sku,
        quantity: steps.reserve.quantity,
        near: steps.reserve.firstPlace,
        only: input.place,
      }),
      undo: { activity: leaveRoom, title: 'Give the room back', input: () => ({}) },
      onFailure: {
        STOCK_NO_ROOM: endCancelled('other goods take the room of the place'),
      },
    });
  const fetched = fetch(held, config, load);
  return shelve(fetched, load, {
    sku: ({ steps }) => steps.plan.sku,
    quantity: ({ steps }) => steps.reserve.quantity,
    only: ({ input }) => input.place,
    voids: ['reserve', 'choose-place'],
  })
    .step('give-back', giveBackPlace, {
      title: 'Give the place back',
      input: ({ input, steps }) => ({ place: input.place, claimKey: steps.claim.claimKey }),
      voids: ['claim'],
    })
    .end({
      title: 'Replenish a place',
      version: 1,
      search: ({ input }) => ({ place: input.place }),
      slo: { durationMs: 1_800_000, objective: 0.95 },
      output: ({ steps }) => ({ moved: steps.inspect.good, short: steps.reserve.short }),
    });
}
