import type { Clock } from '#contracts/clock.ts';
import type { TagAccess } from './adapter.ts';

export interface WaitOptions<T> {
  readonly tags: Pick<TagAccess, 'watch'>;
  readonly clock: Clock;
  readonly timeoutMs: number;
  /** Looked at when waiting begins and after each change of tags; anything but undefined ends the wait. */
  probe(): T | undefined;
  /** Ends the wait early, such as when a stop command comes in between. */
  readonly signal?: AbortSignal;
}

export type Waited<T> = { state: 'met'; value: T } | { state: 'timed-out' } | { state: 'aborted' };

/** Waits until the tags say what is hoped for. Leaves no timer and no watcher behind. */
export function waitForTags<T>({
  tags,
  clock,
  timeoutMs,
  probe,
  signal,
}: WaitOptions<T>): Promise<Waited<T>> {
  return new Promise((resolve, reject) => {
    let cleanUp = () => {};
    const end = (result: Waited<T>) => {
      cleanUp();
      resolve(result);
    };
    const look = () => {
      try {
        const value = probe();
        if (value !== undefined) end({ state: 'met', value });
      } catch (error) {
        cleanUp();
        reject(error);
      }
    };
    const onAbort = () => end({ state: 'aborted' });
    const unwatch = tags.watch(look);
    const cancel = clock.after(timeoutMs, () => end({ state: 'timed-out' }));
    signal?.addEventListener('abort', onAbort, { once: true });
    cleanUp = () => {
      unwatch();
      cancel();
      signal?.removeEventListener('abort', onAbort);
    };
    if (signal?.aborted === true) onAbort();
    else look();
  });
}

/** Time that is left of a call's limit; never negative. */
export function deadline(clock: Clock, timeoutMs: number): { leftMs(): number } {
  const endMs = clock.monotonicMs() + timeoutMs;
  return { leftMs: () => Math.max(0, endMs - clock.monotonicMs()) };
}
