import pg from 'pg';
import { type Lane, lanes } from '#contracts/events/envelope.ts';
import type { MarkReply } from '#contracts/sync.ts';
import {
  type Archive,
  type ArchivedStream,
  type ArchiveFrame,
  type ArchiveRecord,
  lastKnown,
  recordsBehind,
  type StoreOutcome,
} from './archive.ts';

const SCHEMA = `
  CREATE TABLE IF NOT EXISTS streams (
    stream bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    site text NOT NULL, epoch text NOT NULL, lane text NOT NULL,
    mark bigint NOT NULL, first_at timestamptz NOT NULL, last_at timestamptz NOT NULL,
    UNIQUE (site, epoch, lane)
  );
  CREATE TABLE IF NOT EXISTS records (
    stream bigint NOT NULL REFERENCES streams, sequence bigint NOT NULL,
    id text, type text, subject text, time text, event json,
    through bigint, gap text,
    PRIMARY KEY (stream, sequence)
  );`;

/** Two receivers that start at once would both create; the lock lets one pass. The number is ours alone. */
const SCHEMA_LOCK = 7_204_311;
const POOL_MAX = 8;

const INSERT = `
  INSERT INTO records (stream, sequence, id, type, subject, time, event, through, gap)
  SELECT $1, * FROM unnest($2::bigint[], $3::text[], $4::text[], $5::text[], $6::text[], $7::json[],
    $8::bigint[], $9::text[])
  ON CONFLICT DO NOTHING`;

/** Opens the archive in a PostgreSQL database; a commit is answered when it is flushed there. */
export async function openPostgresArchive(options: { url: string; nowMs: () => number }): Promise<Archive> {
  const pool = new pg.Pool({ connectionString: options.url, max: POOL_MAX });
  // An idle connection that breaks is replaced at the next use; without a listener it would end the process.
  pool.on('error', () => {});
  await inTransaction(pool, async (client) => {
    await client.query('SELECT pg_advisory_xact_lock($1)', [SCHEMA_LOCK]);
    await client.query(SCHEMA);
  });

  async function store(client: pg.PoolClient, frame: ArchiveFrame): Promise<StoreOutcome> {
    // A server may be set to answer before the flush; the mark must not be.
    await client.query('SET LOCAL synchronous_commit = on');
    const at = new Date(options.nowMs());
    const key = [frame.site, frame.epoch, frame.lane];
    const found = await lockStream(client, key);
    const mark = found?.mark ?? 0;
    if (frame.firstSequence > mark + 1) return { outcome: 'gap', sequence: mark };
    const stream = found?.stream ?? (await addStream(client, key, at));
    const known = lastKnown(mark, frame.records);
    if (known !== undefined) {
      const { rows } = await client.query<{ id: string | null }>(
        'SELECT id FROM records WHERE stream = $1 AND sequence = $2',
        [stream, known.sequence],
      );
      const idThere = rows[0]?.id;
      if (typeof idThere === 'string' && idThere !== known.id) {
        return { outcome: 'conflict', sequence: known.sequence };
      }
    }
    const records = recordsBehind(mark, frame.records);
    if (records.length > 0) await client.query(INSERT, [stream, ...columns(records)]);
    const sequence = Math.max(mark, frame.lastSequence);
    await client.query('UPDATE streams SET mark = $1, last_at = $2 WHERE stream = $3', [
      sequence,
      at,
      stream,
    ]);
    return { outcome: 'stored', sequence };
  }

  const streams = async (where: string, values: readonly string[]): Promise<readonly ArchivedStream[]> => {
    const { rows } = await pool.query<StreamRow>(
      `SELECT * FROM streams ${where} ORDER BY site, first_at, lane`,
      [...values],
    );
    return rows.map(archivedStream);
  };

  return {
    kind: 'postgres',
    store: (frame) => inTransaction(pool, (client) => store(client, frame)),
    marks: (site, epoch) => streams('WHERE site = $1 AND epoch = $2', [site, epoch]),
    streams: () => streams('', []),
    async events({ site, epoch, lane, after, limit }) {
      const { rows } = await pool.query<RecordRow>(
        `SELECT sequence, event, through, gap FROM records WHERE sequence > $3 AND stream = (
           SELECT stream FROM streams WHERE site = $1 AND lane = $2 AND ($5::text IS NULL OR epoch = $5)
           ORDER BY last_at DESC, stream DESC LIMIT 1)
         ORDER BY sequence LIMIT $4`,
        [site, lane, after, limit, epoch ?? null],
      );
      return rows.map(({ sequence, event, through, gap }) =>
        gap === null
          ? { sequence: Number(sequence), event }
          : { sequence: Number(sequence), through: Number(through), gap },
      );
    },
    async count() {
      const { rows } = await pool.query<{ count: string }>(
        'SELECT count(*) AS count FROM records WHERE gap IS NULL',
      );
      return Number(rows[0]?.count);
    },
    close: () => pool.end(),
  };
}

/** bigint comes as text from pg. */
interface StreamRow {
  readonly stream: string;
  readonly site: string;
  readonly epoch: string;
  readonly lane: string;
  readonly mark: string;
  readonly first_at: Date;
  readonly last_at: Date;
}

interface RecordRow {
  readonly sequence: string;
  readonly event: unknown;
  readonly through: string | null;
  readonly gap: 'withheld' | 'gone' | null;
}

async function lockStream(client: pg.PoolClient, key: readonly string[]) {
  const { rows } = await client.query<StreamRow>(
    'SELECT * FROM streams WHERE site = $1 AND epoch = $2 AND lane = $3 FOR UPDATE',
    [...key],
  );
  const [row] = rows;
  return row === undefined ? undefined : { stream: row.stream, mark: Number(row.mark) };
}

async function addStream(client: pg.PoolClient, key: readonly string[], at: Date): Promise<string> {
  // Two first frames at once: the second waits here for the first and then fails, and is sent again.
  const { rows } = await client.query<{ stream: string }>(
    'INSERT INTO streams (site, epoch, lane, mark, first_at, last_at) VALUES ($1, $2, $3, 0, $4, $4) RETURNING stream',
    [...key, at],
  );
  const [row] = rows;
  if (row === undefined) throw new Error('INSERT … RETURNING returned nothing');
  return row.stream;
}

/** PostgreSQL has no text with U+0000 in it; the event itself keeps it, as an escape. */
const text = (value: string | undefined): string | null => value?.replaceAll('\0', '\ufffd') ?? null;

function columns(records: readonly ArchiveRecord[]): unknown[] {
  const events = records.map((record) => ('gap' in record ? null : record));
  const gaps = records.map((record) => ('gap' in record ? record : null));
  return [
    records.map(({ sequence }) => sequence),
    events.map((event) => text(event?.id)),
    events.map((event) => text(event?.type)),
    events.map((event) => text(event?.subject)),
    events.map((event) => text(event?.time)),
    events.map((event) => event?.json ?? null),
    gaps.map((gap) => gap?.through ?? null),
    gaps.map((gap) => gap?.gap ?? null),
  ];
}

function archivedStream(row: StreamRow): ArchivedStream & MarkReply {
  return {
    site: row.site,
    epoch: row.epoch,
    lane: lanes.find((lane): lane is Lane => lane === row.lane) ?? 'telemetry',
    sequence: Number(row.mark),
    firstAt: row.first_at.toISOString(),
    lastAt: row.last_at.toISOString(),
  };
}

async function inTransaction<T>(pool: pg.Pool, work: (client: pg.PoolClient) => Promise<T>): Promise<T> {
  const client = await pool.connect();
  try {
    await client.query('BEGIN');
    const result = await work(client);
    await client.query('COMMIT');
    client.release();
    return result;
  } catch (error) {
    // Whatever state it is in, this connection is not used again; closing it rolls back.
    client.release(true);
    throw error;
  }
}
