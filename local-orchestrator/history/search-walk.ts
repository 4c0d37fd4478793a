import type { SqlParams, SqlRow, SqlValue, Store } from '#contracts/store.ts';
import { invalid, LAST } from './search-query.ts';
import { type WalkName, walks } from './search-tables.ts';

/** Sagas looked at in one stretch: some 30 ms of the reader's time at worst. */
export const LOOK_COUNT_MAX = 20_000;
/** Stretches of one request; a search that has found too little by then says where to go on. */
const STRETCHES_MAX = 4;
const MAX = Number.MAX_SAFE_INTEGER;

export interface Plan {
  readonly walk: WalkName;
  /** One stretch is all of it. */
  readonly isShort: boolean;
}
export interface Bounds {
  readonly first: Key;
  readonly last: Key;
}
/** What is looked at in one go: beyond `from`, up to `to`. */
export interface Stretch {
  readonly from: Key;
  readonly to: Key;
  /** Nothing lies beyond it. */
  readonly isLast: boolean;
}

/** Where a walk from this key leaves its stretch of so many sagas; null when it has no more than that. */
export async function edgeOf(
  store: Store,
  walk: WalkName,
  params: SqlParams,
  key: Key,
  lookCount = LOOK_COUNT_MAX,
): Promise<Key | null> {
  const [row] = await store.query(`history.${walk}Edge`, { ...params, ...named('k', key), lookCount });
  return row === undefined ? null : keyOf(walk, row);
}

/** The stretches of one request, each found when the one before was not enough. */
export async function* stretches(
  store: Store,
  { walk, isShort }: Plan,
  params: SqlParams,
  { first, last }: Bounds,
): AsyncGenerator<Stretch, void> {
  let from = first;
  for (let count = 0; count < STRETCHES_MAX; count += 1) {
    const edge = isShort ? null : await edgeOf(store, walk, params, from);
    const isLast = edge === null || (walk === 'words' && Number(edge[0]) <= Number(last[0]));
    yield { from, to: edge ?? last, isLast };
    if (isLast) return;
    from = edge;
  }
}

/** Where a walk stands: values of its key columns. */
export type Key = readonly SqlValue[];
export const keyOf = (name: WalkName, row: SqlRow): Key =>
  walks[name].key.map((_, index) => row[`k${index}`] ?? null);
export const firstKey = (name: WalkName): Key =>
  walks[name].direction === 'down'
    ? walks[name].key.map(() => MAX)
    : walks[name].key.map((_, index) => (index === 0 ? '' : -1));
export const lastKey = (name: WalkName): Key =>
  walks[name].direction === 'down'
    ? walks[name].key.map(() => -1)
    : walks[name].key.map((_, index) => (index === 0 ? LAST : MAX));
export const named = (letter: string, key: Key): SqlParams =>
  Object.fromEntries(key.map((value, index) => [`${letter}${index}`, value]));

export const writeNext = (walk: WalkName, key: Key): string =>
  Buffer.from(JSON.stringify([walk, ...key])).toString('base64url');

export function readNext(text: string): Plan & { readonly key: Key } {
  const broken = invalid('after', 'is no place of a search', 'Send `next` of the page before as it came.');
  let parsed: unknown;
  try {
    parsed = JSON.parse(Buffer.from(text, 'base64url').toString('utf8'));
  } catch {
    throw broken;
  }
  if (!Array.isArray(parsed)) throw broken;
  const [walk, ...key] = parsed as unknown[];
  if (typeof walk !== 'string' || !Object.hasOwn(walks, walk)) throw broken;
  const name = walk as WalkName;
  const example = firstKey(name);
  const fits = key.length === example.length && key.every((value, i) => typeof value === typeof example[i]);
  if (!fits) throw broken;
  return { walk: name, key: key as SqlValue[], isShort: false };
}
