import { type Static, Type } from 'typebox';
import type { SagaDefinition } from '#contracts/sagas.ts';
import type { SiteFile } from '#contracts/site-file.ts';
import { defineSaga } from '../definition/builder.ts';
import { gt, orElse, type Ref, refTo, text } from '../definition/refs.ts';
import { endCancelled, goOn, to, way } from '../definition/routes.ts';
import type { CountVerdict } from './count.ts';
import { adjustStock, judge, readBooks, restoreStock } from './count-activities.ts';
import { nothingMoved, scanner } from './floor-activities.ts';
import { claimPlace, giveBackPlace } from './stock-activities.ts';

export const CYCLE_COUNT = 'cycle-count';

export const CountInput = Type.Object(
  { place: Type.String({ minLength: 1, maxLength: 64, description: 'Rack or reserve that is counted.' }) },
  { additionalProperties: false },
);
export type CountInput = Static<typeof CountInput>;

const COUNT_LINES_MAX = 200;
export const CountForm = Type.Object(
  {
    lines: Type.Array(
      Type.Object(
        {
          sku: Type.String({ title: 'Article', minLength: 1, maxLength: 64 }),
          quantity: Type.Integer({ title: 'Pieces', minimum: 0, maximum: 10_000_000 }),
        },
        { additionalProperties: false },
      ),
      { title: 'Counted', maxItems: COUNT_LINES_MAX },
    ),
  },
  { additionalProperties: false },
);

const PERSON_DUE_MS = 3_600_000;
/** Robots that are on their way to the place come first; an hour is more than a pick takes. */
const DRAIN = { attempts: 500, firstMs: 1_000, factor: 1.5, capMs: 15_000, totalMs: 3_600_000 };
const SCAN_TIMEOUT_MS = 30_000;

const cannot = {
  label: 'It cannot be counted',
  tone: 'danger' as const,
  needsNote: true,
  leads: endCancelled('the place could not be counted'),
};

/**
 * A place is counted. Nothing is picked from it or brought to it meanwhile. The one who counts does not see the
 * books. A difference within the tolerance is booked; above it somebody else counts again, and a difference that
 * stays needs a technician's word.
 */
export function cycleCount(config: SiteFile['sagas']['cycleCount']): SagaDefinition {
  const claimed = defineSaga(CYCLE_COUNT, CountInput)
    .step('close', claimPlace, {
      title: 'Close the place',
      retry: DRAIN,
      input: ({ input }) => ({ place: input.place, purpose: 'count' as const }),
      undo: {
        activity: giveBackPlace,
        title: 'Open the place again',
        input: ({ input }) => ({ place: input.place, claimKey: null }),
      },
      onFailure: { STOCK_CLAIMED: endCancelled('the place was taken for something else for too long') },
    })
    .step('books', readBooks, {
      title: 'Wait for orders that have goods of it',
      retry: DRAIN,
      input: ({ input }) => ({ place: input.place }),
      onFailure: {
        STOCK_PROMISED: way((saga) =>
          saga.task('still-promised', {
            kind: 'count-waits',
            title: 'A place cannot be counted yet',
            text: ({ failed }) => text`${failed('books').reason}. See to these orders, or count another day.`,
            context: ({ input }) => ({ Place: input.place }),
            dueMs: PERSON_DUE_MS,
            decisions: {
              retry: { label: 'Look again', tone: 'primary', needsNote: false, leads: to('books') },
              cancel: {
                label: 'Another day',
                tone: 'neutral',
                needsNote: false,
                leads: endCancelled('orders under way had goods of the place'),
              },
            },
          }),
        ),
      },
    });

  const counted = (
    config.scanner === undefined
      ? claimed
      : claimed.step('scan', scanner.read, {
          title: 'Read the label of the place',
          timeoutMs: SCAN_TIMEOUT_MS,
          retry: { ...nothingMoved, attempts: 1 },
          reconcile: { queries: 1, whenUnknown: 'fail' },
          input: () => ({ target: config.scanner ?? '', epoch: 0, args: {} }),
          // A label that cannot be read keeps nobody from counting.
          onFailure: { '*': goOn },
        })
  )
    .task('first-count', {
      kind: 'count',
      title: 'Count a place',
      text: ({ input }) =>
        text`Count what lies at ${input.place}, every article, and write down the pieces. Leave out what is not there.`,
      context: ({ input, steps }) => ({
        Place: input.place,
        'Articles by the books': steps.books.articles,
        ...(config.scanner === undefined
          ? {}
          : { Scanned: orElse(refTo<string>('steps.scan.output.code'), 'nothing') }),
      }),
      dueMs: PERSON_DUE_MS,
      people: ({ input }) => ({ skill: 'counting', zone: input.place }),
      form: CountForm,
      decisions: {
        counted: { label: 'Counted', tone: 'primary', needsNote: false, leads: goOn },
        cannot,
      },
    })
    .step('compare', judge, {
      title: 'Compare with the books',
      input: ({ steps }) => ({
        books: steps.books.books,
        counted: steps['first-count'].form.lines,
        by: steps['first-count'].by,
        notBy: '',
      }),
    });

  /** The second count when there was one. */
  const verdict = (first: Ref<CountVerdict>) => {
    const second = refTo<CountVerdict>('steps.compare-again.output');
    return {
      changes: orElse(second.changes, first.changes),
      back: orElse(second.back, first.back),
      words: orElse(second.words, first.words),
    };
  };

  return counted
    .branch('differs', {
      title: 'More than the tolerance?',
      when: ({ steps }) => gt(steps.compare.worst, config.tolerancePieces),
      way: (saga) =>
        saga
          .task('second-count', {
            kind: 'count-again',
            title: 'Count a place a second time',
            text: ({ input, steps }) =>
              text`${input.place} was counted by ${steps['first-count'].by} and differs from the books. Somebody else counts it again.`,
            context: ({ input, steps }) => ({
              Place: input.place,
              'Articles by the books': steps.books.articles,
              'Not by': steps['first-count'].by,
            }),
            dueMs: PERSON_DUE_MS,
            people: ({ input }) => ({ skill: 'counting', zone: input.place }),
            form: CountForm,
            decisions: {
              counted: { label: 'Counted', tone: 'primary', needsNote: false, leads: goOn },
              cannot,
            },
          })
          .step('compare-again', judge, {
            title: 'Compare the second count',
            input: ({ steps }) => ({
              books: steps.books.books,
              counted: steps['second-count'].form.lines,
              by: steps['second-count'].by,
              notBy: steps['first-count'].by,
            }),
            onFailure: { SAME_PERSON: to('second-count') },
          })
          .branch('still-differs', {
            title: 'Still more than the tolerance?',
            when: ({ steps }) => gt(steps['compare-again'].worst, config.tolerancePieces),
            way: (large) =>
              large.task('approve', {
                kind: 'count-approve',
                title: 'Approve a difference',
                text: ({ input, steps }) =>
                  text`At ${input.place} there are ${steps['compare-again'].words}. Shall the books follow?`,
                context: ({ input, steps }) => ({
                  Place: input.place,
                  'First count': text`${steps['first-count'].by}: ${steps.compare.words}`,
                  'Second count': text`${steps['second-count'].by}: ${steps['compare-again'].words}`,
                }),
                dueMs: PERSON_DUE_MS,
                people: () => ({ role: 'technician' }),
                decisions: {
                  approve: { label: 'Book it', tone: 'primary', needsNote: true, leads: goOn },
                  recount: {
                    label: 'Count once more',
                    tone: 'neutral',
                    needsNote: false,
                    leads: to('second-count'),
                  },
                  reject: {
                    label: 'Leave the books',
                    tone: 'danger',
                    needsNote: true,
                    leads: endCancelled('the difference was not approved'),
                  },
                },
              }),
          }),
    })
    .step('adjust', adjustStock, {
      title: 'Set the books to what was counted',
      input: ({ input, steps }) => ({ place: input.place, changes: verdict(steps.compare).changes }),
      undo: {
        activity: restoreStock,
        title: 'Set the books back',
        when: 'completed',
        input: ({ input, steps }) => ({ place: input.place, changes: verdict(steps.compare).back }),
      },
    })
    .step('open', giveBackPlace, {
      title: 'Open the place again',
      input: ({ input, steps }) => ({ place: input.place, claimKey: steps.close.claimKey }),
      voids: ['close', 'adjust'],
    })
    .end({
      title: 'Count a place',
      version: 1,
      search: ({ input }) => ({ place: input.place }),
      slo: { durationMs: 14_400_000, objective: 0.9 },
      output: ({ steps }) => ({
        found: verdict(steps.compare).words,
        changes: verdict(steps.compare).changes,
      }),
    });
}
