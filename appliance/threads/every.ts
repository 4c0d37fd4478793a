import type { Clock } from '#contracts/clock.ts';

/** Runs something again and again, each time `intervalMs` after the last began. The returned function ends it. */
export function every(clock: Clock, intervalMs: number, run: () => void): () => void {
  let cancel = () => {};
  const arm = () => {
    cancel = clock.after(intervalMs, () => {
      arm();
      run();
    });
  };
  arm();
  return () => cancel();
}
