/**
 * What one session is owed, without the messages themselves: numbers and sizes. Numbers grow by one per
 * message and are never reused while the process runs.
 */
export class QueueIndex {
  #seqs: number[] = [];
  /** 0 once the message is no longer owed. */
  #sizes: number[] = [];
  #holes = 0;
  #head = 0;
  #victim = 0;
  #lastSeq = 0;
  #bytes = 0;

  get bytes(): number {
    return this.#bytes;
  }

  get count(): number {
    return this.#seqs.length - this.#holes;
  }

  get lastSeq(): number {
    return this.#lastSeq;
  }

  /** Oldest owed number, or the next one to come. */
  get firstSeq(): number {
    while (this.#head < this.#sizes.length && this.#sizes[this.#head] === 0) this.#head += 1;
    return this.#seqs[this.#head] ?? this.#lastSeq + 1;
  }

  add(size: number): number {
    return this.restore(this.#lastSeq + 1, size);
  }

  /** As read from disk at start, in order. */
  restore(seq: number, size: number): number {
    this.#seqs.push(seq);
    this.#sizes.push(size);
    this.#bytes += size;
    this.#lastSeq = seq;
    return seq;
  }

  has(seq: number): boolean {
    return (this.#sizes[this.#find(seq)] ?? 0) > 0;
  }

  remove(seq: number): boolean {
    const at = this.#find(seq);
    const size = this.#sizes[at] ?? 0;
    if (size === 0) return false;
    this.#sizes[at] = 0;
    this.#bytes -= size;
    this.#holes += 1;
    if (this.#holes > 64 && this.#holes * 2 > this.#seqs.length) this.#compact();
    return true;
  }

  /** Oldest owed number above `after`. */
  oldestAfter(after: number): number | undefined {
    let at = this.#victim;
    while (at < this.#seqs.length && (this.#sizes[at] === 0 || (this.#seqs[at] ?? 0) <= after)) at += 1;
    this.#victim = at;
    return this.#seqs[at];
  }

  clear(): void {
    this.#seqs = [];
    this.#sizes = [];
    this.#holes = 0;
    this.#head = 0;
    this.#victim = 0;
    this.#bytes = 0;
  }

  #find(seq: number): number {
    let low = this.#head;
    let high = this.#seqs.length - 1;
    while (low <= high) {
      const middle = (low + high) >> 1;
      const found = this.#seqs[middle] ?? 0;
      if (found === seq) return middle;
      if (found < seq) low = middle + 1;
      else high = middle - 1;
    }
    return -1;
  }

  #compact(): void {
    const seqs = this.#seqs.filter((_, index) => this.#sizes[index] !== 0);
    this.#sizes = this.#sizes.filter((size) => size !== 0);
    this.#seqs = seqs;
    this.#holes = 0;
    this.#head = 0;
    this.#victim = 0;
  }
}

export interface QueueRoom {
  readonly bytesMax: number;
  readonly policy: 'drop-oldest' | 'refuse-newest';
}
export interface QueuePlan {
  /** Number of the new message; null when it was refused. */
  readonly seq: number | null;
  /** Numbers that were given up for it. */
  readonly dropped: readonly number[];
}

/** Makes room for a message of `size` by the policy. Numbers up to `keepUpTo` may be in flight and stay. */
export function planEnqueue(index: QueueIndex, size: number, room: QueueRoom, keepUpTo: number): QueuePlan {
  const dropped: number[] = [];
  if (size > room.bytesMax) return { seq: null, dropped };
  while (index.bytes + size > room.bytesMax) {
    const victim = room.policy === 'drop-oldest' ? index.oldestAfter(keepUpTo) : undefined;
    if (victim === undefined) return { seq: null, dropped };
    index.remove(victim);
    dropped.push(victim);
  }
  return { seq: index.add(size), dropped };
}
