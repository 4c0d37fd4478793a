/** A bell between loops of one thread: `ring` ends every present `wait`; rings in between are not lost. */
export interface Signal {
  ring(): void;
  /** Resolves at the next ring, at once when it rang since the last wait of this waiter's turn. */
  wait(): Promise<void>;
}

export function createSignal(): Signal {
  let rung = false;
  let waiters: (() => void)[] = [];
  return {
    ring() {
      if (waiters.length === 0) {
        rung = true;
        return;
      }
      const woken = waiters;
      waiters = [];
      for (const wake of woken) wake();
    },
    wait() {
      if (rung) {
        rung = false;
        return Promise.resolve();
      }
      return new Promise((resolve) => waiters.push(resolve));
    },
  };
}

/** Runs tasks one after another; a task that fails does not hold up the next. */
export function createTurn(): <T>(task: () => Promise<T>) => Promise<T> {
  let last: Promise<unknown> = Promise.resolve();
  return (task) => {
    const mine = last.then(task, task);
    last = mine.catch(() => {});
    return mine;
  };
}
