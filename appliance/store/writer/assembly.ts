import { join } from 'node:path';
import type { MessagePort } from 'node:worker_threads';
import type { Clock } from '#contracts/clock.ts';
import { ApplianceError } from '#contracts/errors.ts';
import type { Crash } from '../crash-points.ts';
import type { Db } from '../database.ts';
import { HISTORY_FILE } from '../history/open-history.ts';
import { createHistoryRing } from '../history/ring.ts';
import { CLIENTS_MAX } from '../limits.ts';
import type { Errand, ErrandDone } from '../messages.ts';
import { statsBoard } from '../stats-board.ts';
import { SITE_FILE, type ThreadData } from '../thread-data.ts';
import type { ThreadLink } from '../thread-link.ts';
import { toWire } from '../wire-error.ts';
import { createBatchWriter } from './batch-writer.ts';
import { type Connection, serveClient, turnAway } from './connection.ts';
import { watchDisk } from './disk.ts';
import { openLogTable } from './log-table.ts';
import type { OpenSite } from './open-site.ts';
import { type RoomWatch, watchRoom } from './room-watch.ts';
import { compileWrites } from './statements.ts';
import { groupCommit } from './transaction.ts';
import { takeTurns } from './turns.ts';
import { careForWal, type WalCare } from './wal-care.ts';
import { createWriter } from './writer.ts';

export interface WriterAssembly {
  readonly room: RoomWatch;
  connect(port: MessagePort): void;
  /** Writes all that is queued. */
  writeAll(): void;
  /** Refuses what comes, and lets the clients know. */
  end(error: ApplianceError): void;
  isBroken(): boolean;
}

export interface Surroundings {
  readonly data: ThreadData;
  readonly link: ThreadLink;
  readonly clock: Clock;
  readonly crash: Crash;
}

/** Puts the parts of the store thread together around the open files. */
export function assembleWriter({ db, historyDb }: OpenSite, around: Surroundings): WriterAssembly {
  const { data, link, clock, crash } = around;
  const board = statsBoard(data.statsMemory);
  const warn = (fields: object, message: string): void =>
    link.tell({ news: 'log', level: 'warn', fields: { ...fields }, message });
  const errand = (message: Errand): void => data.errands?.postMessage(message);
  const connections = new Set<Connection>();
  let broken = false;

  const end = (error: ApplianceError): void => {
    writer.end(error);
    for (const connection of connections) connection.end(toWire(error));
  };
  const log = openLogTable(db);
  const disk = watchDisk(data.dir, data.diskMarks, data.reserveBytes, clock);
  const statements = compileWrites(db, data.modules);
  const writer = createWriter({
    log,
    disk,
    board,
    clock,
    crash,
    writeAll: createBatchWriter({
      runBatch: groupCommit({ db, log, statements, crash }),
      disk,
      onBroken: (error) => {
        broken = true;
        link.tell({ news: 'fatal', error: toWire(error) });
        // After this batch has had its answers, and before anything else is written.
        queueMicrotask(() => end(error));
      },
    }),
    publish: (fresh) => {
      for (const connection of connections) connection.publish(fresh);
    },
  });
  const ring = createHistoryRing({
    db: historyDb,
    limits: data.history,
    board,
    clock,
    crash,
    hasRoom: () => disk.state() === 'ok',
    onProblem: (error) => warn({ problem: String(error) }, 'tag history dropped'),
  });
  const cares = walCares(
    [
      [SITE_FILE, db],
      [HISTORY_FILE, historyDb],
    ],
    around,
    { errand, warn, onSiteSizes: board },
  );
  const room = watchRoom(disk, board, clock, () => errand({ errand: 'lay-reserve' }));
  data.errands?.on('message', (done: ErrandDone) => {
    if (done.errand === 'checkpoint') cares.get(done.file)?.copied();
    else room.onReserve(done.isLaid);
  });
  const schedule = takeTurns({
    writeCommits: () => !broken && writer.writeBatch(),
    writeHistory: () => !broken && ring.writeBatch(),
    tidy: () => {
      if (!broken) for (const care of cares.values()) care.look();
    },
  });
  board.set('head', log.end().head);

  const onGone = (connection: Connection): void => void connections.delete(connection);
  return {
    room,
    connect(port) {
      if (connections.size < CLIENTS_MAX) {
        connections.add(serveClient(port, { writer, log, ring, schedule, warn, onGone }));
      } else {
        turnAway(port, new ApplianceError('STORE_BUSY', { waiting: CLIENTS_MAX, what: 'clients' }));
      }
    },
    writeAll() {
      while (!broken && writer.writeBatch()) {}
      if (!broken) ring.drain();
    },
    end,
    isBroken: () => broken,
  };
}

interface WalCareUsers {
  errand(message: Errand): void;
  warn(fields: object, message: string): void;
  readonly onSiteSizes: ReturnType<typeof statsBoard>;
}

function walCares(
  files: readonly (readonly [file: string, db: Db])[],
  { data, clock }: Surroundings,
  { errand, warn, onSiteSizes }: WalCareUsers,
): ReadonlyMap<string, WalCare> {
  const care = (file: string, db: Db): WalCare =>
    careForWal({
      db,
      file: join(data.dir, file),
      clock,
      askKeeper: () => errand({ errand: 'checkpoint', file }),
      onSizes: (walBytes, databaseBytes) => {
        if (file !== SITE_FILE) return;
        onSiteSizes.set('walBytes', walBytes);
        onSiteSizes.set('databaseBytes', databaseBytes);
      },
      onProblem: (error) => warn({ file, problem: String(error) }, 'checkpoint failed'),
    });
  return new Map(files.map(([file, db]) => [file, care(file, db)]));
}
