import type { AnyEvent } from '#contracts/events/envelope.ts';
import { type Offset, offset } from '#contracts/ids.ts';
import type { LogTally, Store, StoreOp } from '#contracts/store.ts';
import { ackedOp, droppedOp, sealedOp } from './book.ts';
import { skip } from './ledger.ts';
import { GIVE_UP_OFFSETS } from './limits.ts';
import type { Outbox } from './outbox.ts';
import { classesUpTo } from './policy.ts';

/** Records that the destination will never get. */
export interface GivenUp {
  readonly count: number;
  readonly bytes: number;
  readonly through: Offset;
  readonly oldestAt: string;
  readonly newestAt: string;
}

/**
 * Gives the oldest waiting telemetry up until `bytesWanted` are free. Only records without a number go: those
 * that have one may be on the wire already. So the stream stays without gaps, and the dropped event, written in
 * the same transaction, is what tells the region that something is missing.
 */
export async function giveUpOldest(
  store: Store,
  outbox: Outbox,
  bytesWanted: number,
  parts: { describe: (given: GivenUp) => AnyEvent; nowMs: number },
): Promise<{ given: GivenUp; event: AnyEvent } | null> {
  return outbox.exclusive(async () => {
    const end = outbox.record.countedOffset;
    const given = await oldest(store, outbox, bytesWanted, end);
    if (given === null) {
      // Or the same stretch would be looked through again every second.
      outbox.passOver(end);
      return null;
    }
    const event = parts.describe(given);
    const { record, stream } = outbox;
    const ledger = skip(record.ledger, given.through);
    const droppedCount = record.droppedCount + given.count;
    const ops: StoreOp[] = [
      { op: 'append', event },
      sealedOp(stream, ledger.sealed),
      droppedOp(stream, droppedCount),
      ackedOp(stream, withoutGiven(outbox, given), parts.nowMs),
    ];
    await store.commit(ops, { reserve: true });
    outbox.replace({
      ...withoutGiven(outbox, given),
      droppedCount,
      ledger: skip(outbox.record.ledger, given.through),
    });
    return { given, event };
  });
}

function withoutGiven(outbox: Outbox, given: GivenUp): Outbox['record'] {
  const { record } = outbox;
  return {
    ...record,
    backlogCount: Math.max(0, record.backlogCount - given.count),
    backlogBytes: Math.max(0, record.backlogBytes - given.bytes),
  };
}

async function oldest(
  store: Store,
  outbox: Outbox,
  bytesWanted: number,
  end: Offset,
): Promise<GivenUp | null> {
  const classes = classesUpTo(outbox.record.classificationMax);
  let given: GivenUp | null = null;
  let after = outbox.scanOffset();
  while (after < end && (given?.bytes ?? 0) < bytesWanted) {
    const through = offset(Math.min(after + GIVE_UP_OFFSETS, end));
    const rows = await store.tally(after, through);
    given = rows
      .filter((row) => row.lane === outbox.lane && classes.includes(row.classification) && row.count > 0)
      .reduce<GivenUp | null>((sum, row) => add(sum, row, through), given);
    after = through;
  }
  return given;
}

const add = (sum: GivenUp | null, row: LogTally, through: Offset): GivenUp => ({
  count: (sum?.count ?? 0) + row.count,
  bytes: (sum?.bytes ?? 0) + row.bytes,
  through,
  oldestAt: earlier(sum?.oldestAt, row.firstTime),
  newestAt: later(sum?.newestAt, row.lastTime),
});

// RFC 3339 in UTC sorts as text.
const earlier = (a: string | undefined, b: string): string => (a === undefined || b < a ? b : a);
const later = (a: string | undefined, b: string): string => (a === undefined || b > a ? b : a);
