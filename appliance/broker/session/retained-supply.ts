import type { Message } from '../router.ts';

/** What one filter finds among the retained messages, read as it is asked for: the values are those of that moment. */
export interface RetainedFinds {
  /** For QoS 0, which needs no place in a queue. */
  readonly lowly: Iterator<Message>;
  /** For QoS 1 and 2, of a session that has no rows to keep them in. */
  readonly owed?: Iterator<Message>;
}

/**
 * Retained messages that a client is still to get for its subscriptions [MQTT-3.3.1-6]: as many as there are, and
 * none of them in memory before its turn. One of each kind per filter, so that who subscribes again begins anew.
 */
export class RetainedSupply {
  readonly #lowly = new Map<string, Iterator<Message>>();
  readonly #owed = new Map<string, Iterator<Message>>();

  add(filter: string, { lowly, owed }: RetainedFinds): void {
    this.#lowly.set(filter, lowly);
    if (owed !== undefined) this.#owed.set(filter, owed);
  }

  /** [MQTT-3.10.4-2] Nothing more for a subscription that has ended. */
  remove(filter: string): void {
    this.#lowly.delete(filter);
    this.#owed.delete(filter);
  }

  clear(): void {
    this.#lowly.clear();
    this.#owed.clear();
  }

  nextLowly(): Message | undefined {
    return nextOf(this.#lowly);
  }

  nextOwed(): Message | undefined {
    return nextOf(this.#owed);
  }
}

function nextOf(supplies: Map<string, Iterator<Message>>): Message | undefined {
  if (supplies.size === 0) return undefined;
  for (const [filter, messages] of supplies) {
    const { value, done } = messages.next();
    if (!done) return value;
    supplies.delete(filter);
  }
  return undefined;
}
