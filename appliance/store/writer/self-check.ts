import { closeSync, fsyncSync, openSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { ApplianceError } from '#contracts/errors.ts';
import type { SelfCheckFinding } from '#contracts/store.ts';
import { CHAIN_START, chainProblem, type StoredRow } from '../chain.ts';
import { type Db, pragmaProblem } from '../database.ts';
import { CHAIN_TAIL_COUNT, FLUSH_REFUSE_MS, FLUSH_WARN_MS, PAGE_BYTES } from '../limits.ts';
import type { DiskMarks } from './disk-state.ts';
import type { LogEnd } from './log-table.ts';

/** Older ones can corrupt a WAL database when a checkpoint and a commit race (sqlite.org/wal.html §"walreset"). */
const SQLITE_VERSION_MIN = [3, 51, 3] as const;

export function checkVersion(version: string): SelfCheckFinding {
  const parts = version.split('.').map(Number);
  const firstDifference = SQLITE_VERSION_MIN.map((wanted, i) => (parts[i] ?? 0) - wanted).find(
    (d) => d !== 0,
  );
  if (firstDifference !== undefined && firstDifference < 0) {
    throw new ApplianceError('STORE_UNFIT', {
      problem: `SQLite ${version} is older than ${SQLITE_VERSION_MIN.join('.')}`,
      cure: 'Install the better-sqlite3 that package-lock.json names.',
    });
  }
  return { check: 'sqlite-version', level: 'ok', words: `SQLite ${version}` };
}

export function checkPragmas(db: Db): SelfCheckFinding {
  const problem = pragmaProblem(db, 'FULL');
  if (problem === null)
    return { check: 'pragmas', level: 'ok', words: 'write-ahead log, flushed at each commit' };
  throw new ApplianceError('STORE_UNFIT', {
    problem,
    cure: 'See whether another program holds the file open.',
  });
}

/** Median of a few flushes of one page, in ms. */
export function measureFlush(dir: string, nowMs: () => number): number {
  const file = join(dir, 'flush.tmp');
  const fd = openSync(file, 'w', 0o600);
  try {
    const page = Buffer.alloc(PAGE_BYTES, 1);
    const times = Array.from({ length: 5 }, (_, index) => {
      const startMs = nowMs();
      writeSync(fd, page, 0, PAGE_BYTES, index * PAGE_BYTES);
      fsyncSync(fd);
      return nowMs() - startMs;
    });
    return times.sort((a, b) => a - b)[2] ?? 0;
  } finally {
    closeSync(fd);
    rmSync(file, { force: true });
  }
}

export function judgeFlush(flushMs: number): SelfCheckFinding {
  const words = `a flush takes ${flushMs.toFixed(2)} ms`;
  if (flushMs > FLUSH_REFUSE_MS) {
    const cure = 'Use a disk that is not failing; an SSD with power-loss protection is best.';
    throw new ApplianceError('STORE_UNFIT', { problem: words, cure });
  }
  if (flushMs <= FLUSH_WARN_MS) return { check: 'flush-time', level: 'ok', words };
  return {
    check: 'flush-time',
    level: 'warn',
    words: `${words}: every acknowledgement waits for it; use an SSD`,
  };
}

export function judgeRoom(freeBytes: number, marks: DiskMarks): SelfCheckFinding {
  const words = `${Math.floor(freeBytes / 1_048_576)} MiB are free`;
  if (freeBytes > marks.lowBytes) return { check: 'free-space', level: 'ok', words };
  const what = freeBytes > marks.criticalBytes ? 'telemetry is' : 'telemetry and new orders are';
  return { check: 'free-space', level: 'warn', words: `${words}: ${what} refused until there is more` };
}

/** Errors: STORE_UNFIT with what SQLite found. */
export function quickCheck(db: Db): SelfCheckFinding {
  const found = db.pragma('quick_check(3)', { simple: true });
  if (found === 'ok') return { check: 'integrity', level: 'ok', words: 'the file is whole' };
  throw new ApplianceError('STORE_UNFIT', {
    problem: `site.db is damaged: ${String(found)}`,
    cure: 'Copy the folder away, then restore the last backup; the region holds what was sent.',
  });
}

/**
 * The newest rows fit together, and nobody has seen further than the log reaches: a mark behind the end means
 * that the disk lost what it had said was flushed, or that an old copy was put back.
 */
export function checkLogEnd(db: Db, end: LogEnd): SelfCheckFinding {
  const check = 'log-end';
  const first = Math.max(1, end.head - CHAIN_TAIL_COUNT + 1);
  const problem = chainTailProblem(db, first);
  if (problem !== null) {
    return { check, level: 'warn', words: `the log is broken near its end: ${problem}; run the full check` };
  }
  const ahead = db.prepare('SELECT consumer, offset FROM marks WHERE offset > ? LIMIT 1').get(end.head) as
    | { consumer: string; offset: number }
    | undefined;
  if (ahead === undefined)
    return { check, level: 'ok', words: `the log ends at ${end.head} and fits together` };
  const words = `${ahead.consumer} had read up to ${ahead.offset}, the log ends at ${end.head}: records are lost`;
  return { check, level: 'warn', words };
}

function chainTailProblem(db: Db, first: number): string | null {
  let before = hashBefore(db, first);
  for (const row of readChainRows(db, first - 1, CHAIN_TAIL_COUNT)) {
    const problem = chainProblem(row, before);
    if (problem !== null) return `offset ${row.offset}, ${problem}`;
    before = row;
  }
  return null;
}

export function hashBefore(db: Db, offset: number): { offset: number; hash: string } {
  const before = db
    .prepare('SELECT offset, lower(hex(hash)) AS hash FROM log WHERE offset = ?')
    .get(offset - 1);
  return (
    (before as { offset: number; hash: string } | undefined) ?? { offset: offset - 1, hash: CHAIN_START }
  );
}

export function readChainRows(db: Db, after: number, countMax: number): StoredRow[] {
  return db
    .prepare(
      `SELECT offset, event_id, type, lane, classification, subject, correlation, time, envelope,
         lower(hex(hash)) AS hash
       FROM log JOIN log_kind USING (kind) WHERE offset > ? ORDER BY offset LIMIT ?`,
    )
    .all(after, countMax) as StoredRow[];
}
