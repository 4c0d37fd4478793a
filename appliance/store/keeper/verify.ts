import { setImmediate } from 'node:timers/promises';
import { offset } from '#contracts/ids.ts';
import type { ChainCheck } from '#contracts/store.ts';
import { CHAIN_START, chainProblem } from '../chain.ts';
import type { Db } from '../database.ts';
import { CHAIN_BATCH_COUNT } from '../limits.ts';
import { readChainRows } from '../writer/self-check.ts';

/** Walks the chain from the first row, in short reads, and stops at the first row that does not fit. */
export async function verifyChain(db: Db): Promise<ChainCheck> {
  let before = { offset: 0, hash: CHAIN_START };
  for (;;) {
    const rows = readChainRows(db, before.offset, CHAIN_BATCH_COUNT);
    for (const row of rows) {
      const problem = chainProblem(row, before);
      if (problem !== null) return { state: 'broken', at: offset(before.offset + 1), problem };
      before = { offset: row.offset, hash: row.hash };
    }
    if (rows.length < CHAIN_BATCH_COUNT) {
      return { state: 'whole', checkedCount: before.offset, head: offset(before.offset) };
    }
    // Between two reads no snapshot is held, and the keeper can copy the write-ahead log.
    await setImmediate();
  }
}
