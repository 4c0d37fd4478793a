import type { Clock } from '#contracts/clock.ts';
import type { Store, StoreOp } from '#contracts/store.ts';
import { ackedOp, consumerOf } from './book.ts';
import type { Outbox } from './outbox.ts';

/** Acknowledged marks and counts on their way to disk, one transaction at a time. */
export interface Saver {
  /** What the region acknowledged is written soon; a crash before that means asking the region, not losing. */
  touch(outbox: Outbox): void;
  /** Resolves when everything touched so far is on disk. */
  flush(): Promise<void>;
}

export function createSaver(parts: { store: Store; clock: Clock; onFault: (error: unknown) => void }): Saver {
  const dirty = new Set<Outbox>();
  const marked = new Map<Outbox, number>();
  let running: Promise<void> | null = null;

  async function save(): Promise<void> {
    while (dirty.size > 0) {
      const outboxes = [...dirty];
      dirty.clear();
      await parts.store.commit(outboxes.flatMap(opsOf), { reserve: true });
    }
  }

  function opsOf(outbox: Outbox): StoreOp[] {
    const { record, stream } = outbox;
    const ops = [ackedOp(stream, record, parts.clock.nowMs())];
    const acked = record.ledger.acked.offset;
    // The mark tells the keeper of the log what is no longer needed here; a region that goes back does not undo it.
    if (acked > (marked.get(outbox) ?? 0)) {
      marked.set(outbox, acked);
      ops.push({ op: 'mark', consumer: consumerOf(stream), offset: acked });
    }
    return ops;
  }

  function start(): Promise<void> {
    running ??= save()
      .catch(parts.onFault)
      .finally(() => {
        running = null;
      });
    return running;
  }

  return {
    touch(outbox) {
      dirty.add(outbox);
      void start();
    },
    async flush() {
      // What is touched while a save runs is taken by its next round.
      while (dirty.size > 0 || running !== null) await start();
    },
  };
}
