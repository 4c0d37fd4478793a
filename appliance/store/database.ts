import Database from 'better-sqlite3';
import { BUSY_TIMEOUT_MS, PAGE_BYTES, WAL_RESTART_PAGES } from './limits.ts';

export type Db = Database.Database;
export type Statement = Database.Statement<unknown[], unknown>;

/** FULL: COMMIT returns after the write-ahead log is flushed. NORMAL: only checkpoints flush. */
export type Synchronous = 'FULL' | 'NORMAL';
const synchronousCode = { FULL: 2, NORMAL: 1 } as const;

/**
 * Opens a file for writing, with the settings that the promises of the store rest on.
 *
 * better-sqlite3 opens in WAL with synchronous NORMAL unless told otherwise, so nothing is left to defaults.
 * Checkpoints are the keeper's: done by the committing connection they would put two flushes and the copying
 * of a thousand pages between a caller and its answer.
 */
export function openForWriting(file: string, synchronous: Synchronous, cacheBytes: number): Db {
  const db = new Database(file, { timeout: BUSY_TIMEOUT_MS });
  db.pragma(`page_size = ${PAGE_BYTES}`);
  db.pragma('journal_mode = WAL');
  db.pragma(`synchronous = ${synchronous}`);
  db.pragma('wal_autocheckpoint = 0');
  // Without it macOS's fsync does not reach the platter (fcntl F_FULLFSYNC); elsewhere it changes nothing.
  db.pragma('fullfsync = ON');
  db.pragma('checkpoint_fullfsync = ON');
  db.pragma('foreign_keys = ON');
  db.pragma('trusted_schema = OFF');
  // After a burst the write-ahead log gives its room back when it starts again.
  db.pragma(`journal_size_limit = ${WAL_RESTART_PAGES * PAGE_BYTES}`);
  setCache(db, cacheBytes);
  return db;
}

/** Opens a file for short reads; it cannot write, whatever it is asked. */
export function openForReading(file: string, cacheBytes: number): Db {
  const db = new Database(file, { readonly: true, fileMustExist: true, timeout: BUSY_TIMEOUT_MS });
  db.pragma('query_only = ON');
  db.pragma('trusted_schema = OFF');
  setCache(db, cacheBytes);
  return db;
}

function setCache(db: Db, bytes: number): void {
  // A negative size is in KiB.
  db.pragma(`cache_size = -${Math.ceil(bytes / 1_024)}`);
  db.pragma('temp_store = MEMORY');
}

/** What is in force, as opposed to what was asked for: the difference, in words. */
export function pragmaProblem(db: Db, synchronous: Synchronous): string | null {
  const wanted: Record<string, string | number> = {
    journal_mode: 'wal',
    synchronous: synchronousCode[synchronous],
    foreign_keys: 1,
    wal_autocheckpoint: 0,
  };
  for (const [pragma, value] of Object.entries(wanted)) {
    const got = db.pragma(pragma, { simple: true });
    if (got !== value) return `${pragma} is ${String(got)} where ${value} is needed`;
  }
  return null;
}

/** Pages in the write-ahead log, and how many of them are copied into the main file already. */
export function walPages(db: Db): { pages: number; copied: number } {
  const [row] = db.pragma('wal_checkpoint(NOOP)') as { log: number; checkpointed: number }[];
  return { pages: Math.max(0, row?.log ?? 0), copied: Math.max(0, row?.checkpointed ?? 0) };
}
