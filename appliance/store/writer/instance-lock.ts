import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { ApplianceError } from '#contracts/errors.ts';
import { FILE_MODE, secureFile } from '../folder.ts';

/**
 * Keeps a second store off the folder. The lock is SQLite's exclusive lock on a small file: the kernel drops it
 * with the process, however that ends, so there is no stale lock to clean up. The file beside it only says who.
 *
 * Errors: STORE_UNFIT when somebody else holds it.
 */
export function lockFolder(dir: string): () => void {
  const file = join(dir, 'instance.lock');
  const holder = join(dir, 'instance.pid');
  secureFile(file);
  const db = new Database(file, { timeout: 0 });
  try {
    db.pragma('journal_mode = MEMORY');
    db.exec('BEGIN EXCLUSIVE');
  } catch (error) {
    db.close();
    if (!(error instanceof Database.SqliteError && error.code.startsWith('SQLITE_BUSY'))) throw error;
    const problem = `process ${holderOf(holder)} has ${dir} open`;
    const cure = 'Stop that one first; two of them on one folder would tear the log apart.';
    throw new ApplianceError('STORE_UNFIT', { problem, cure }, { cause: error });
  }
  try {
    writeFileSync(holder, `${process.pid}\n`, { mode: FILE_MODE });
  } catch {
    // A full disk: the lock holds without it.
  }
  return () => db.close();
}

function holderOf(file: string): string {
  try {
    return readFileSync(file, 'utf8').trim();
  } catch {
    return 'unknown';
  }
}
