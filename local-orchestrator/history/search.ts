import { ApplianceError } from '#contracts/errors.ts';
import type { SagaPage, SagaQuery, SagaSummary } from '#contracts/saga-api.ts';
import type { SagaDefinition } from '#contracts/sagas.ts';
import type { SqlParams, SqlRow, SqlValue, Store } from '#contracts/store.ts';
import { type WalkName, walks } from './search-tables.ts';

/** Sagas looked at in one stretch: some 30 ms of the reader's time at worst. */
const LOOK_COUNT_MAX = 20_000;
/** Stretches of one request; a search that has found too little by then says where to go on. */
const STRETCHES_MAX = 4;
const PAGE_COUNT = 50;
/** A way that has no more sagas than this is gone without looking for a shorter one. */
const SHORT_COUNT = 500;
/** Sagas are numbered as they begin. A wall clock that was set back by less than this does not hide any of them. */
const CLOCK_SLACK_MS = 86_400_000;
/** Versions that one request may mean. */
const HASHES_MAX = 100;
const MAX = Number.MAX_SAFE_INTEGER;
/** After every text that begins so: the largest code point there is. */
const LAST = '\u{10ffff}';

export type SagaSearch = (query: SagaQuery) => Promise<SagaPage>;

/** Finds sagas by what is asked of them, newest first. Errors: API_INVALID. */
export function createSearch(
  store: Store,
  definitionOf: (hash: string) => Promise<SagaDefinition>,
): SagaSearch {
  const hashesOf = async (query: SagaQuery): Promise<readonly string[] | null> => {
    const { name = null, version = null, hash: prefix = '' } = query;
    if (version === null && prefix === '') return null;
    if (version !== null && name === null) throw invalid('version', 'needs a name beside it', 'Add name.');
    const params = { name, version, hashFrom: prefix, hashTo: prefix + LAST, countMax: HASHES_MAX };
    return (await store.query('history.hashes', params)).map((row) => String(row.hash));
  };

  /** Where a walk from this key leaves its stretch of so many sagas; null when it has no more than that. */
  const edgeOf = async (
    walk: WalkName,
    params: SqlParams,
    key: Key,
    lookCount = LOOK_COUNT_MAX,
  ): Promise<Key | null> => {
    const [row] = await store.query(`history.${walk}Edge`, { ...params, ...named('k', key), lookCount });
    return row === undefined ? null : keyOf(walk, row);
  };

  /** Of the ways that lead to what is asked, the first that is short, or else the first. */
  const chooseWalk = async (names: readonly WalkName[], params: SqlParams): Promise<Plan> => {
    for (const lookCount of [SHORT_COUNT, LOOK_COUNT_MAX]) {
      for (const walk of names) {
        const isShort = (await edgeOf(walk, params, firstKey(walk), lookCount)) === null;
        if (isShort) return { walk, isShort };
      }
    }
    return { walk: names[0] ?? 'time', isShort: false };
  };

  /** Where a walk may begin and must end. One by words goes by number, and numbers go with time. */
  const boundsOf = async (walk: WalkName, { from, to }: SagaQuery): Promise<Bounds> => {
    if (walk !== 'words') return { first: firstKey(walk), last: lastKey(walk) };
    const fromMs = (timeOf('from', from) ?? 0) - CLOCK_SLACK_MS;
    const toMs = Math.min(MAX, (timeOf('to', to) ?? MAX) + CLOCK_SLACK_MS);
    const [row] = await store.query('history.numbers', { fromMs, toMs });
    return { first: [row?.first ?? MAX], last: [row?.last ?? -1] };
  };

  const summaries = (rows: readonly SqlRow[]): Promise<SagaSummary[]> =>
    Promise.all(rows.map(async (row) => summaryOf(row, await definitionOf(String(row.hash)))));

  return async (query) => {
    const hashes = await hashesOf(query);
    if (hashes?.length === 0) return { sagas: [], next: null };
    const params = paramsOf(query, hashes);
    const begun = query.after === undefined ? undefined : readNext(query.after);
    const { walk, isShort } = begun ?? (await chooseWalk(walksOf(query, hashes), params));
    const bounds = await boundsOf(walk, query);
    const countMax = query.limit ?? PAGE_COUNT;
    const rows: SqlRow[] = [];
    let key: Key = begun?.key ?? bounds.first;
    for (let count = 0; count < STRETCHES_MAX; count += 1) {
      const edge = isShort ? null : await edgeOf(walk, params, key);
      const found = await store.query(`history.${walk}Page`, {
        ...params,
        ...named('k', key),
        ...named('e', edge ?? bounds.last),
        countMax: countMax - rows.length,
      });
      rows.push(...found);
      const last = rows.at(-1);
      if (rows.length >= countMax && last !== undefined) {
        return { sagas: await summaries(rows), next: writeNext(walk, keyOf(walk, last)) };
      }
      if (edge === null || isBeyond(walk, edge, bounds)) return { sagas: await summaries(rows), next: null };
      key = edge;
    }
    return { sagas: await summaries(rows), next: writeNext(walk, key) };
  };
}

interface Plan {
  readonly walk: WalkName;
  /** One stretch is all of it. */
  readonly isShort: boolean;
}
interface Bounds {
  readonly first: Key;
  readonly last: Key;
}

const isBeyond = (walk: WalkName, [edge]: Key, { last }: Bounds): boolean =>
  walk === 'words' && Number(edge) <= Number(last[0]);

export function summaryOf(row: SqlRow, definition: SagaDefinition): SagaSummary {
  return {
    sagaId: String(row.saga_id),
    name: String(row.name),
    title: definition.title,
    version: definition.version,
    hash: String(row.hash),
    status: row.status as SagaSummary['status'],
    correlationId: String(row.correlation_id),
    startedAt: new Date(Number(row.started_ms)).toISOString(),
    endedAt: row.ended_ms === null ? null : new Date(Number(row.ended_ms)).toISOString(),
    amended: row.amended === 1,
    attributes: row.search === null ? {} : (JSON.parse(String(row.search)) as Record<string, string>),
  };
}

/** The ways that lead to what is asked for, those that are likely to be short first. */
function walksOf(query: SagaQuery, hashes: readonly string[] | null): WalkName[] {
  // Words are in their own index and nowhere else, so whoever asks for words goes that way.
  if (query.text !== undefined) return ['words'];
  const { status } = query;
  const names: WalkName[] = [];
  if (query.id !== undefined) names.push('id');
  if (status === 'running' || status === 'compensating') names.push('alive');
  if (query.attribute !== undefined) names.push('words');
  if (query.correlation !== undefined) names.push('correlation');
  if (status === 'compensated' || status === 'cancelled') names.push('amended');
  if (hashes?.length === 1) names.push('version');
  if (query.name !== undefined) names.push('name');
  return [...names, 'time'];
}

function paramsOf(query: SagaQuery, hashes: readonly string[] | null): SqlParams {
  const { name = null, status = null, id = null, correlation = null } = query;
  const attributes = (query.attribute ?? []).map((one): [string, string] => {
    const at = one.indexOf('=');
    return [one.slice(0, at), one.slice(at + 1)];
  });
  return {
    name,
    status,
    hash: hashes?.[0] ?? null,
    hashes: hashes === null ? null : JSON.stringify(hashes),
    fromMs: timeOf('from', query.from) ?? 0,
    toMs: (timeOf('to', query.to) ?? MAX) - 1,
    idFrom: id,
    idTo: id === null ? null : id + LAST,
    correlationFrom: correlation,
    correlationTo: correlation === null ? null : correlation + LAST,
    attributes: attributes.length === 0 ? null : JSON.stringify(Object.fromEntries(attributes)),
    match: matchOf(query.text, attributes),
  };
}

/** A query of SQLite's full-text search: each word quoted, so that nothing in it is an operator. */
function matchOf(text: string | undefined, attributes: readonly [string, string][]): string {
  const words = wordsOf(text ?? '');
  if (text !== undefined && words.length === 0) {
    throw invalid('text', 'has no letter and no digit', 'Search for whole words.');
  }
  return [...words, ...attributes.map(tokenOf)].map((word) => `"${word}"`).join(' AND ');
}

/** An attribute as the one word by which the index knows it: see `saga_words_come` in the engine's tables. */
const tokenOf = ([name, value]: [string, string]): string =>
  `x${Buffer.from(`${name}=${value}`.replace(/[A-Z]/g, (letter) => letter.toLowerCase())).toString('hex')}`;

const wordsOf = (text: string): string[] => text.split(/[^\p{L}\p{N}]+/u).filter((word) => word !== '');

function timeOf(field: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const ms = Date.parse(text);
  if (Number.isNaN(ms)) throw invalid(field, 'is no time', 'Write it like 2026-03-01T06:00:00Z.');
  return ms;
}

/** Where a walk stands: values of its key columns. */
type Key = readonly SqlValue[];
const keyOf = (name: WalkName, row: SqlRow): Key =>
  walks[name].key.map((_, index) => row[`k${index}`] ?? null);
const firstKey = (name: WalkName): Key =>
  walks[name].direction === 'down'
    ? walks[name].key.map(() => MAX)
    : walks[name].key.map((_, index) => (index === 0 ? '' : -1));
const lastKey = (name: WalkName): Key =>
  walks[name].direction === 'down'
    ? walks[name].key.map(() => -1)
    : walks[name].key.map((_, index) => (index === 0 ? LAST : MAX));
const named = (letter: string, key: Key): SqlParams =>
  Object.fromEntries(key.map((value, index) => [`${letter}${index}`, value]));

const writeNext = (walk: WalkName, key: Key): string =>
  Buffer.from(JSON.stringify([walk, ...key])).toString('base64url');

function readNext(text: string): Plan & { readonly key: Key } {
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

const invalid = (field: string, problem: string, cure: string): ApplianceError =>
  new ApplianceError('API_INVALID', { field, problem, cure });
