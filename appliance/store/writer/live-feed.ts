import { LIVE_BYTES_MAX } from '../limits.ts';
import type { FromWriter, WireCommit, WireEvent, WireFilter } from '../messages.ts';

/** What one connection wants to hear of new events, and how much of it is under way. */
export interface LiveFeed {
  follow(followId: number, filter: WireFilter): void;
  unfollow(followId: number): void;
  /** Wants to know the head, with or without records. */
  watch(isOn: boolean): void;
  /** The client has taken so much off its port; it may be sent more. */
  taken(bytes: number, head: number): void;
  publish(fresh: Fresh): void;
}

/** Events of one durable batch: all of (after, head]. */
export interface Fresh {
  readonly after: number;
  readonly head: number;
  readonly events: readonly WireEvent[];
}

export const matches = ({ lanes, types }: WireFilter, type: string, lane: string): boolean =>
  (lanes === null || lanes.includes(lane)) && (types === null || types.includes(type));

/**
 * Pushes durable events to a connection that follows the log, so that a follower that has caught up never
 * reads the file. A connection that does not keep up is sent nothing but the head when it is back: its
 * followers see the gap and read the file from where they are.
 */
export function createLiveFeed(post: (message: FromWriter) => void): LiveFeed {
  const filters = new Map<number, WireFilter>();
  const wanted = new Map<string, boolean>();
  let watching = false;
  let bytesUnderWay = 0;
  let lagging = false;

  const wants = (type: string, lane: string): boolean => {
    const key = `${type} ${lane}`;
    const known = wanted.get(key);
    if (known !== undefined) return known;
    const answer = [...filters.values()].some((filter) => matches(filter, type, lane));
    wanted.set(key, answer);
    return answer;
  };

  return {
    follow(followId, filter) {
      filters.set(followId, filter);
      wanted.clear();
    },
    unfollow(followId) {
      filters.delete(followId);
      wanted.clear();
    },
    watch(isOn) {
      watching = isOn;
    },
    taken(bytes, head) {
      bytesUnderWay -= bytes;
      if (!lagging || bytesUnderWay > 0) return;
      lagging = false;
      bytesUnderWay += HEAD_BYTES;
      post({ kind: 'live', after: head, head, offsets: [], json: [], bytes: HEAD_BYTES });
    },
    publish({ after, head, events }) {
      if (filters.size === 0 && !watching) return;
      if (lagging || bytesUnderWay > LIVE_BYTES_MAX) {
        lagging = true;
        return;
      }
      const offsets: number[] = [];
      const json: string[] = [];
      let bytes = HEAD_BYTES;
      events.forEach(([, , type, lane, , , , , text], index) => {
        if (!wants(type, lane)) return;
        offsets.push(after + 1 + index);
        json.push(text);
        bytes += text.length;
      });
      bytesUnderWay += bytes;
      post({ kind: 'live', after, head, offsets, json, bytes });
    },
  };
}

/** What an empty message counts for, so that a stuck client is not sent a million of them. */
const HEAD_BYTES = 1_024;

/** The events of commits that were kept, in the order of their offsets. */
export const eventsOf = (kept: readonly WireCommit[]): WireEvent[] =>
  kept.flatMap(({ ops }) => ops.filter((op): op is WireEvent => op[0] === 'append'));
