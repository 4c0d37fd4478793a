/**
 * Places where a test can let the process die, by SIGKILL, as the power or the kernel would. `openStore` takes
 * one as `crashPoint`, with `:<n>` behind it for the n-th time it is passed.
 */
export const crashPoints = [
  /** A migration has run, its record is not written. */
  'in-migration',
  /** Commits are taken from the queue, no transaction is open. */
  'before-begin',
  'after-begin',
  /** An event is inserted, the rest of its commit is not. */
  'after-append',
  /** A module's statement has run, the rest of its commit has not. */
  'after-run',
  'after-mark',
  /** One of several commits in the batch is whole. */
  'after-savepoint',
  'before-commit',
  /** On disk, and nobody knows it yet. */
  'after-commit-before-answer',
  'after-answer',
  /** The keeper is about to copy the write-ahead log, or just has. */
  'before-checkpoint',
  'after-checkpoint',
  'before-history-commit',
  'after-history-commit',
  /** Everything is drained, the stop is not yet marked as clean. */
  'before-clean-mark',
  'after-clean-mark',
] as const;
export type CrashPoint = (typeof crashPoints)[number];

export type Crash = (point: CrashPoint) => void;

/** Compiles `<point>[:<n>]` to a function that kills at that point; without one, to a function that does nothing. */
export function armCrash(armed: string | undefined): Crash {
  if (armed === undefined) return () => {};
  const [name, times = '1'] = armed.split(':');
  const point = crashPoints.find((known) => known === name);
  if (point === undefined) throw new RangeError(`there is no crash point ${armed}`);
  let left = Number(times);
  return (reached) => {
    if (reached !== point) return;
    left -= 1;
    // SIGKILL ends every thread at once; nothing after this line runs, no handler, no buffer is flushed.
    if (left === 0) process.kill(process.pid, 'SIGKILL');
  };
}
