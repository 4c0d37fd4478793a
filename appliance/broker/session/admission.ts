import { ApplianceError } from '#contracts/errors.ts';
import type { StoreOp } from '#contracts/store.ts';
import type { Handlers } from '../handlers.ts';
import type { Committer } from '../persistence/committer.ts';
import type { Message, Prepared, Router } from '../router.ts';

export interface AdmissionParts {
  readonly router: Router;
  readonly handlers: Handlers;
  readonly committer: Committer;
}

/**
 * The way of QoS 1 and 2 messages from one source into the house, in the order of their arrival: subscribers
 * inside the process first, then the disk, then the other clients, then the acknowledgement
 * ([MQTT-4.6.0-2], [MQTT-4.6.0-3] acknowledgements in order).
 *
 * Inside comes first because only its refusal can still be told: the message stays unacknowledged, and the
 * sender repeats it. What inside does with a message is therefore done at least once; it keys its effects.
 */
export class Admission {
  readonly #parts: AdmissionParts;
  readonly #clientId: string | null;
  #handling = 0;
  #storing = 0;
  #failed = false;
  #gate: Promise<void> = Promise.resolve();

  constructor(parts: AdmissionParts, clientId: string | null) {
    this.#parts = parts;
    this.#clientId = clientId;
  }

  /**
   * Resolves when the message is durable and handed out. `also` goes into the same transaction; `onDelivered`
   * is called in the order of the messages, which promises alone do not promise.
   */
  admit(message: Message, also: readonly StoreOp[] = [], onDelivered: () => void = () => {}): Promise<void> {
    const { router } = this.#parts;
    if (!message.retain) return this.#admit(message, () => router.prepare(message, null), also, onDelivered);
    const arrival = router.retainedArrived(message.topic);
    return this.#admit(message, () => router.prepare(message, arrival), also, onDelivered).finally(() =>
      router.retainedLeft(message.topic),
    );
  }

  #admit(
    message: Message,
    prepare: () => Prepared,
    also: readonly StoreOp[],
    onDelivered: () => void,
  ): Promise<void> {
    const handled = this.#parts.handlers.call(message, this.#clientId);
    if (handled === null && this.#handling === 0) return this.hand(prepare(), also, onDelivered);
    this.#handling += 1;
    const ready = Promise.all([this.#gate, handled]).finally(() => {
      this.#handling -= 1;
    });
    const turn = ready.then(() => {
      if (this.#failed) throw new ApplianceError('MQTT_CLOSED');
      return { stored: this.hand(prepare(), also, onDelivered) };
    });
    // The gate opens when this message has its place in the queue, not when the disk has answered.
    this.#gate = turn.then(
      () => {},
      () => {},
    );
    return turn.then(({ stored }) => stored);
  }

  /**
   * The source is gone after one of its messages was refused. What came behind it and has no place yet is
   * refused as well: the source sends all of it again, and in order.
   */
  fail(): void {
    this.#failed = true;
  }

  /** Writes and delivers what has been prepared, after everything that was admitted before. */
  async hand(
    prepared: Prepared,
    also: readonly StoreOp[] = [],
    onDelivered: () => void = () => {},
  ): Promise<void> {
    const ops = [...also, ...prepared.ops];
    if (ops.length > 0 || this.#storing > 0) await this.#write(ops, prepared);
    prepared.deliver();
    onDelivered();
  }

  async #write(ops: readonly StoreOp[], prepared: Prepared): Promise<void> {
    this.#storing += 1;
    try {
      await this.#parts.committer.write(ops);
    } catch (error) {
      prepared.withdraw();
      throw error;
    } finally {
      this.#storing -= 1;
    }
  }
}
