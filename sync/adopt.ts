import type { Lane } from '#contracts/events/envelope.ts';
import { type Offset, offset } from '#contracts/ids.ts';
import type { Store } from '#contracts/store.ts';
import { type LaneRecord, sealedOp } from './book.ts';
import { adoptAhead, type Position, viewMark } from './ledger.ts';
import { TALLY_OFFSETS_MAX } from './limits.ts';
import { locate } from './locate.ts';
import type { Outbox } from './outbox.ts';
import { classesUpTo } from './policy.ts';

/** The region stands elsewhere than we remember, and not because an answer was lost. */
export interface MarkSurprise {
  readonly lane: Lane;
  readonly direction: 'behind' | 'ahead';
  readonly fromSequence: number;
  readonly toSequence: number;
}

/**
 * Believes the region's mark and places the outbox there.
 *
 * same, forward: the usual ways back, the latter when the answer to a frame was lost.
 * behind: the region was restored from a copy; records are sent again, as far back as the log goes.
 * ahead: our own store is older than the region's knowledge; numbering goes on behind its mark.
 */
export async function adoptMark(
  store: Store,
  outbox: Outbox,
  sequence: number,
): Promise<MarkSurprise | null> {
  const { ledger } = outbox.record;
  const view = viewMark(ledger, sequence);
  if (view === 'same') {
    outbox.resumeAt(ledger.acked);
    return null;
  }
  if (view === 'ahead') {
    const next = adoptAhead(ledger, sequence);
    // On disk at once: an acknowledged mark past the last number would be nonsense to the next start.
    await store.commit([sealedOp(outbox.stream, next.sealed)], { reserve: true });
    outbox.replace({ ...passed(outbox.record, next.acked, 0, 0), ledger: next });
    outbox.resumeAt(next.acked);
    return surprise(outbox, 'ahead', ledger.sealed.sequence, sequence);
  }
  const position = await locate(store, outbox.stream, sequence, ledger.sealed);
  const bytes = await bytesBetween(store, outbox, ledger.acked.offset, position.offset);
  const count = sequence - ledger.acked.sequence;
  outbox.replace({
    ...passed(outbox.record, position, count, bytes),
    ledger: { ...outbox.record.ledger, acked: position },
  });
  outbox.resumeAt(position);
  return view === 'behind' ? surprise(outbox, 'behind', ledger.acked.sequence, sequence) : null;
}

/** The backlog after the mark moved over `count` records; both are negative when it moved back. */
function passed(record: LaneRecord, to: Position, count: number, bytes: number): Partial<LaneRecord> {
  if (to.offset >= record.countedOffset)
    return { countedOffset: to.offset, backlogCount: 0, backlogBytes: 0 };
  return {
    backlogCount: Math.max(0, record.backlogCount - count),
    backlogBytes: Math.max(0, record.backlogBytes - bytes),
  };
}

async function bytesBetween(store: Store, outbox: Outbox, from: Offset, to: Offset): Promise<number> {
  const [low, high] = from < to ? [from, to] : [to, from];
  const classes = classesUpTo(outbox.record.classificationMax);
  let bytes = 0;
  for (let after: number = low; after < high; after += TALLY_OFFSETS_MAX) {
    const through = offset(Math.min(after + TALLY_OFFSETS_MAX, high));
    for (const row of await store.tally(offset(after), through)) {
      if (row.lane === outbox.lane && classes.includes(row.classification)) bytes += row.bytes;
    }
  }
  return from < to ? bytes : -bytes;
}

const surprise = (outbox: Outbox, direction: 'behind' | 'ahead', from: number, to: number): MarkSurprise => ({
  lane: outbox.lane,
  direction,
  fromSequence: from,
  toSequence: to,
});
