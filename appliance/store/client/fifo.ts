/** A queue whose head is cut off in large pieces: taking one from the front of a long array moves all the rest. */
export interface Fifo<T> {
  readonly count: number;
  push(entry: T): void;
  peek(): T | undefined;
  shift(): void;
  /** Takes all there is. */
  drain(): T[];
}

export function createFifo<T>(): Fifo<T> {
  let entries: T[] = [];
  let first = 0;
  return {
    get count() {
      return entries.length - first;
    },
    push(entry) {
      entries.push(entry);
    },
    peek: () => entries[first],
    shift() {
      if (first < entries.length) first += 1;
      if (first * 2 <= entries.length) return;
      entries = entries.slice(first);
      first = 0;
    },
    drain() {
      const left = entries.slice(first);
      entries = [];
      first = 0;
      return left;
    },
  };
}
