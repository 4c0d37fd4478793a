/** Lets so many through at a time, the others in order of arrival. */
export interface Gate {
  pass<T>(run: () => Promise<T>): Promise<T>;
}

const COMPACT_COUNT = 1_024;

/** The queue is bounded by the number of running sagas: each waits here at most once. */
export function createGate(concurrencyMax: number): Gate {
  let waiting: (() => void)[] = [];
  let first = 0;
  let inside = 0;
  const leave = () => {
    const next = waiting[first];
    if (next === undefined) {
      inside -= 1;
      return;
    }
    first += 1;
    if (first >= COMPACT_COUNT || first === waiting.length) {
      waiting = waiting.slice(first);
      first = 0;
    }
    next(); // the place is handed over, so nobody can slip in between
  };
  return {
    async pass(run) {
      if (inside >= concurrencyMax) await new Promise<void>((resolve) => waiting.push(resolve));
      else inside += 1;
      try {
        return await run();
      } finally {
        leave();
      }
    },
  };
}
