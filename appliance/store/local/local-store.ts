import type { Clock } from '#contracts/clock.ts';
import { ApplianceError } from '#contracts/errors.ts';
import { connectStore, type StoreClient } from '../client/connect-store.ts';
import type { Crash, CrashPoint } from '../crash-points.ts';
import type { Db } from '../database.ts';
import type { HistoryReader } from '../history/read-history.ts';
import type { HistoryRing } from '../history/ring.ts';
import type { FromWriter } from '../messages.ts';
import type { LogReader } from '../reader/read-log.ts';
import { serveReads } from '../reader/serve-reads.ts';
import { statsBoard } from '../stats-board.ts';
import { createBatchWriter } from '../writer/batch-writer.ts';
import { serveClient } from '../writer/connection.ts';
import type { Disk } from '../writer/disk.ts';
import { openLogTable } from '../writer/log-table.ts';
import type { Statements } from '../writer/statements.ts';
import { groupCommit } from '../writer/transaction.ts';
import { takeTurns } from '../writer/turns.ts';
import { createWriter } from '../writer/writer.ts';
import { createWire } from './wire.ts';

export interface LocalStore extends StoreClient {
  /** As when the power goes: what was not committed is gone, and nobody hears of anything any more. */
  cut(): void;
  /** Messages between the store and its clients so far: while it grows, something is going on. */
  traffic(): number;
  /** Commits tried so far. */
  commits(): number;
}

export interface LocalParts {
  readonly db: Db;
  readonly writes: Statements;
  readonly reads: Statements;
  readonly log: LogReader;
  readonly clock: Clock;
  readonly isCutAt: (point: CrashPoint) => boolean;
  readonly onCut: (point: CrashPoint) => void;
}

/** Thrown where the power goes; nothing below may treat it as a fault of the disk. */
const POWER_CUT = new Error('the power is gone');

/** Writer, reader and one client in one thread, joined by a wire instead of ports. */
export function startLocalStore(parts: LocalParts): LocalStore {
  const { db, clock, reads, writes, isCutAt } = parts;
  const wire = createWire();
  const board = statsBoard();
  let isAlive = true;
  let commits = 0;

  const cut = (): void => {
    isAlive = false;
    wire.cut();
    if (db.open && db.inTransaction) db.exec('ROLLBACK');
  };
  const crash: Crash = (point) => {
    // A dead writer that goes on to the next commit of its batch gets no further than `before-begin`.
    if (isAlive && !isCutAt(point)) return;
    const isFirst = isAlive;
    isAlive = false;
    wire.cut();
    if (isFirst) setImmediate(parts.onCut, point);
    throw POWER_CUT;
  };

  const log = openLogTable(db);
  const [toWriter, atWriter] = wire.pair();
  const [toReader, atReader] = wire.pair();
  const writeAll = createBatchWriter({
    runBatch: groupCommit({ db, log, statements: writes, crash }),
    disk: endlessDisk,
    onBroken: (error) => {
      throw error;
    },
  });
  const writer = createWriter({
    log,
    disk: endlessDisk,
    board,
    clock,
    crash,
    writeAll(batch) {
      commits += batch.length;
      return writeAll(batch);
    },
    publish: (fresh) => connection.publish(fresh),
  });
  const schedule = takeTurns({
    writeCommits: () => isAlive && unlessCut(writer.writeBatch),
    writeHistory: () => false,
    tidy: () => {},
  });
  const connection = serveClient(atWriter, {
    writer,
    log,
    ring: noHistory,
    schedule,
    warn: () => {},
    onGone: () => {},
  });
  serveReads(
    { dir: 'memory', statements: reads, log: parts.log, history: noSamples },
    atReader,
    board,
    () => {},
  );
  const client = connectStore(toWriter, { clock });
  atWriter.postMessage({ kind: 'hello', reader: toReader } satisfies FromWriter);

  return { ...client, cut, traffic: wire.carried, commits: () => commits };
}

function unlessCut(write: () => boolean): boolean {
  try {
    return write();
  } catch (error) {
    if (error !== POWER_CUT) throw error;
    return false;
  }
}

const endlessDisk: Disk = {
  state: () => 'ok',
  freeBytes: () => Number.MAX_SAFE_INTEGER,
  refused: () => {},
  releaseReserve: () => false,
  isReserveDue: () => false,
  error: (problem) => new ApplianceError('STORE_IO', { dir: 'memory', problem }),
};
const noHistory: HistoryRing = { take: () => {}, writeBatch: () => false, drain: () => {} };
const noSamples: HistoryReader = { samples: () => [], windows: () => [] };
