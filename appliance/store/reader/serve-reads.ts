import { SLOW_READ_MS } from '../limits.ts';
import type { FromReader, ToReader } from '../messages.ts';
import type { Port } from '../port.ts';
import type { StatsBoard } from '../stats-board.ts';
import { toWire } from '../wire-error.ts';
import { answerRead, nameOf, type ReadParts } from './answer-read.ts';

/** One client's end at the reader. */
export function serveReads(
  parts: ReadParts,
  port: Port,
  board: StatsBoard,
  onSlow: (fields: { read: string; tookMs: number }) => void,
): void {
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
    if (tookMs >= SLOW_READ_MS) onSlow({ read: nameOf(request), tookMs });
  });
}
