import type { LogRecord } from '#contracts/store.ts';
import { FOLLOWER_RECORDS_MAX } from '../limits.ts';

/** A batch, and the offset up to which everything that matches has been handed out with it. */
export interface Batch {
  readonly records: readonly LogRecord[];
  readonly upTo: number;
}

/** What was pushed to a follower and not taken yet: every matching record in (from, to], or nothing at all. */
export interface LiveTail {
  /** Records of (after, head]. A hole before `after`, or too many, makes the tail begin anew behind them. */
  push(after: number, head: number, records: readonly LogRecord[]): void;
  /** The next batch behind `position`; undefined when the tail does not reach back to it. */
  take(position: number, countMax: number): Batch | undefined;
  /** Largest offset it knows to be in the log. */
  readonly head: number;
}

export function createLiveTail(head: number): LiveTail {
  let from = head;
  let to = head;
  let records: LogRecord[] = [];

  const beginAt = (offset: number): void => {
    from = offset;
    to = offset;
    records = [];
  };

  return {
    get head() {
      return to;
    },
    push(after, newHead, fresh) {
      if (newHead <= to) return;
      if (after !== to) beginAt(after);
      if (records.length + fresh.length > FOLLOWER_RECORDS_MAX) return beginAt(newHead);
      records.push(...fresh);
      to = newHead;
    },
    take(position, countMax) {
      if (position < from) return undefined;
      const first = records.findIndex((record) => record.offset > position);
      const ahead = first === -1 ? [] : records.slice(first);
      const batch = ahead.slice(0, countMax);
      const isAll = batch.length === ahead.length;
      const upTo = isAll ? Math.max(position, to) : (batch.at(-1)?.offset ?? position);
      records = ahead.slice(batch.length);
      from = Math.max(from, upTo);
      return { records: batch, upTo };
    },
  };
}
