/** What the store thread does in one turn. Each returns true when it has more to do. */
export interface TurnParts {
  writeCommits(): boolean;
  writeHistory(): boolean;
  /** After the writing, in every turn. */
  tidy(): void;
}

/**
 * Turns of the store thread. Not at once when something comes, but at the end of the event loop's round: what
 * the other ports hold by then shares the flush. Commits go first; history gets one small batch when none waits.
 */
export function takeTurns({ writeCommits, writeHistory, tidy }: TurnParts): () => void {
  let isScheduled = false;
  const turn = (): void => {
    isScheduled = false;
    const isMore = writeCommits() || writeHistory();
    tidy();
    if (isMore) schedule();
  };
  const schedule = (): void => {
    if (isScheduled) return;
    isScheduled = true;
    setImmediate(turn);
  };
  return schedule;
}
