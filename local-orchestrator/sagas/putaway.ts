import { type Static, Type } from 'typebox';
import type { SagaDefinition } from '#contracts/sagas.ts';
import { defineSaga } from '../definition/builder.ts';
import type { Known } from '../definition/known.ts';
import { orElse, text } from '../definition/refs.ts';
import { endCancelled, to, way } from '../definition/routes.ts';
import { type CarryConfig, fetch, type Load, shelve } from './carry.ts';
import { holdRoom, leaveRoom, receiveGoods, type SetAside, withdrawGoods } from './stock-activities.ts';

export const PUTAWAY = 'putaway';

export const PutawayInput = Type.Object(
  {
    sku: Type.String({ minLength: 1, maxLength: 64, description: 'Article that has come in.' }),
    quantity: Type.Integer({ minimum: 1, maximum: 1_000_000, description: 'Pieces.' }),
    from: Type.String({ minLength: 1, maxLength: 64, description: 'Receiving place where it stands.' }),
    priority: Type.Optional(Type.Integer({ minimum: 0, maximum: 9, description: '0 is the most urgent.' })),
  },
  { additionalProperties: false },
);
export type PutawayInput = Static<typeof PutawayInput>;

const PERSON_DUE_MS = 1_800_000;
const USUAL_PRIORITY = 6;

/**
 * Brings goods that have come in to a rack with room: where the article belongs, or lies already, or an empty one.
 *
 * Until a robot has put them down, ending it leaves no trace: the goods go back to the receiving place and out of
 * the books, and are received anew when somebody begins again.
 */
export function putaway(config: CarryConfig): SagaDefinition {
  const load = ({ input, steps }: Known<PutawayInput, { receive: SetAside }>): Load => ({
    reservationId: steps.receive.reservationId,
    lines: steps.receive.lines,
    from: input.from,
    priority: orElse(input.priority, USUAL_PRIORITY),
    words: text`${input.quantity} × ${input.sku}`,
  });
  const held = defineSaga(PUTAWAY, PutawayInput)
    .step('receive', receiveGoods, {
      title: 'Book the goods in',
      input: ({ input }) => ({ sku: input.sku, quantity: input.quantity, place: input.from }),
      undo: { activity: withdrawGoods, title: 'Take the goods out of the books', input: () => ({}) },
    })
    .step('choose-place', holdRoom, {
      title: 'Find a place with room',
      retry: { nonRetryable: ['STOCK_NO_ROOM'] },
      input: ({ input }) => ({ sku: input.sku, quantity: input.quantity, near: input.from, only: null }),
      undo: { activity: leaveRoom, title: 'Give the room back', input: () => ({}) },
      onFailure: {
        STOCK_NO_ROOM: way((saga) =>
          saga.task('no-room', {
            kind: 'no-room',
            title: 'No place has room for the goods',
            text: ({ failed }) => text`${failed('choose-place').reason}. Make room, or take them back.`,
            context: ({ input }) => ({ Article: input.sku, Pieces: input.quantity, 'Stands at': input.from }),
            dueMs: PERSON_DUE_MS,
            decisions: {
              retry: {
                label: 'There is room now',
                tone: 'primary',
                needsNote: false,
                leads: to('choose-place'),
              },
              cancel: {
                label: 'Do not put away',
                tone: 'danger',
                needsNote: true,
                leads: endCancelled('no place had room'),
              },
            },
          }),
        ),
      },
    });
  const fetched = fetch(held, config, load);
  return shelve(fetched, load, {
    sku: ({ input }) => input.sku,
    quantity: ({ input }) => input.quantity,
    only: () => null,
    voids: ['receive', 'choose-place'],
  }).end({
    title: 'Put goods away',
    version: 1,
    search: ({ input }) => ({ sku: input.sku, place: input.from }),
    slo: { durationMs: 1_800_000, objective: 0.95 },
    output: ({ steps }) => ({ place: steps['settle-place'].place, moved: steps.inspect.good }),
  });
}
