import type { HistoryPoint, HistoryWindow } from '#contracts/store.ts';
import type { Quality } from '#contracts/tags.ts';
import type { Db } from '../database.ts';
import { HISTORY_READ_COUNT_MAX, HISTORY_WINDOWS_MAX } from '../limits.ts';
import type { ReadRequest } from '../messages.ts';

interface SampleRow {
  readonly at_ms: number;
  readonly value: string | number | null;
  readonly is_boolean: number;
  readonly quality: Quality['level'];
  readonly reason: string | null;
}
interface WindowRow {
  readonly last_sequence: number;
  readonly from_ms: number;
  readonly count: number;
  readonly min: number | null;
  readonly max: number | null;
  readonly mean: number | null;
}

export interface HistoryReader {
  samples(request: Extract<ReadRequest, { read: 'samples' }>): HistoryPoint[];
  windows(request: Extract<ReadRequest, { read: 'windows' }>): HistoryWindow[];
}

export function historyReader(db: Db): HistoryReader {
  const range = `FROM sample WHERE tag = (SELECT tag FROM tag WHERE path = :path)
    AND at_ms >= :fromMs AND at_ms < :toMs`;
  const samples = db.prepare(
    `SELECT at_ms, value, is_boolean, quality, reason ${range} ORDER BY at_ms DESC, sequence DESC LIMIT :countMax`,
  );
  const number = `CASE WHEN quality = 'good' AND is_boolean = 0 AND typeof(value) IN ('integer', 'real')
    THEN value END`;
  // The last sample of a window is the one with the greatest time and, among equals, that came last.
  // JavaScript's numbers are bound as REAL, so whole divisions have to be asked for.
  const windows = db.prepare(
    `WITH part AS (
       SELECT :fromMs + (at_ms - CAST(:fromMs AS INTEGER)) / CAST(:windowMs AS INTEGER) * :windowMs AS from_ms, *,
         row_number() OVER (
           PARTITION BY (at_ms - CAST(:fromMs AS INTEGER)) / CAST(:windowMs AS INTEGER) ORDER BY at_ms DESC, sequence DESC) AS place
       ${range})
     SELECT from_ms, count(*) AS count, min(${number}) AS min, max(${number}) AS max, avg(${number}) AS mean,
       max(CASE WHEN place = 1 THEN sequence END) AS last_sequence
     FROM part GROUP BY from_ms ORDER BY from_ms LIMIT ${HISTORY_WINDOWS_MAX}`,
  );
  const bySequence = db.prepare(
    'SELECT at_ms, value, is_boolean, quality, reason FROM sample WHERE sequence = ?',
  );
  return {
    samples({ path, fromMs, toMs, countMax }) {
      const limit = Math.min(countMax, HISTORY_READ_COUNT_MAX);
      const rows = samples.all({ path, fromMs, toMs, countMax: limit }) as SampleRow[];
      return rows.reverse().map(pointOf);
    },
    windows({ path, fromMs, toMs, windowMs }) {
      const rows = windows.all({ path, fromMs, toMs, windowMs: Math.max(1, windowMs) }) as WindowRow[];
      return rows.flatMap(({ from_ms, count, min, max, mean, last_sequence }) => {
        const last = bySequence.get(last_sequence) as SampleRow | undefined;
        // Gone from the ring between the two statements, and the window with it.
        return last === undefined ? [] : [{ fromMs: from_ms, count, min, max, mean, last: pointOf(last) }];
      });
    },
  };
}

const pointOf = (row: SampleRow): HistoryPoint => ({
  value: row.is_boolean === 1 ? row.value === 1 : row.value,
  quality:
    row.quality === 'good' ? { level: 'good' } : { level: row.quality, reason: row.reason ?? 'not told' },
  sourceTimeMs: row.at_ms,
});
