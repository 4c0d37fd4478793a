import { setImmediate as nextRound } from 'node:timers/promises';
import Database from 'better-sqlite3';
import { systemClock } from '#contracts/clock.ts';
import { ApplianceError } from '#contracts/errors.ts';
import { armCrash } from '../crash-points.ts';
import { statsBoard } from '../stats-board.ts';
import { threadLink } from '../thread-link.ts';
import { toWire } from '../wire-error.ts';
import { assembleWriter, type WriterAssembly } from './assembly.ts';
import { reportLoopDelay } from './loop-delay.ts';
import { type OpenSite, openSite } from './open-site.ts';
import { releaseReserve } from './reserve.ts';

/** The store thread: the only writer of site.db and history.db. This file follows the host's orders. */
const link = threadLink();
const { data } = link;
const clock = systemClock;
const crash = armCrash(data.crashPoint);

function open(): OpenSite {
  try {
    return openSite(data, clock, crash);
  } catch (error) {
    const isFull = error instanceof Database.SqliteError && error.code === 'SQLITE_FULL';
    // A site that comes up on a full disk needs a few pages to say so.
    if (isFull && releaseReserve(data.dir, 0)) return openSite(data, clock, crash);
    throw error;
  }
}

async function drain({ writeAll, room, end }: WriterAssembly): Promise<void> {
  // What was posted before the order is in the ports by now, and a round later in the queue.
  await nextRound();
  await nextRound();
  room.end();
  writeAll();
  end(new ApplianceError('STORE_CLOSED'));
  link.tell({ news: 'drained' });
}

function finish({ db, historyDb, markClean, unlock }: OpenSite, { isBroken }: WriterAssembly): never {
  // A file that cannot be trusted is left as it is: the next start reads what really is on the disk.
  if (!isBroken()) {
    crash('before-clean-mark');
    markClean();
    crash('after-clean-mark');
    for (const one of [db, historyDb]) {
      one.pragma('wal_checkpoint(TRUNCATE)');
      one.close();
    }
    unlock();
  }
  process.exit(0);
}

function run(site: OpenSite): void {
  const assembly = assembleWriter(site, { data, link, clock, crash });
  link.onOrder((order) => {
    if (order.order === 'connect') assembly.connect(order.port);
    else if (order.order === 'drain') void drain(assembly);
    else if (order.order === 'finish') finish(site, assembly);
  });
  reportLoopDelay(statsBoard(data.statsMemory));
  link.tell({ news: 'ready', selfCheck: site.selfCheck, isCheckNeeded: site.isCheckNeeded });
}

const asUnfit = (error: unknown): ApplianceError =>
  error instanceof ApplianceError
    ? error
    : new ApplianceError('STORE_UNFIT', {
        problem: String(error),
        cure: 'Look at the disk and at who owns the folder; if the file is damaged, restore the last backup.',
      });

try {
  run(open());
} catch (error) {
  link.tell({ news: 'unfit', error: toWire(asUnfit(error)) });
}
