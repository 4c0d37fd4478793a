import { isApplianceError } from '#contracts/errors.ts';
import type { Store, StoreOp } from '#contracts/store.ts';

interface Write {
  readonly ops: readonly StoreOp[];
  readonly reserve: boolean;
  resolve(): void;
  reject(error: unknown): void;
}

/**
 * Joins the writes of many clients into few transactions: one is under way, the next gathers meanwhile. Writes
 * settle in the order in which they were made; an empty one settles when those before it have.
 *
 * `reserve` marks what must get through on a full disk: deleting and acknowledging.
 */
export class Committer {
  readonly #store: Store;
  readonly #opsMax: number;
  #waiting: Write[] = [];
  #running: Promise<void> | null = null;
  #commits = 0;
  #written = 0;

  constructor(store: Store, opsMax: number) {
    this.#store = store;
    this.#opsMax = opsMax;
  }

  get counts(): { commits: number; operations: number } {
    return { commits: this.#commits, operations: this.#written };
  }

  write(ops: readonly StoreOp[], options: { reserve?: boolean } = {}): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ ops, reserve: options.reserve === true, resolve, reject });
      // The turn's end: all that arrived in one read of the sockets becomes one transaction.
      this.#running ??= new Promise<void>((turn) => setImmediate(turn)).then(() => this.#run());
    });
  }

  /** Resolves when nothing waits and nothing is under way. */
  async idle(): Promise<void> {
    while (this.#running !== null) await this.#running;
  }

  async #run(): Promise<void> {
    try {
      while (this.#waiting.length > 0) await this.#commitBatch(this.#takeBatch());
    } finally {
      this.#running = null;
    }
  }

  #takeBatch(): Write[] {
    let count = 0;
    let end = 0;
    for (const write of this.#waiting) {
      if (end > 0 && count + write.ops.length > this.#opsMax) break;
      count += write.ops.length;
      end += 1;
    }
    return this.#waiting.splice(0, end);
  }

  async #commitBatch(batch: readonly Write[]): Promise<void> {
    const reserve = batch.every((write) => write.reserve);
    try {
      await this.#commit(batch, reserve);
      for (const write of batch) write.resolve();
    } catch (error) {
      if (!reserve && isApplianceError(error, 'STORE_FULL')) await this.#saveReserved(batch, error);
      else for (const write of batch) write.reject(error);
    }
  }

  // A full disk must not keep acknowledgements from freeing it.
  async #saveReserved(batch: readonly Write[], error: unknown): Promise<void> {
    const reserved = batch.filter((write) => write.reserve);
    for (const write of batch) if (!write.reserve) write.reject(error);
    if (reserved.length > 0) await this.#commitBatch(reserved);
  }

  async #commit(batch: readonly Write[], reserve: boolean): Promise<void> {
    const ops = batch.flatMap((write) => write.ops);
    if (ops.length === 0) return;
    await this.#store.commit(ops, { reserve });
    this.#commits += 1;
    this.#written += ops.length;
  }
}
