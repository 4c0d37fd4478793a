import { existsSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import type { SelfCheckFinding } from '#contracts/store.ts';
import { type Db, openForWriting } from '../database.ts';
import { secureFile } from '../folder.ts';
import { HISTORY_CACHE_BYTES } from '../limits.ts';
import { historySql } from './schema.ts';

export const HISTORY_FILE = 'history.db';

/**
 * Opens the ring. History is dear, and still never a reason for the site to stay down: a file that cannot be
 * read is put aside under another name and a new one is begun.
 */
export function openHistory(dir: string): { db: Db; finding: SelfCheckFinding } {
  const file = join(dir, HISTORY_FILE);
  try {
    return { db: open(file), finding: { check: 'history', level: 'ok', words: 'tag history is readable' } };
  } catch (error) {
    const aside = putAside(file);
    const words = `tag history could not be read (${String(error)}); it lies in ${aside} and a new one has begun`;
    return { db: open(file), finding: { check: 'history', level: 'warn', words } };
  }
}

function open(file: string): Db {
  secureFile(file);
  const db = openForWriting(file, 'NORMAL', HISTORY_CACHE_BYTES);
  try {
    db.exec(historySql);
    return db;
  } catch (error) {
    db.close();
    throw error;
  }
}

function putAside(file: string): string {
  const aside = `${file}.unreadable`;
  for (const suffix of ['', '-wal', '-shm']) {
    if (existsSync(file + suffix)) renameSync(file + suffix, aside + suffix);
  }
  return aside;
}
