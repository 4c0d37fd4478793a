import { join } from 'node:path';
import type { MessagePort } from 'node:worker_threads';
import { openForReading } from '../database.ts';
import { HISTORY_FILE } from '../history/open-history.ts';
import { historyReader } from '../history/read-history.ts';
import { HISTORY_CACHE_BYTES, READER_CACHE_BYTES, SLOW_READ_MS } from '../limits.ts';
import type { FromReader, ToReader } from '../messages.ts';
import { statsBoard } from '../stats-board.ts';
import { SITE_FILE } from '../thread-data.ts';
import { threadLink } from '../thread-link.ts';
import { toWire } from '../wire-error.ts';
import { compileReads } from '../writer/statements.ts';
import { answerRead, nameOf, type ReadParts } from './answer-read.ts';
import { logReader } from './read-log.ts';

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

function serve(parts: ReadParts, port: MessagePort): void {
  const answer = (message: FromReader): void => port.postMessage(message);
  port.on('message', ({ id, request }: ToReader) => {
    const startMs = performance.now();
    board.add('readCount');
    try {
      answer({ id, value: answerRead(parts, request) });
    } catch (error) {
      answer({ id, error: toWire(error) });
    }
    const tookMs = performance.now() - startMs;
    board.max('readMsMax', tookMs);
    if (tookMs < SLOW_READ_MS) return;
    const fields = { read: nameOf(request), tookMs };
    link.tell({ news: 'log', level: 'warn', fields, message: 'slow read' });
  });
}

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
    serve(parts, order.port);
  } else if (order.order === 'finish') {
    close();
    process.exit(0);
  }
});
