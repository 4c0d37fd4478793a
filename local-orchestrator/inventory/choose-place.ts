import type { PlaceConfig } from '#contracts/site-file.ts';

/** How full a place is, as far as one article is concerned. */
export interface PlaceLoad {
  readonly place: PlaceConfig;
  /** Pieces of any article, and those that somebody is bringing. */
  readonly filled: number;
  /** Pieces of the article that looks for a place. */
  readonly same: number;
  /** Taken for counting: nothing is brought and nothing is picked. */
  readonly closed: boolean;
}

export interface PlaceWish {
  readonly sku: string;
  readonly quantity: number;
  /** Where the goods are, m. */
  readonly near: { readonly x: number; readonly y: number } | null;
  /** Places that have turned out not to do. */
  readonly avoid: readonly string[];
}

/**
 * The place where goods are put away: where the article belongs, then where it lies already, then an empty place,
 * then the nearest of the others; undefined when nothing has room. Pure.
 */
export function choosePlace(wish: PlaceWish, loads: readonly PlaceLoad[]): PlaceConfig | undefined {
  return loads
    .filter(({ place, closed }) => !closed && !wish.avoid.includes(place.id))
    .filter(({ place }) => place.holds === undefined || place.holds.sku === wish.sku)
    .filter(({ place, filled }) => roomOf(place, filled) >= wish.quantity)
    .toSorted(
      (a, b) =>
        rankOf(a, wish.sku) - rankOf(b, wish.sku) ||
        distanceOf(a.place, wish.near) - distanceOf(b.place, wish.near) ||
        a.place.id.localeCompare(b.place.id),
    )[0]?.place;
}

export const roomOf = (place: PlaceConfig, filled: number): number =>
  (place.capacity ?? Number.POSITIVE_INFINITY) - filled;

function rankOf({ place, same, filled }: PlaceLoad, sku: string): number {
  if (place.holds?.sku === sku) return 0;
  if (same > 0) return 1;
  return filled === 0 ? 2 : 3;
}

const distanceOf = (place: PlaceConfig, near: PlaceWish['near']): number =>
  near === null ? 0 : Math.hypot(place.x - near.x, place.y - near.y);
