import Database from 'better-sqlite3';
import { ApplianceError } from '#contracts/errors.ts';

/**
 * What an error of SQLite means for the store.
 *
 * - `commit`: this commit was wrong; the others of its batch go on.
 * - `room`: the disk took no more; the whole batch is rolled back and the store goes on.
 * - `lock`: somebody else holds the file; nothing was written.
 * - `fatal`: the file or the disk cannot be trusted any more. A failed fsync is here: the kernel may have
 *   dropped the pages and report success the next time (fsyncgate), so that only a restart, which reads back
 *   what really is on the disk, can tell what was kept.
 */
export type Fault = 'commit' | 'room' | 'write' | 'lock' | 'fatal';

// SQLite says FULL only for ENOSPC; over a quota or a size limit it says "cannot write", as for a dying disk.
const writeFaults = new Set(['SQLITE_IOERR_WRITE', 'SQLITE_IOERR_SHMSIZE', 'SQLITE_READONLY']);

export function faultOf(error: unknown): Fault {
  if (!(error instanceof Database.SqliteError)) return 'commit';
  const { code } = error;
  if (code === 'SQLITE_FULL') return 'room';
  if (writeFaults.has(code)) return 'write';
  if (code.startsWith('SQLITE_BUSY') || code.startsWith('SQLITE_LOCKED')) return 'lock';
  const wrongCommit = ['SQLITE_CONSTRAINT', 'SQLITE_TOOBIG', 'SQLITE_MISMATCH', 'SQLITE_RANGE'];
  if (code === 'SQLITE_ERROR' || wrongCommit.some((prefix) => code.startsWith(prefix))) return 'commit';
  return 'fatal';
}

const uniqueKeys = new Set([
  'SQLITE_CONSTRAINT_UNIQUE',
  'SQLITE_CONSTRAINT_PRIMARYKEY',
  'SQLITE_CONSTRAINT_ROWID',
]);

export const isUniqueViolation = (error: unknown): boolean =>
  error instanceof Database.SqliteError && uniqueKeys.has(error.code);

/** Tells the caller of a statement what went wrong with it. */
export function statementError(statement: string, error: unknown, wanted: number): ApplianceError {
  const problem = error instanceof Error ? error.message : String(error);
  // A key that exists means that somebody else was faster, which is what a conflict is.
  if (isUniqueViolation(error)) {
    return new ApplianceError(
      'STORE_CONFLICT',
      { statement, got: 0, wanted: Math.max(1, wanted), problem },
      { cause: error },
    );
  }
  return new ApplianceError('STORE_STATEMENT', { statement, problem }, { cause: error });
}
