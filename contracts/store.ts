import type { AnyEvent, Classification, Lane } from './events/envelope.ts';
import type { Offset } from './ids.ts';
import type { TagPath, TagSample } from './tags.ts';

export type SqlValue = string | number | bigint | null | Uint8Array;
export type SqlParams = Readonly<Record<string, SqlValue>>;
export type SqlRow = Readonly<Record<string, SqlValue>>;

/**
 * What a module brings to the store: its own tables, migrations and named statements. Nobody writes
 * another's tables; names are reached as `<module>.<statement>`.
 */
export interface StoreModule {
  readonly name: string;
  /** Applied once each, in order, for ever: append, never edit. */
  readonly migrations: readonly string[];
  /**
   * SQL with `:name` parameters, one statement each. `reads` may also select from `log_events` (offset,
   * event_id, time, type, lane, subject, correlation, envelope); only `type` and `lane` are indexed there.
   */
  readonly writes: Readonly<Record<string, string>>;
  readonly reads: Readonly<Record<string, string>>;
}

/** One act of a transaction. */
export type StoreOp =
  /** A repeated event id aborts the transaction with STORE_DUPLICATE, whose details tell the first offset. */
  | { readonly op: 'append'; readonly event: AnyEvent }
  | {
      readonly op: 'run';
      /** `<module>.<statement>` of its `writes`. */
      readonly statement: string;
      readonly params: SqlParams;
      /** Rows it must change; another number aborts the transaction with STORE_CONFLICT. */
      readonly changes?: number;
    }
  /** Moves a consumer's durable offset, in the transaction that holds the effect. Never backwards. */
  | { readonly op: 'mark'; readonly consumer: string; readonly offset: Offset };

export interface LogRecord {
  readonly offset: Offset;
  readonly event: AnyEvent;
}

export interface LogFilter {
  readonly lanes?: readonly Lane[];
  readonly types?: readonly string[];
}

/** A record as it lies in the log, for those who pass it on unread: nothing is parsed, no objects are built. */
export interface RawRecord {
  readonly offset: Offset;
  /** The event as one line of JSON: the text that the hash chain covers. */
  readonly json: string;
}

export interface RawOptions {
  /** One lane, so that an index on (lane, offset) finds its records in a log full of another lane. */
  readonly lane: Lane;
  readonly classifications: readonly Classification[];
  readonly countMax: number;
  /** Stops after the record that passes this many bytes of JSON; at least one record comes. */
  readonly bytesMax: number;
}

/** What a stretch of the log holds, by lane and classification, without handing it over. */
export interface LogTally {
  readonly lane: Lane;
  readonly classification: Classification;
  readonly count: number;
  /** Of the JSON text. */
  readonly bytes: number;
  /** Smallest and largest `time` among them. */
  readonly firstTime: string;
  readonly lastTime: string;
}

export interface CommitOptions {
  /**
   * True for what must get through on a full disk: compensations, results of what already happened,
   * deleting. Commits that append only to the lanes safety and audit, or only move marks, have it anyway.
   */
  readonly reserve?: boolean;
  /** True for records of which outsiders decide how many there are: no room is kept for them, whatever their lane. */
  readonly uninvited?: boolean;
}

export interface FollowOptions extends LogFilter {
  /**
   * Name of the durable offset. The handler commits the `mark` itself, with its effect. A name belongs to
   * one filter: what the filter left out counts as seen.
   */
  readonly consumer: string;
  readonly batchCountMax: number;
}

/**
 * The event store, as any thread sees it. `commit` is one transaction: all of it is on disk when the promise
 * resolves, none of it when it rejects.
 *
 * Errors: STORE_CONFLICT (a `changes` expectation or a unique key), STORE_DUPLICATE, STORE_FULL, STORE_IO,
 * STORE_BUSY (too much is waiting already: slow down), STORE_TOO_LARGE, STORE_STATEMENT, STORE_CLOSED.
 * STORE_BROKEN is the one error after which the outcome is unknown until the restart.
 */
export interface Store {
  /** Resolves with the offsets of the appended events, in order, after the fsync. */
  commit(ops: readonly StoreOp[], options?: CommitOptions): Promise<readonly Offset[]>;
  /** Rows of a `reads` statement, from committed data, off the calling thread. */
  query(statement: string, params?: SqlParams): Promise<readonly SqlRow[]>;
  readLog(after: Offset, options: LogFilter & { readonly countMax: number }): Promise<readonly LogRecord[]>;
  /** Like `readLog`, for one lane, as stored text. */
  readRaw(after: Offset, options: RawOptions): Promise<readonly RawRecord[]>;
  /** Counts the records in (after, through]. Callers keep stretches short (≤ 20,000) so that no reader stays long. */
  tally(after: Offset, through: Offset): Promise<readonly LogTally[]>;
  /** Last committed offset. */
  head(): Promise<Offset>;
  /**
   * Calls `notify` with the newest offset after commits that appended; several commits may share one call.
   * The returned function ends it.
   */
  watchHead(notify: (head: Offset) => void): () => void;
  /** Durable offset of a consumer; 0 when it never marked. */
  mark(consumer: string): Promise<Offset>;
  /**
   * Hands the log to `handle` in order, in batches, from the consumer's durable offset, then live. One batch
   * at a time: the next comes when the promise resolves. A rejected batch is handed out again after a pause.
   * The returned function ends it and resolves when the running batch has ended.
   */
  follow(
    options: FollowOptions,
    handle: (records: readonly LogRecord[]) => Promise<void>,
  ): () => Promise<void>;
}

/** One stored sample; `value` is null when the tag never had one. */
export type HistoryPoint = Omit<TagSample, 'path' | 'unit'>;

/** What a tag did in [fromMs, fromMs + windowMs). Numbers are null for tags that are not numbers. */
export interface HistoryWindow {
  readonly fromMs: number;
  readonly count: number;
  readonly min: number | null;
  readonly max: number | null;
  readonly mean: number | null;
  readonly last: HistoryPoint;
}

export interface HistoryRange {
  readonly fromMs: number;
  /** Exclusive. */
  readonly toMs: number;
}

/** The ring of tag samples: bounded by bytes and age, oldest go first. Best effort, never in anyone's way. */
export interface History {
  /** Returns at once; what the store cannot take is dropped and counted in its statistics. */
  write(samples: readonly TagSample[]): void;
  /** Oldest first; the newest `countMax` of the range. */
  read(path: TagPath, range: HistoryRange, countMax: number): Promise<readonly HistoryPoint[]>;
  windows(path: TagPath, range: HistoryRange, windowMs: number): Promise<readonly HistoryWindow[]>;
}

/** `low`: telemetry is refused. `critical`: only what has reserved room is taken. */
export type DiskState = 'ok' | 'low' | 'critical';

/** Counters since the start, and how things are now. */
export interface StoreStats {
  readonly head: number;
  readonly commitCount: number;
  readonly eventCount: number;
  readonly batchCount: number;
  readonly conflictCount: number;
  readonly refusedCount: number;
  readonly telemetryRefusedCount: number;
  readonly historyWrittenCount: number;
  readonly historyDroppedCount: number;
  readonly queuedCount: number;
  readonly batchMsLast: number;
  readonly batchMsMax: number;
  readonly batchMsSum: number;
  readonly readCount: number;
  readonly readMsMax: number;
  readonly walBytes: number;
  readonly databaseBytes: number;
  readonly freeBytes: number;
  /** Event-loop delay of the writer's thread over the last second. */
  readonly loopDelayMsP50: number;
  readonly loopDelayMsP99: number;
  readonly loopDelayMsMax: number;
  readonly disk: DiskState;
  /** Outcome of the check after an unclean stop; large files are checked while the site runs. */
  readonly integrity: 'not-needed' | 'running' | 'ok' | 'broken';
}

export interface SelfCheckFinding {
  readonly check: string;
  readonly level: 'ok' | 'warn';
  /** What was found, in words; on a warning also what to do. */
  readonly words: string;
}

/** What the store found when it started. What makes it unfit is thrown as STORE_UNFIT instead. */
export interface SelfCheck {
  readonly firstStart: boolean;
  readonly cleanStop: boolean;
  readonly sqliteVersion: string;
  /** Median time of one flush of one page. */
  readonly flushMs: number;
  readonly freeBytes: number;
  readonly findings: readonly SelfCheckFinding[];
}

/** The log's chain of hashes, walked from its first row. */
export type ChainCheck =
  | { readonly state: 'whole'; readonly checkedCount: number; readonly head: Offset }
  | { readonly state: 'broken'; readonly at: Offset; readonly problem: string };
