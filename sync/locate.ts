import { type Offset, offset } from '#contracts/ids.ts';
import type { Store } from '#contracts/store.ts';
import { runFrom, type Stream } from './book.ts';
import { type Position, RUN_COUNT_MAX, type Run } from './ledger.ts';
import { TALLY_OFFSETS_MAX } from './limits.ts';
import { classesUpTo } from './policy.ts';

/**
 * Finds the place in the log of a number that was given earlier: the position after which sending goes on.
 * A number whose record is older than the log is placed before what is left of its run.
 */
export async function locate(
  store: Store,
  stream: Stream,
  sequence: number,
  sealed: Position,
): Promise<Position> {
  // Number 0 lies before the first run, and a number in a hole before the run behind it.
  const run = await runFrom(store, stream, Math.max(sequence, 1));
  // Behind the last run lie only numbers that were adopted from the region; they have no records here.
  if (run === null) return { sequence, offset: sealed.offset };
  if (sequence < run.firstSequence) return { sequence, offset: run.afterOffset };
  if (sequence === run.lastSequence) return { sequence, offset: run.lastOffset };
  const present = await countRun(store, stream, run);
  // The log is shortened from its old end, so what is missing of a run is its beginning.
  const missing = run.lastSequence - run.firstSequence + 1 - present;
  const passed = sequence - run.firstSequence + 1 - missing;
  return { sequence, offset: passed <= 0 ? run.afterOffset : await nthOffset(store, stream, run, passed) };
}

async function countRun(store: Store, stream: Stream, run: Run): Promise<number> {
  const classes = classesUpTo(run.classificationMax);
  let count = 0;
  for (let after: number = run.afterOffset; after < run.lastOffset; after += TALLY_OFFSETS_MAX) {
    const through = Math.min(after + TALLY_OFFSETS_MAX, run.lastOffset);
    for (const row of await store.tally(offset(after), offset(through))) {
      if (row.lane === stream.lane && classes.includes(row.classification)) count += row.count;
    }
  }
  return count;
}

/** Offset of the n-th record of a run. Reads at most RUN_COUNT_MAX records, in short pieces. */
async function nthOffset(store: Store, stream: Stream, run: Run, n: number): Promise<Offset> {
  let after = run.afterOffset;
  let left = Math.min(n, RUN_COUNT_MAX);
  while (left > 0) {
    const records = await store.readRaw(after, {
      lane: stream.lane,
      classifications: classesUpTo(run.classificationMax),
      countMax: Math.min(left, 2_000),
      bytesMax: 4_194_304,
    });
    const last = records.at(-1);
    if (last === undefined) return run.lastOffset;
    after = last.offset;
    left -= records.length;
  }
  return after;
}
