import type { Clock } from '#contracts/clock.ts';
import { type Offset, offset } from '#contracts/ids.ts';
import type { Store } from '#contracts/store.ts';
import { TALLY_INTERVAL_MS, TALLY_OFFSETS_MAX } from './limits.ts';
import type { Outbox } from './outbox.ts';
import { createSignal } from './signal.ts';

export interface CounterParts {
  readonly store: Store;
  readonly clock: Clock;
  readonly outboxes: readonly Outbox[];
  /** Records for this destination were found. */
  onCounted(count: number): void;
  onFault(error: unknown): void;
}

/**
 * Counts what the log gains, once, so that a backlog of a million is a number and not a query. Nothing is sent
 * that was not counted. The counts are kept on disk with the marks; after a start only the rest is counted.
 */
export function createCounter(parts: CounterParts): { start(): void; stop(): Promise<void> } {
  const { store, clock, outboxes } = parts;
  const bell = createSignal();
  let head = offset(0);
  let stopped = false;
  let ended = Promise.resolve();
  let unwatch = () => {};

  const behind = (): Offset =>
    outboxes.reduce(
      (least, { record }) => (record.countedOffset < least ? record.countedOffset : least),
      head,
    );

  async function step(from: Offset): Promise<void> {
    // Lanes that stand further ahead join where they stand, so that no record is counted twice for them.
    const ahead = outboxes.map(({ record }) => record.countedOffset).filter((counted) => counted > from);
    const to = offset(Math.min(head, from + TALLY_OFFSETS_MAX, ...ahead));
    const rows = await store.tally(from, to);
    let count = 0;
    for (const outbox of outboxes) {
      if (outbox.record.countedOffset === from) count += outbox.counted(rows, to).count;
    }
    if (count > 0) parts.onCounted(count);
  }

  async function loop(): Promise<void> {
    const read = await store.head();
    // The reader's answer may be older than what was heard meanwhile; then the newest record would wait for the next.
    if (read > head) head = read;
    while (!stopped) {
      const from = behind();
      if (from >= head) {
        await bell.wait();
        continue;
      }
      const short = head - from < TALLY_OFFSETS_MAX;
      await step(from);
      if (short && !stopped) await pause();
    }
  }

  /** While records trickle in, a count every few milliseconds is enough. */
  const pause = (): Promise<void> =>
    new Promise((resolve) => {
      clock.after(TALLY_INTERVAL_MS, resolve);
    });

  return {
    start() {
      unwatch = store.watchHead((newest) => {
        if (newest > head) head = newest;
        bell.ring();
      });
      ended = loop().catch((error: unknown) => {
        if (!stopped) parts.onFault(error);
      });
    },
    stop() {
      stopped = true;
      unwatch();
      bell.ring();
      return ended;
    },
  };
}
