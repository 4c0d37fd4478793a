import type { Content, StockChange } from '../inventory/places.ts';

export interface CountedLine {
  readonly sku: string;
  readonly quantity: number;
}

/** What a count says against the books. */
export interface CountVerdict {
  readonly changes: readonly StockChange[];
  /** The same the other way round: the amends. */
  readonly back: readonly StockChange[];
  /** Largest difference of one article, pieces. */
  readonly worst: number;
  readonly words: string;
}

/** Compares a count with the books: an article that nobody counted is not there. Pure. */
export function judgeCount(books: readonly Content[], counted: readonly CountedLine[]): CountVerdict {
  const before = new Map(books.map(({ sku, quantity }) => [sku, quantity]));
  const after = new Map<string, number>();
  for (const { sku, quantity } of counted) after.set(sku, (after.get(sku) ?? 0) + quantity);
  const skus = [...new Set([...before.keys(), ...after.keys()])].toSorted();
  const changes = skus
    .map((sku) => ({ sku, from: before.get(sku) ?? 0, to: after.get(sku) ?? 0 }))
    .filter(({ from, to }) => from !== to);
  return {
    changes,
    back: changes.map(({ sku, from, to }) => ({ sku, from: to, to: from })),
    worst: Math.max(0, ...changes.map(({ from, to }) => Math.abs(to - from))),
    words:
      changes.length === 0
        ? 'everything is as in the books'
        : changes.map(({ sku, from, to }) => `${to} instead of ${from} × ${sku}`).join('; '),
  };
}
