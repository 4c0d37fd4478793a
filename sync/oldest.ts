import type { Store } from '#contracts/store.ts';
import type { Outbox } from './outbox.ts';
import { classesUpTo } from './policy.ts';

/** Keeps the time of the oldest waiting record of each lane: one record read per lane and look, if it moved. */
export function createOldest(store: Store): {
  look(outboxes: readonly Outbox[]): Promise<void>;
  known(): ReadonlyMap<string, string>;
} {
  const times = new Map<string, string>();
  const seenAt = new Map<string, number>();

  async function lookAt(outbox: Outbox): Promise<void> {
    const { record, lane } = outbox;
    if (record.backlogCount === 0) {
      times.delete(lane);
      seenAt.delete(lane);
      return;
    }
    const { acked, sealed } = record.ledger;
    // Behind everything that was given up, when nothing with a number waits.
    const after = acked.sequence === sealed.sequence ? outbox.scanOffset() : acked.offset;
    if (seenAt.get(lane) === after) return;
    const classifications = classesUpTo(record.classificationMax);
    const [first] = await store.readRaw(after, { lane, classifications, countMax: 1, bytesMax: 1 });
    if (first === undefined) return;
    const { time } = JSON.parse(first.json) as { time?: unknown };
    if (typeof time !== 'string') return;
    times.set(lane, time);
    seenAt.set(lane, after);
  }

  return {
    known: () => times,
    async look(outboxes) {
      for (const outbox of outboxes) await lookAt(outbox);
    },
  };
}
