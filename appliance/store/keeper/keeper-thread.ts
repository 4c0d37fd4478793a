import { join } from 'node:path';
import { armCrash } from '../crash-points.ts';
import { type Db, openForWriting } from '../database.ts';
import { KEEPER_CACHE_BYTES } from '../limits.ts';
import type { Errand, ErrandDone } from '../messages.ts';
import { statsBoard } from '../stats-board.ts';
import { SITE_FILE } from '../thread-data.ts';
import { threadLink } from '../thread-link.ts';
import { toWire } from '../wire-error.ts';
import { noteDamage } from '../writer/damage-note.ts';
import { layReserve } from '../writer/reserve.ts';
import { quickCheck } from '../writer/self-check.ts';
import { verifyChain } from './verify.ts';

/**
 * The keeper: what takes long and concerns no caller. It copies the write-ahead log into the file beside the
 * running commits (a passive checkpoint takes no lock that they need), walks the chain, lays the reserve and
 * checks the file after an unclean stop. It never writes a row.
 */
const link = threadLink();
const { dir, errands, statsMemory, reserveBytes } = link.data;
const board = statsBoard(statsMemory);
const crash = armCrash(link.data.crashPoint);
const databases = new Map<string, Db>();

const database = (file: string): Db => {
  const open = databases.get(file) ?? openForWriting(join(dir, file), 'FULL', KEEPER_CACHE_BYTES);
  databases.set(file, open);
  return open;
};

function checkpoint(file: string): void {
  try {
    crash('before-checkpoint');
    database(file).pragma('wal_checkpoint(PASSIVE)');
    crash('after-checkpoint');
  } catch (error) {
    // Nothing is lost: the pages stay in the write-ahead log, and the next errand tries again.
    const fields = { file, problem: String(error) };
    link.tell({ news: 'log', level: 'warn', fields, message: 'checkpoint failed' });
  }
}

function checkFile(): void {
  board.setIntegrity('running');
  try {
    quickCheck(database(SITE_FILE));
    board.setIntegrity('ok');
  } catch (error) {
    board.setIntegrity('broken');
    noteDamage(dir, String(error));
    link.tell({ news: 'fatal', error: toWire(error) });
  }
}

const done = (message: ErrandDone): void => errands?.postMessage(message);
errands?.on('message', (errand: Errand) => {
  if (errand.errand === 'checkpoint') {
    checkpoint(errand.file);
    done(errand);
  } else {
    done({ errand: 'lay-reserve', isLaid: layReserve(dir, reserveBytes) });
  }
});

link.onOrder((order) => {
  if (order.order === 'open') {
    link.tell({ news: 'opened' });
    if (order.isCheckNeeded) setImmediate(checkFile);
  } else if (order.order === 'verify') {
    verifyChain(database(SITE_FILE)).then(
      (check) => link.tell({ news: 'verified', check }),
      (error: unknown) =>
        link.tell({
          news: 'log',
          level: 'error',
          fields: { problem: String(error) },
          message: 'verify failed',
        }),
    );
  } else if (order.order === 'finish') {
    for (const db of databases.values()) db.close();
    process.exit(0);
  }
});
