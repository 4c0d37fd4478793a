import { ApplianceError } from '#contracts/errors.ts';
import {
  ActivityFailure,
  type ActivityRunner,
  implement,
  localActivity,
  needsUndo,
} from '../activities/activity.ts';
import type { Inventory } from '../inventory/inventory.ts';
import type { Content, StockChange } from '../inventory/places.ts';
import { type CountedLine, type CountVerdict, judgeCount } from './count.ts';
import { actOf } from './pick-activities.ts';

/** Fails with STOCK_PROMISED while orders under way still have goods of the place. */
export const readBooks = localActivity<{ place: string }, { books: readonly Content[]; articles: string }>(
  'count.books',
  1,
);
export const judge = localActivity<
  {
    books: readonly Content[];
    counted: readonly CountedLine[];
    by: string;
    /** Who must not have counted this time; empty at the first count. */
    notBy: string;
  },
  CountVerdict
>('count.judge', 1);
export const adjustStock = needsUndo(
  localActivity<{ place: string; changes: readonly StockChange[] }, null>('inventory.adjust', 1),
);
/** The amends: the books as they were. */
export const restoreStock = localActivity<{ place: string; changes: readonly StockChange[] }, null>(
  'inventory.restore',
  1,
);

export function countRunners({ inventory }: { inventory: Inventory }): ActivityRunner[] {
  const adjust = async (
    call: Parameters<typeof actOf>[0] & { input: { place: string; changes: readonly StockChange[] } },
  ) => {
    await inventory.places.adjust(call.input.place, call.input.changes, actOf(call));
    return null;
  };
  return [
    implement(readBooks, async ({ input }) => {
      const books = await inventory.places.contents(input.place);
      const quantity = books.reduce((sum, { reserved }) => sum + reserved, 0);
      if (quantity > 0) throw new ApplianceError('STOCK_PROMISED', { quantity, place: input.place });
      return { books, articles: books.map(({ sku }) => sku).join(', ') || 'none' };
    }),
    implement(judge, ({ input }) => {
      if (input.by === input.notBy) {
        throw new ActivityFailure('SAME_PERSON', `${input.by} has counted before`, false);
      }
      return judgeCount(input.books, input.counted);
    }),
    implement(adjustStock, adjust),
    implement(restoreStock, adjust),
  ];
}
