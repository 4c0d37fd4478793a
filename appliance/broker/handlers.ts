import type { Log } from '#contracts/log.ts';
import type { Message } from './router.ts';
import { TopicTree } from './wire/topic-tree.ts';

/** A subscriber inside the process. A rejected promise leaves a QoS 1 or 2 message unacknowledged. */
export type Handler = (topic: string, payload: Uint8Array, clientId: string | null) => void | Promise<void>;

interface Entry {
  readonly handler: Handler;
  pending: number;
}

/** Subscribers inside the process. */
export class Handlers {
  readonly #tree = new TopicTree<Entry>();
  readonly #log: Log;
  readonly #pendingMax: number;
  #next = 1;
  #dropped = 0;

  constructor(log: Log, pendingMax: number) {
    this.#log = log;
    this.#pendingMax = pendingMax;
  }

  get droppedCount(): number {
    return this.#dropped;
  }

  add(filter: string, handler: Handler): () => void {
    const key = String(this.#next++);
    this.#tree.add(filter, key, { handler, pending: 0 });
    return () => {
      this.#tree.remove(filter, key);
    };
  }

  /** Null when nobody has to be waited for. The promise rejects with the first refusal. */
  call(message: Message, clientId: string | null): Promise<void> | null {
    if (this.#tree.size === 0) return null;
    const waits: Promise<void>[] = [];
    for (const entry of this.#tree.match(message.topic)) {
      const result = this.#run(entry, message, clientId);
      if (result !== null) waits.push(result);
    }
    return waits.length === 0 ? null : Promise.all(waits).then(() => {});
  }

  /** QoS 0: nobody waits, and an error goes to the log. */
  tell(message: Message, clientId: string | null): void {
    if (this.#tree.size === 0) return;
    for (const entry of this.#tree.match(message.topic)) {
      if (entry.pending >= this.#pendingMax) {
        this.#dropped += 1;
        continue;
      }
      this.#run(entry, message, clientId)?.catch((error: unknown) =>
        this.#log.warn({ err: error, topic: message.topic }, 'a subscriber inside failed'),
      );
    }
  }

  #run(entry: Entry, message: Message, clientId: string | null): Promise<void> | null {
    try {
      const result = entry.handler(message.topic, message.payload, clientId);
      if (!(result instanceof Promise)) return null;
      entry.pending += 1;
      return result.finally(() => {
        entry.pending -= 1;
      });
    } catch (error) {
      return Promise.reject(error);
    }
  }
}
