import { ApplianceError } from '#contracts/errors.ts';
import { CHAIN_START, chainHash } from '../chain.ts';
import type { Db } from '../database.ts';
import type { WireEvent } from '../messages.ts';
import { isUniqueViolation } from '../sqlite-faults.ts';

/** Where the log ends. Taken before a transaction, given back when the transaction is undone. */
export interface LogEnd {
  readonly head: number;
  /** Lower-case hex. */
  readonly hash: string;
}

export interface LogTable {
  end(): LogEnd;
  /** Appends in order; offsets go on from the end without gaps. Errors: STORE_DUPLICATE. */
  append(events: readonly WireEvent[]): void;
  /** Forgets what an undone transaction had added. */
  restore(end: LogEnd): void;
}

/** Rows of one INSERT: calling the statement costs about as much as what it does for a row. */
const ROWS_PER_INSERT = 16;
const COLUMNS = 'offset, event_id, kind, time, subject, correlation, hash, envelope';
const insertSql = (rows: number): string =>
  `INSERT INTO log (${COLUMNS}) VALUES ${Array(rows).fill('(?, ?, ?, ?, ?, ?, unhex(?), ?)').join(', ')}`;

/** The append-only table. Lives in the store thread, which is the only one that ever inserts. */
export function openLogTable(db: Db): LogTable {
  const insertOne = db.prepare(insertSql(1));
  const insertMany = db.prepare(insertSql(ROWS_PER_INSERT));
  const offsetOf = db.prepare('SELECT offset FROM log WHERE event_id = ?').pluck();
  const kindOf = kindTable(db);
  let { head, hash } = readLogEnd(db);

  const insert = (events: readonly WireEvent[]): void => {
    const values: (string | number)[] = [];
    let end: LogEnd = { head, hash };
    for (const [, id, type, lane, classification, subject, correlation, time, json] of events) {
      const offset = end.head + 1;
      end = { head: offset, hash: chainHash(end.hash, offset, json) };
      values.push(offset, id, kindOf.find(type, lane, classification), time);
      values.push(subject, correlation, end.hash, json);
    }
    (events.length === 1 ? insertOne : insertMany).run(...values);
    ({ head, hash } = end);
  };

  const duplicate = (events: readonly WireEvent[], cause: unknown): ApplianceError | undefined => {
    const seen = new Map<string, number>();
    for (const [index, [, eventId]] of events.entries()) {
      const first = (offsetOf.get(eventId) as number | undefined) ?? seen.get(eventId);
      if (first !== undefined)
        return new ApplianceError('STORE_DUPLICATE', { eventId, offset: first }, { cause });
      seen.set(eventId, head + 1 + index);
    }
    return undefined;
  };

  return {
    end: () => ({ head, hash }),
    append(events) {
      for (let index = 0; index < events.length; ) {
        const count = events.length - index >= ROWS_PER_INSERT ? ROWS_PER_INSERT : 1;
        const rows = events.slice(index, index + count);
        try {
          insert(rows);
        } catch (error) {
          throw isUniqueViolation(error) ? (duplicate(rows, error) ?? error) : error;
        }
        index += count;
      }
    },
    restore(end) {
      ({ head, hash } = end);
      kindOf.forget();
    },
  };
}

/** Numbers of (type, lane, classification), kept in memory: a site has some dozens of them. */
function kindTable(db: Db) {
  const find = db
    .prepare('SELECT kind FROM log_kind WHERE type = ? AND lane = ? AND classification = ?')
    .pluck();
  const add = db.prepare('INSERT INTO log_kind (type, lane, classification) VALUES (?, ?, ?)');
  const known = new Map<string, number>();
  return {
    find(type: string, lane: string, classification: string): number {
      const key = `${type} ${lane} ${classification}`;
      const kind = known.get(key) ?? (find.get(type, lane, classification) as number | undefined);
      const number = kind ?? Number(add.run(type, lane, classification).lastInsertRowid);
      if (!known.has(key)) known.set(key, number);
      return number;
    },
    /** A kind that was new in an undone transaction is gone from its table. */
    forget: () => known.clear(),
  };
}

export function readLogEnd(db: Db): LogEnd {
  const last = db
    .prepare('SELECT offset AS head, lower(hex(hash)) AS hash FROM log ORDER BY offset DESC LIMIT 1')
    .get() as LogEnd | undefined;
  return last ?? { head: 0, hash: CHAIN_START };
}
