import type { StoreModule } from '#contracts/store.ts';

/**
 * A way to walk through the sagas in an order that an index has ready. Whatever else was asked for is compared
 * row by row on the way, so a walk is cut into stretches of bounded length: its `edge` is where one ends.
 */
interface Walk {
  readonly from: string;
  readonly where: string;
  /** Columns it goes by. Named `:k0`, `:k1` for where it begins and `:e0`, `:e1` for where the stretch ends. */
  readonly key: readonly string[];
  readonly direction: 'down' | 'up';
}

const time = { key: ['i.started_ms', 'i.n'], direction: 'down' } as const;
const within = 'i.started_ms BETWEEN :fromMs AND :toMs';

export const walks = {
  /** Sagas that have these words among their attributes. */
  words: {
    from: 'saga_words AS w CROSS JOIN saga_instances AS i ON i.n = w.rowid',
    where: 'w.saga_words MATCH :match',
    key: ['w.rowid'],
    direction: 'down',
  },
  id: {
    from: 'saga_instances AS i',
    where: 'i.saga_id >= :idFrom AND i.saga_id < :idTo',
    key: ['i.saga_id'],
    direction: 'up',
  },
  correlation: {
    from: 'saga_instances AS i INDEXED BY saga_correlated',
    where: 'i.correlation_id >= :correlationFrom AND i.correlation_id < :correlationTo',
    key: ['i.correlation_id', 'i.n'],
    direction: 'up',
  },
  /** Few: there is a limit to how many run. */
  alive: { from: 'saga_instances AS i INDEXED BY saga_alive', where: 'i.ended_ms IS NULL', ...time },
  amended: {
    from: 'saga_instances AS i INDEXED BY saga_amended',
    where: `i.ended_ms IS NOT NULL AND i.status <> 'completed' AND i.status = :status AND ${within}`,
    ...time,
  },
  version: {
    from: 'saga_instances AS i INDEXED BY saga_versioned',
    where: `i.hash = :hash AND ${within}`,
    ...time,
  },
  name: {
    from: 'saga_instances AS i INDEXED BY saga_named',
    where: `i.name = :name AND ${within}`,
    ...time,
  },
  time: { from: 'saga_instances AS i INDEXED BY saga_started', where: within, ...time },
} as const satisfies Record<string, Walk>;
export type WalkName = keyof typeof walks;

/**
 * What is compared on the way; a parameter that is null asks for nothing. With the plus, SQLite does not take the time
 * for a better way than the one that is walked, and go through all there is.
 */
const filters = `(:name IS NULL OR i.name = :name)
  AND (:hashes IS NULL OR i.hash IN (SELECT value FROM json_each(:hashes)))
  AND (:status IS NULL OR i.status = :status)
  AND +${within}
  AND (:idFrom IS NULL OR (i.saga_id >= :idFrom AND i.saga_id < :idTo))
  AND (:correlationFrom IS NULL OR (i.correlation_id >= :correlationFrom AND i.correlation_id < :correlationTo))
  AND (:attributes IS NULL OR NOT EXISTS (
    SELECT 1 FROM json_each(:attributes) AS a
    WHERE lower(json_extract(i.search, '$."' || a.key || '"')) IS NOT lower(a.value)))`;

const list = (names: readonly string[]) => (names.length === 1 ? names.join() : `(${names.join(', ')})`);
const parameters = (letter: string, walk: Walk) => list(walk.key.map((_, index) => `:${letter}${index}`));
const order = ({ key, direction }: Walk) =>
  key.map((column) => `${column} ${direction === 'down' ? 'DESC' : 'ASC'}`).join(', ');

/** Beyond where the walk stands. */
const beyond = (walk: Walk) =>
  `${list(walk.key)} ${walk.direction === 'down' ? '<' : '>'} ${parameters('k', walk)}`;
/** Up to where the stretch ends. */
const upTo = (walk: Walk) =>
  `${list(walk.key)} ${walk.direction === 'down' ? '>=' : '<='} ${parameters('e', walk)}`;
const keyColumns = ({ key }: Walk) => key.map((column, index) => `${column} AS k${index}`).join(', ');

const edgeOf = (walk: Walk): string =>
  `SELECT ${keyColumns(walk)} FROM ${walk.from} WHERE ${walk.where} AND ${beyond(walk)}
   ORDER BY ${order(walk)} LIMIT 1 OFFSET :lookCount`;

const pageOf = (walk: Walk): string =>
  `SELECT ${keyColumns(walk)}, i.saga_id, i.name, i.hash, i.status, i.correlation_id, i.started_ms, i.ended_ms,
     i.amended, i.search
   FROM ${walk.from} WHERE ${walk.where} AND ${beyond(walk)} AND ${upTo(walk)} AND ${filters}
   ORDER BY ${order(walk)} LIMIT :countMax`;

const countOf = (walk: Walk): string =>
  `SELECT count(*) AS count FROM (SELECT 1 FROM ${walk.from}
     WHERE ${walk.where} AND ${beyond(walk)} AND ${upTo(walk)} AND ${filters} LIMIT :countMax)`;

const each = (make: (walk: Walk) => string, suffix: string): Record<string, string> =>
  Object.fromEntries(Object.entries(walks).map(([name, walk]) => [`${name}${suffix}`, make(walk)]));

/** Looking back: reads of the engine's rows, and none of its own. */
export const historyReads: StoreModule = {
  name: 'history',
  migrations: [],
  writes: {},
  reads: {
    ...each(edgeOf, 'Edge'),
    ...each(pageOf, 'Page'),
    ...each(countOf, 'Count'),
    hashes: `SELECT hash FROM saga_definitions
       WHERE (:name IS NULL OR name = :name) AND (:version IS NULL OR version = :version)
         AND hash >= :hashFrom AND hash < :hashTo LIMIT :countMax`,
    numbers: `SELECT
         (SELECT n FROM saga_instances WHERE started_ms >= :toMs ORDER BY started_ms LIMIT 1) AS first,
         (SELECT n FROM saga_instances WHERE started_ms < :fromMs ORDER BY started_ms DESC LIMIT 1) AS last`,
    saga: `SELECT i.saga_id, i.name, i.hash, i.status, i.correlation_id, i.started_ms, i.ended_ms, i.amended,
         i.search, i.seq, i.state, n.body AS input
       FROM saga_instances AS i JOIN saga_inputs AS n ON n.saga_id = i.saga_id WHERE i.saga_id = :sagaId`,
    transitions: `SELECT seq, at_ms, decided_ms, random, event, emitted, journal FROM saga_history
       WHERE saga_id = :sagaId AND seq > :after AND seq <= :through ORDER BY seq LIMIT :countMax`,
  },
};
