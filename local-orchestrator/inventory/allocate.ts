import type { PickLine } from '#contracts/capabilities.ts';

export interface FreeStock {
  readonly sku: string;
  readonly place: string;
  readonly free: number;
}
export interface Wanted {
  readonly sku: string;
  readonly quantity: number;
}
export interface Shortage {
  readonly sku: string;
  readonly wanted: number;
  readonly available: number;
}
export interface Allocation {
  readonly lines: readonly PickLine[];
  readonly short: readonly Shortage[];
}

/**
 * Decides which shelves an order is picked from: the fewest stops, so the shelf with most of an article first.
 * Pure. `stock` comes with the fullest shelf of each article first.
 */
export function allocate(wanted: readonly Wanted[], stock: readonly FreeStock[]): Allocation {
  const shelves = new Map<string, { place: string; free: number }[]>();
  for (const { sku, place, free } of stock) {
    const list = shelves.get(sku);
    if (list === undefined) shelves.set(sku, [{ place, free }]);
    else list.push({ place, free });
  }
  const lines: PickLine[] = [];
  const short: Shortage[] = [];
  for (const [sku, quantity] of totals(wanted)) {
    let left = quantity;
    const candidates = shelves.get(sku) ?? [];
    // One shelf that holds all of it beats two that hold it together; of those the emptiest, to clear it.
    const whole = candidates.findLast(({ free }) => free >= quantity);
    for (const { place, free } of whole === undefined ? candidates : [whole]) {
      const taken = Math.min(left, free);
      if (taken <= 0) break;
      lines.push({ sku, quantity: taken, place });
      left -= taken;
    }
    if (left > 0) short.push({ sku, wanted: quantity, available: quantity - left });
  }
  return { lines, short };
}

/** An order may name an article in several lines; it is set aside once. */
function totals(wanted: readonly Wanted[]): Map<string, number> {
  const sums = new Map<string, number>();
  for (const { sku, quantity } of wanted) sums.set(sku, (sums.get(sku) ?? 0) + quantity);
  return sums;
}
