import { SAGA_COUNT_MAX, type SagaPage, type SagaQuery, type SagaSummary } from '#contracts/saga-api.ts';
import type { SagaDefinition } from '#contracts/sagas.ts';
import type { SqlParams, SqlRow, Store } from '#contracts/store.ts';
import { invalid, LAST, paramsOf, timeOf, walksOf } from './search-query.ts';
import type { WalkName } from './search-tables.ts';
import {
  type Bounds,
  edgeOf,
  firstKey,
  type Key,
  keyOf,
  LOOK_COUNT_MAX,
  lastKey,
  named,
  type Plan,
  readNext,
  stretches,
  writeNext,
} from './search-walk.ts';

const PAGE_COUNT = 50;
/** A way that has no more sagas than this is gone without looking for a shorter one. */
const SHORT_COUNT = 500;
/** Sagas are numbered as they begin. A wall clock that was set back by less than this does not hide any of them. */
const CLOCK_SLACK_MS = 86_400_000;
/** Versions that one request may mean. */
const HASHES_MAX = 100;
const MAX = Number.MAX_SAFE_INTEGER;

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

  /** Of the ways that lead to what is asked, the first that is short, or else the first. */
  const chooseWalk = async (names: readonly WalkName[], params: SqlParams): Promise<Plan> => {
    for (const lookCount of [SHORT_COUNT, LOOK_COUNT_MAX]) {
      for (const walk of names) {
        const isShort = (await edgeOf(store, walk, params, firstKey(walk), lookCount)) === null;
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

  /** Fills a page, then counts on where it ended, in the same few stretches. */
  const look = async (plan: Plan, params: SqlParams, bounds: Bounds, sizes: Sizes): Promise<Looked> => {
    const { walk } = plan;
    const within = (from: Key, to: Key) => ({ ...params, ...named('k', from), ...named('e', to) });
    const rows: SqlRow[] = [];
    let next: Key | null = null;
    let count = 0;
    for await (const { from, to, isLast } of stretches(store, plan, params, bounds)) {
      let counted = from;
      if (rows.length < sizes.page) {
        const left = sizes.page - rows.length;
        rows.push(...(await store.query(`history.${walk}Page`, { ...within(from, to), countMax: left })));
        const last = rows.at(-1);
        const isFull = rows.length >= sizes.page && last !== undefined;
        if (!isFull && isLast) return { rows, next: null, count: rows.length, isExact: true };
        next = isFull ? keyOf(walk, last) : to;
        count = rows.length;
        counted = next;
        if (!isFull) continue;
      }
      // One more than is told, so that it is known whether there are more.
      const countMax = sizes.count + 1 - count;
      if (countMax <= 0) break;
      const [row] = await store.query(`history.${walk}Count`, { ...within(counted, to), countMax });
      count += Number(row?.count ?? 0);
      if (count <= sizes.count && isLast) return { rows, next, count, isExact: true };
    }
    return { rows, next, count: Math.min(count, Math.max(sizes.count, rows.length)), isExact: false };
  };

  return async (query) => {
    const hashes = await hashesOf(query);
    if (hashes?.length === 0) return { sagas: [], next: null, count: { atLeast: 0, exact: true } };
    const params = paramsOf(query, hashes);
    const begun = query.after === undefined ? undefined : readNext(query.after);
    const plan = begun ?? (await chooseWalk(walksOf(query, hashes), params));
    const bounds = await boundsOf(plan.walk, query);
    const sizes = { page: query.limit ?? PAGE_COUNT, count: begun === undefined ? SAGA_COUNT_MAX : 0 };
    const looked = await look(plan, params, { ...bounds, first: begun?.key ?? bounds.first }, sizes);
    const { rows, next, count, isExact } = looked;
    return {
      sagas: await summaries(rows),
      next: next === null ? null : writeNext(plan.walk, next),
      count: begun === undefined ? { atLeast: count, exact: isExact } : null,
    };
  };
}

/** How many sagas are told of, and how many are counted. */
interface Sizes {
  readonly page: number;
  readonly count: number;
}
interface Looked {
  readonly rows: readonly SqlRow[];
  readonly next: Key | null;
  readonly count: number;
  readonly isExact: boolean;
}

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
