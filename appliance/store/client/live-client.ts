import type { Clock } from '#contracts/clock.ts';
import type { AnyEvent } from '#contracts/events/envelope.ts';
import { type Offset, offset } from '#contracts/ids.ts';
import type { FollowOptions, LogRecord } from '#contracts/store.ts';
import type { FromWriter, ToWriter } from '../messages.ts';
import { matches } from '../writer/live-feed.ts';
import { encodeFilter } from './encode.ts';
import { type Follower, type FollowerParts, startFollower } from './follower.ts';

type FollowArguments = {
  readonly options: FollowOptions;
} & Pick<FollowerParts, 'handle' | 'readMark' | 'readBatch' | 'skip' | 'onRetry'>;

export interface LiveClient {
  follow(follow: FollowArguments): () => Promise<void>;
  watchHead(notify: (head: Offset) => void): () => void;
  onMessage(message: Extract<FromWriter, { kind: 'live' | 'following' }>): void;
  /** Ends every follower; resolves when the running batches have ended. */
  end(): Promise<void>;
}

/** The followers of one client. An event that several of them want is parsed once; nobody may change it. */
export function createLiveClient(clock: Clock, post: (message: ToWriter) => void): LiveClient {
  const followers = new Map<number, { follower: Follower; options: FollowOptions }>();
  const watchers = new Set<(head: Offset) => void>();
  let lastId = 0;

  const live = (message: Extract<FromWriter, { kind: 'live' }>): void => {
    const { after, head, offsets, json, bytes } = message;
    post({ kind: 'taken', bytes });
    const records = json.map(
      (text, index): LogRecord => ({
        offset: offset(offsets[index] ?? 0),
        event: JSON.parse(text) as AnyEvent,
      }),
    );
    for (const { follower, options } of followers.values()) {
      const filter = encodeFilter(options);
      const mine = records.filter(({ event: { type, lane } }) => matches(filter, type, lane));
      follower.onLive(after, head, mine);
    }
    for (const notify of watchers) notify(offset(head));
  };

  return {
    follow({ options, ...parts }) {
      lastId += 1;
      const followId = lastId;
      const follower = startFollower({ ...parts, options, clock });
      followers.set(followId, { follower, options });
      post({ kind: 'follow', followId, filter: encodeFilter(options) });
      return async () => {
        if (followers.delete(followId)) post({ kind: 'unfollow', followId });
        await follower.end();
      };
    },
    watchHead(notify) {
      // A function of its own, so that the same `notify` can watch twice and each end is its own.
      const watcher = (head: Offset): void => notify(head);
      watchers.add(watcher);
      post({ kind: 'watch', isOn: true });
      return () => {
        if (watchers.delete(watcher) && watchers.size === 0) post({ kind: 'watch', isOn: false });
      };
    },
    onMessage(message) {
      if (message.kind === 'live') live(message);
      else followers.get(message.followId)?.follower.onFollowing(message.head);
    },
    async end() {
      await Promise.all([...followers.values()].map(({ follower }) => follower.end()));
    },
  };
}
