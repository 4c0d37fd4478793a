import type { Clock } from '#contracts/clock.ts';
import { isApplianceError } from '#contracts/errors.ts';
import type { FollowOptions, LogRecord } from '#contracts/store.ts';
import { RETRY_FIRST_MS, RETRY_MAX_MS, SKIP_OFFSETS } from '../limits.ts';
import { type Batch, createLiveTail, type LiveTail } from './live-tail.ts';

export interface FollowerParts {
  readonly options: FollowOptions;
  readonly clock: Clock;
  handle(records: readonly LogRecord[]): Promise<void>;
  readMark(): Promise<number>;
  readBatch(after: number): Promise<Batch>;
  /** Moves the mark to `to`, unless the consumer has not marked all it was handed, up to `handed`. */
  skip(handed: number, to: number): Promise<void>;
  onRetry(error: unknown): void;
}

export interface Follower {
  /** The store pushes from `head` on. */
  onFollowing(head: number): void;
  onLive(after: number, head: number, records: readonly LogRecord[]): void;
  end(): Promise<void>;
}

/**
 * Hands the log out in order. Far behind it reads batches from the file; once it has caught up it lives on what
 * the store pushes with each commit, and reads the file again only after a gap.
 */
export function startFollower({
  options,
  clock,
  handle,
  readMark,
  readBatch,
  skip,
  onRetry,
}: FollowerParts): Follower {
  let tail: LiveTail | undefined;
  let isEnded = false;
  let wake = (): void => {};
  let position = 0;
  /** Last record that was handed out, and how far the mark was moved over records that do not match. */
  let handed = 0;
  let skipped = 0;

  const nextWake = (): Promise<void> =>
    new Promise((resolve) => {
      wake = resolve;
    });
  const pause = (ms: number): Promise<void> =>
    new Promise((resolve) => {
      const cancel = clock.after(ms, resolve);
      endPause = () => {
        cancel();
        resolve();
      };
    });
  let endPause = (): void => {};

  /** Tries until it works, or until the end. */
  const insist = async <T>(act: () => Promise<T>): Promise<T | undefined> => {
    for (let waitMs = RETRY_FIRST_MS; !isEnded; waitMs = Math.min(waitMs * 2, RETRY_MAX_MS)) {
      try {
        return await act();
      } catch (error) {
        if (isApplianceError(error, 'STORE_CLOSED') || isApplianceError(error, 'STORE_BROKEN'))
          isEnded = true;
        else onRetry(error);
        if (!isEnded) await pause(waitMs);
      }
    }
    return undefined;
  };

  const handOut = async ({ records, upTo }: Batch): Promise<void> => {
    let left = records;
    await insist(async () => {
      if (left.length === 0) return;
      try {
        await handle(left);
      } catch (error) {
        // The handler may have committed before it failed: what its mark covers is not handed out twice.
        const marked = await readMark().catch(() => 0);
        left = left.filter(({ offset }) => offset > marked);
        throw error;
      }
    });
    if (isEnded) return;
    handed = records.at(-1)?.offset ?? handed;
    position = upTo;
  };

  const skipAhead = async (): Promise<void> => {
    if (position - Math.max(handed, skipped) < SKIP_OFFSETS) return;
    await insist(() => skip(handed, position));
    skipped = position;
  };

  const isCaughtUp = (batch: Batch): boolean => batch.records.length === 0 && position >= (tail?.head ?? 0);

  const run = async (): Promise<void> => {
    position = (await insist(readMark)) ?? 0;
    handed = position;
    skipped = position;
    while (!isEnded) {
      const woken = nextWake();
      const batch = tail?.take(position, options.batchCountMax) ?? (await insist(() => readBatch(position)));
      if (batch === undefined) return;
      await handOut(batch);
      await skipAhead();
      if (!isEnded && isCaughtUp(batch)) await woken;
    }
  };
  const ended = run();

  return {
    onFollowing(head) {
      tail ??= createLiveTail(head);
      wake();
    },
    onLive(after, head, records) {
      tail?.push(after, head, records);
      wake();
    },
    end() {
      isEnded = true;
      wake();
      endPause();
      return ended;
    },
  };
}
