import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import type { Lane } from '#contracts/events/envelope.ts';
import type { GapReason, MarkReply } from '#contracts/sync.ts';
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
    stream INTEGER PRIMARY KEY,
    site TEXT NOT NULL, epoch TEXT NOT NULL, lane TEXT NOT NULL,
    mark INTEGER NOT NULL, first_ms INTEGER NOT NULL, last_ms INTEGER NOT NULL,
    UNIQUE (site, epoch, lane)
  ) STRICT;
  CREATE TABLE IF NOT EXISTS records (
    stream INTEGER NOT NULL REFERENCES streams, sequence INTEGER NOT NULL,
    event TEXT, through INTEGER, gap TEXT,
    id TEXT AS (event ->> '$.id'), type TEXT AS (event ->> '$.type'),
    subject TEXT AS (event ->> '$.subject'), time TEXT AS (event ->> '$.time'),
    PRIMARY KEY (stream, sequence)
  ) STRICT, WITHOUT ROWID;`;

/** Large pages and rows inserted by the fifty: a third of the processor time that single rows on 4 KiB take. */
const PAGE_BYTES = 16_384;
const INSERT_ROWS = 50;
const COLUMNS = 5;

/** Pages between checkpoints; 32 MiB of log file, so that a drain does not copy each page many times. */
const CHECKPOINT_PAGES = 2_000;

type SqlRowValue = number | string | null;

interface StreamRow {
  readonly stream: number;
  readonly site: string;
  readonly epoch: string;
  readonly lane: Lane;
  readonly mark: number;
  readonly first_ms: number;
  readonly last_ms: number;
}

interface RecordRow {
  readonly sequence: number;
  readonly event: string | null;
  readonly through: number | null;
  readonly gap: GapReason | null;
}

/** The default archive: one file. Commits are synchronous and flushed (WAL with synchronous FULL). */
export function openSqliteArchive(options: { dir: string; nowMs: () => number }): Archive {
  mkdirSync(options.dir, { recursive: true, mode: 0o700 });
  const database = new Database(join(options.dir, 'regional.db'));
  database.pragma(`page_size = ${PAGE_BYTES}`);
  database.pragma('journal_mode = WAL');
  database.pragma('synchronous = FULL');
  database.pragma(`wal_autocheckpoint = ${CHECKPOINT_PAGES}`);
  database.exec(SCHEMA);

  const findStream = database.prepare<[string, string, string], StreamRow>(
    'SELECT * FROM streams WHERE site = ? AND epoch = ? AND lane = ?',
  );
  const addStream = database.prepare('INSERT INTO streams VALUES (NULL, ?, ?, ?, 0, ?, ?)');
  const setMark = database.prepare('UPDATE streams SET mark = ?, last_ms = ? WHERE stream = ?');
  const insert = (rows: number) =>
    database.prepare<[SqlRowValue[]]>(
      `INSERT OR IGNORE INTO records (stream, sequence, event, through, gap)
       VALUES ${Array(rows).fill('(?, ?, ?, ?, ?)').join(', ')}`,
    );
  const insertMany = insert(INSERT_ROWS);
  const insertOne = insert(1);
  const findId = database
    .prepare<[number, number], string | null>('SELECT id FROM records WHERE stream = ? AND sequence = ?')
    .pluck();
  const marksOf = database.prepare<[string, string], StreamRow>(
    'SELECT * FROM streams WHERE site = ? AND epoch = ?',
  );
  const allStreams = database.prepare<[], StreamRow>('SELECT * FROM streams ORDER BY site, first_ms, lane');
  const newestEpoch = database
    .prepare<[string, string], string>(
      'SELECT epoch FROM streams WHERE site = ? AND lane = ? ORDER BY last_ms DESC, stream DESC LIMIT 1',
    )
    .pluck();
  const readRecords = database.prepare<[number, number, number], RecordRow>(
    'SELECT sequence, event, through, gap FROM records WHERE stream = ? AND sequence > ? ORDER BY sequence LIMIT ?',
  );
  const countRecords = database.prepare<[], number>('SELECT count(*) FROM records WHERE gap IS NULL').pluck();

  function addRecords(stream: number, records: readonly ArchiveRecord[]): void {
    let values: SqlRowValue[] = [];
    for (const record of records) {
      if ('gap' in record) values.push(stream, record.sequence, null, record.through, record.gap);
      else values.push(stream, record.sequence, record.json, null, null);
      if (values.length < INSERT_ROWS * COLUMNS) continue;
      insertMany.run(values);
      values = [];
    }
    for (let at = 0; at < values.length; at += COLUMNS) insertOne.run(values.slice(at, at + COLUMNS));
  }

  const store = database.transaction((frame: ArchiveFrame): StoreOutcome => {
    const nowMs = options.nowMs();
    const row = findStream.get(frame.site, frame.epoch, frame.lane);
    const mark = row?.mark ?? 0;
    if (frame.firstSequence > mark + 1) return { outcome: 'gap', sequence: mark };
    const stream =
      row?.stream ?? Number(addStream.run(frame.site, frame.epoch, frame.lane, nowMs, nowMs).lastInsertRowid);
    const known = lastKnown(mark, frame.records);
    const idThere = known === undefined ? null : findId.get(stream, known.sequence);
    // A hole may lie where the site still has the event; only another event is a conflict.
    if (known !== undefined && typeof idThere === 'string' && idThere !== known.id) {
      return { outcome: 'conflict', sequence: known.sequence };
    }
    const added = recordsBehind(mark, frame.records);
    addRecords(stream, added);
    const sequence = Math.max(mark, frame.lastSequence);
    if (sequence > mark || row === undefined) setMark.run(sequence, nowMs, stream);
    return { outcome: 'stored', sequence };
  });

  const markReply = (row: StreamRow): MarkReply => ({
    site: row.site,
    epoch: row.epoch,
    lane: row.lane,
    sequence: row.mark,
  });

  return {
    kind: 'sqlite',
    // IMMEDIATE: the mark that is read here is the one that is moved.
    store: async (frame) => store.immediate(frame),
    marks: async (site, epoch) => marksOf.all(site, epoch).map(markReply),
    streams: async () =>
      allStreams.all().map(
        (row): ArchivedStream => ({
          ...markReply(row),
          firstAt: new Date(row.first_ms).toISOString(),
          lastAt: new Date(row.last_ms).toISOString(),
        }),
      ),
    async events({ site, epoch, lane, after, limit }) {
      const wanted = epoch ?? newestEpoch.get(site, lane);
      const row = wanted === undefined ? undefined : findStream.get(site, wanted, lane);
      return row === undefined ? [] : readRecords.all(row.stream, after, limit).map(archived);
    },
    count: async () => countRecords.get() ?? 0,
    async close() {
      database.close();
    },
  };
}

const archived = ({ sequence, event, through, gap }: RecordRow) =>
  gap === null
    ? { sequence, event: JSON.parse(event ?? 'null') as unknown }
    : { sequence, through: through ?? sequence, gap };
