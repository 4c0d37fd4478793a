import type { PlaceConfig } from '#contracts/site-file.ts';

export interface StockLine {
  readonly sku: string;
  readonly place: string;
  readonly quantity: number;
}

/**
 * Gives each SKU a rack: in the order they come, round and round over the racks, so that the same input always
 * gives the same slots. Several SKUs share a rack when there are more of them.
 */
export function slotSkus(
  skus: Iterable<string>,
  places: readonly PlaceConfig[],
  quantity = 1_000_000,
): StockLine[] {
  const racks = places.filter((place) => place.kind === 'rack');
  if (racks.length === 0) return [];
  return [...new Set(skus)].map((sku, index) => ({
    sku,
    place: racks[index % racks.length]?.id ?? '',
    quantity,
  }));
}

/** CSV with sku,place,quantity, as `inventoryFile` of a site file wants it. */
export function inventoryCsv(stock: readonly StockLine[]): string {
  const cell = (text: string) => (/[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
  const rows = stock.map(({ sku, place, quantity }) => `${cell(sku)},${cell(place)},${quantity}`);
  return `${['sku,place,quantity', ...rows].join('\n')}\n`;
}
