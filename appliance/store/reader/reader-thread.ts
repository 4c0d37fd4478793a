import { join } from 'node:path';
import { openForReading } from '../database.ts';
import { HISTORY_FILE } from '../history/open-history.ts';
import { historyReader } from '../history/read-history.ts';
import { HISTORY_CACHE_BYTES, READER_CACHE_BYTES } from '../limits.ts';
import { statsBoard } from '../stats-board.ts';
import { SITE_FILE } from '../thread-data.ts';
import { threadLink } from '../thread-link.ts';
import { toWire } from '../wire-error.ts';
import { compileReads } from '../writer/statements.ts';
import type { ReadParts } from './answer-read.ts';
import { logReader } from './read-log.ts';
import { serveReads } from './serve-reads.ts';

/** The reader: answers what needs no writing, one short read after the other, from its own connections. */
const link = threadLink();
const board = statsBoard(link.data.statsMemory);
const { dir, modules } = link.data;
let close = (): void => {};

function open(): ReadParts {
  const site = openForReading(join(dir, SITE_FILE), READER_CACHE_BYTES);
  const history = openForReading(join(dir, HISTORY_FILE), HISTORY_CACHE_BYTES);
  close = () => {
    site.close();
    history.close();
  };
  return {
    dir,
    statements: compileReads(site, modules),
    log: logReader(site),
    history: historyReader(history),
  };
}

const onSlow = (fields: object): void =>
  link.tell({ news: 'log', level: 'warn', fields: { ...fields }, message: 'slow read' });

let parts: ReadParts | undefined;
link.onOrder((order) => {
  if (order.order === 'open') {
    try {
      parts = open();
      link.tell({ news: 'opened' });
    } catch (error) {
      link.tell({ news: 'unfit', error: toWire(error) });
    }
  } else if (order.order === 'connect' && parts !== undefined) {
    serveReads(parts, order.port, board, onSlow);
  } else if (order.order === 'finish') {
    close();
    process.exit(0);
  }
});
