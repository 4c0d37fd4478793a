import { statSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import type { Clock } from '#contracts/clock.ts';
import { ApplianceError } from '#contracts/errors.ts';
import type { SelfCheck, SelfCheckFinding } from '#contracts/store.ts';
import type { Crash } from '../crash-points.ts';
import { type Db, openForWriting } from '../database.ts';
import { prepareFolder, secureFile } from '../folder.ts';
import { openHistory } from '../history/open-history.ts';
import { CHECK_BEFORE_START_BYTES_MAX, WRITER_CACHE_BYTES } from '../limits.ts';
import { SITE_FILE, type ThreadData } from '../thread-data.ts';
import { forgetDamage, isKnownDamaged } from './damage-note.ts';
import { freeBytesOf } from './disk.ts';
import { lockFolder } from './instance-lock.ts';
import { readLogEnd } from './log-table.ts';
import { applyMigrations } from './migrations.ts';
import { releaseReserve, reserveBytesOf, startShareOf } from './reserve.ts';
import { bootstrapSql, coreModule } from './schema.ts';
import {
  checkLogEnd,
  checkPragmas,
  checkVersion,
  judgeFlush,
  judgeRoom,
  measureFlush,
  quickCheck,
} from './self-check.ts';

export interface OpenSite {
  readonly db: Db;
  readonly historyDb: Db;
  readonly selfCheck: SelfCheck;
  /** The file is too large to be checked before the start: the keeper does it. */
  readonly isCheckNeeded: boolean;
  markClean(): void;
  unlock(): void;
}

/**
 * Opens the folder, in the order in which things can go wrong: folder, lock, disk, file, tables.
 *
 * Errors: STORE_UNFIT, with what is wrong and what to do.
 */
export function openSite(data: ThreadData, clock: Clock, crash: Crash): OpenSite {
  const { dir, modules, diskMarks } = data;
  const file = join(dir, SITE_FILE);
  const findings: SelfCheckFinding[] = prepareFolder(dir);
  const unlock = lockFolder(dir);
  try {
    makeStartRoom(dir, data.reserveBytes);
    const freeBytes = freeBytesOf(dir);
    findings.push(judgeRoom(freeBytes, diskMarks));
    const flushMs = measure(dir, clock);
    findings.push(judgeFlush(flushMs));
    findings.push(...[secureFile(file)].flatMap((finding) => finding ?? []));
    const db = openDatabase(file);
    const sqliteVersion = String(db.prepare('SELECT sqlite_version()').pluck().get());
    findings.push(checkVersion(sqliteVersion), checkPragmas(db));
    db.exec(bootstrapSql);
    const stop = readStop(db);
    const bytes = statSync(file).size;
    const wasFoundDamaged = isKnownDamaged(dir);
    const isUnclean = stop === 'unclean' || wasFoundDamaged;
    const isCheckNeeded = isUnclean && !wasFoundDamaged && bytes > CHECK_BEFORE_START_BYTES_MAX;
    if (isUnclean && !isCheckNeeded) findings.push(quickCheck(db));
    if (wasFoundDamaged) forgetDamage(dir);
    if (stop !== 'unclean') writeStop(db, 'unclean');
    applyMigrations(db, [coreModule, ...modules], new Date(clock.nowMs()).toISOString(), crash);
    findings.push(checkLogEnd(db, readLogEnd(db)));
    const history = openHistory(dir);
    findings.push(history.finding);
    return {
      db,
      historyDb: history.db,
      isCheckNeeded,
      selfCheck: {
        firstStart: stop === 'never',
        cleanStop: stop !== 'unclean',
        sqliteVersion,
        flushMs,
        freeBytes,
        findings,
      },
      markClean: () => writeStop(db, 'clean'),
      unlock,
    };
  } catch (error) {
    unlock();
    throw error;
  }
}

/** A start writes before anybody can be told that the disk is full, and finds its share of the reserve for that. */
function makeStartRoom(dir: string, reserveBytes: number): void {
  const share = startShareOf(reserveBytes);
  if (freeBytesOf(dir) < share) releaseReserve(dir, Math.max(0, reserveBytesOf(dir) - share));
}

const measure = (dir: string, clock: Clock): number => {
  try {
    return measureFlush(dir, () => clock.monotonicMs());
  } catch {
    // A full disk: the site starts all the same, and `judgeRoom` has said what is the matter.
    return 0;
  }
};

function openDatabase(file: string): Db {
  try {
    return openForWriting(file, 'FULL', WRITER_CACHE_BYTES);
  } catch (error) {
    if (!(error instanceof Database.SqliteError)) throw error;
    throw new ApplianceError(
      'STORE_UNFIT',
      {
        problem: `${file} cannot be opened: ${error.message} (${error.code})`,
        cure: 'Make room on the disk and see who owns the file; if it is damaged, restore the last backup.',
      },
      { cause: error },
    );
  }
}

type Stop = 'never' | 'clean' | 'unclean';

const readStop = (db: Db): Stop => {
  const value = db.prepare("SELECT value FROM store_state WHERE key = 'stop'").pluck().get();
  if (value === undefined) return 'never';
  return value === 'clean' ? 'clean' : 'unclean';
};

const writeStop = (db: Db, stop: Stop): void => {
  db.prepare("INSERT OR REPLACE INTO store_state (key, value) VALUES ('stop', ?)").run(stop);
};
