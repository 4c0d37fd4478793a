import type { LogTally } from '#contracts/store.ts';
import type { Db, Statement } from '../database.ts';
import { LOG_READ_BYTES_MAX, LOG_READ_COUNT_MAX, MERGED_KINDS_MAX } from '../limits.ts';
import type { LogSlice, ReadRequest, WireFilter } from '../messages.ts';

type LogRequest = Extract<ReadRequest, { read: 'log' }>;
interface Kind {
  readonly kind: number;
  readonly type: string;
  readonly lane: string;
  readonly classification: string;
}

export interface LogReader {
  slice(request: LogRequest): LogSlice;
  tally(after: number, through: number): LogTally[];
  head(): number;
  mark(consumer: string): number;
}

const admits = (allowed: readonly string[] | null, value: string): boolean =>
  allowed === null || allowed.includes(value);

const wants = (filter: WireFilter, classifications: LogRequest['classifications'], kind: Kind): boolean =>
  admits(filter.types, kind.type) &&
  admits(filter.lanes, kind.lane) &&
  admits(classifications, kind.classification);

/**
 * Reads of the log, each one short transaction. A filtered read merges the index of each kind of event that
 * matches, so that it touches only rows it hands out: finding one kind among a million others costs nothing.
 */
export function logReader(db: Db): LogReader {
  const begin = db.prepare('BEGIN');
  const end = db.prepare('ROLLBACK');
  const kinds = db.prepare('SELECT kind, type, lane, classification FROM log_kind');
  const head = db.prepare('SELECT coalesce(max(offset), 0) FROM log').pluck();
  const mark = db.prepare('SELECT offset FROM marks WHERE consumer = ?').pluck();
  const tally = db.prepare(
    `SELECT lane, classification, count(*) AS count, sum(octet_length(envelope)) AS bytes,
       min(time) AS firstTime, max(time) AS lastTime
     FROM log CROSS JOIN log_kind USING (kind) WHERE offset > ? AND offset <= ?
     GROUP BY lane, classification`,
  );
  const whole = db.prepare('SELECT offset, envelope FROM log WHERE offset > ? ORDER BY offset LIMIT ?').raw();
  const wide = db
    .prepare(
      `SELECT offset, envelope FROM log WHERE offset > ? AND +kind IN (SELECT value FROM json_each(?))
       ORDER BY offset LIMIT ?`,
    )
    .raw();
  const merges = new Map<number, Statement>();

  const merge = (count: number): Statement => {
    const known = merges.get(count);
    if (known !== undefined) return known;
    const arm = 'SELECT offset, envelope FROM log WHERE kind = ? AND offset > ?';
    const sql = `${Array<string>(count).fill(arm).join(' UNION ALL ')} ORDER BY offset LIMIT ?`;
    const made = db.prepare(sql).raw();
    merges.set(count, made);
    return made;
  };

  const rowsOf = ({ after, filter, classifications, countMax }: LogRequest): Iterable<unknown> => {
    const all = kinds.all() as Kind[];
    const wanted = all.filter((kind) => wants(filter, classifications, kind)).map(({ kind }) => kind);
    const limit = Math.min(countMax, LOG_READ_COUNT_MAX);
    if (wanted.length === 0) return [];
    if (wanted.length === all.length) return whole.iterate(after, limit);
    if (wanted.length > MERGED_KINDS_MAX) return wide.iterate(after, JSON.stringify(wanted), limit);
    return merge(wanted.length).iterate(...wanted.flatMap((kind) => [kind, after]), limit);
  };

  return {
    slice(request) {
      // One snapshot for kinds, rows and head: a kind that is new after the first read must not be passed over.
      begin.run();
      try {
        const taken = take(rowsOf(request), request);
        const upTo = taken.isWhole ? Math.max(request.after, head.get() as number) : taken.last;
        return { offsets: taken.offsets, json: taken.json, upTo };
      } finally {
        end.run();
      }
    },
    tally: (after, through) => tally.all(after, through) as LogTally[],
    head: () => head.get() as number,
    mark: (consumer) => (mark.get(consumer) as number | undefined) ?? 0,
  };
}

function take(rows: Iterable<unknown>, { after, countMax, bytesMax }: LogRequest) {
  const offsets: number[] = [];
  const json: string[] = [];
  const limit = Math.min(bytesMax, LOG_READ_BYTES_MAX);
  let bytes = 0;
  let last = after;
  for (const row of rows) {
    const [offset, envelope] = row as [number, string];
    offsets.push(offset);
    json.push(envelope);
    last = offset;
    bytes += Buffer.byteLength(envelope);
    if (bytes >= limit) break;
  }
  const isWhole = offsets.length < Math.min(countMax, LOG_READ_COUNT_MAX) && bytes < limit;
  return { offsets, json, last, isWhole };
}
