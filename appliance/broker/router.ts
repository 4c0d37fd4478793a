import type { StoreOp } from '#contracts/store.ts';
import type { Retained } from './persistence/retained.ts';
import { deleteOutgoing, type OwedMessage, putOutgoing } from './persistence/rows.ts';
import type { Subscriptions } from './persistence/subscriptions.ts';
import type { Session } from './session/session.ts';
import type { Sessions } from './session/sessions.ts';
import { encodePublish } from './wire/encode.ts';
import type { Qos } from './wire/packets.ts';

export interface Message {
  readonly topic: string;
  readonly payload: Uint8Array;
  readonly qos: Qos;
  readonly retain: boolean;
}

/** A message on its way through the house: what has to be on disk first, and what follows. */
export interface Prepared {
  readonly ops: readonly StoreOp[];
  deliver(): void;
  /** The disk did not take it: give its places back. */
  withdraw(): void;
}

/** Finds who gets a message and at which QoS. One copy per client, at the highest of its matching
 * subscriptions [MQTT-3.3.5-1], and never above the QoS of the message. */
export class Router {
  readonly #subscriptions: Subscriptions;
  readonly #sessions: Sessions;
  readonly #retained: Retained;
  #delivered = 0;

  constructor(subscriptions: Subscriptions, sessions: Sessions, retained: Retained) {
    this.#subscriptions = subscriptions;
    this.#sessions = sessions;
    this.#retained = retained;
  }

  get deliveredCount(): number {
    return this.#delivered;
  }

  /** QoS 0: at once, to those who are there, without the store. */
  routeQos0(message: Message): void {
    if (message.retain) {
      const kept = { topic: message.topic, payload: new Uint8Array(message.payload), qos: 0 as const };
      if (this.#retained.fits(kept)) this.#retained.setLater(kept);
    }
    this.#sendQos0(message, this.#targets(message.topic).keys());
  }

  /** A QoS 1 or 2 message with RETAIN has arrived; see `Retained.arrived`. */
  retainedArrived(topic: string): number {
    return this.#retained.arrived(topic);
  }

  retainedLeft(topic: string): void {
    this.#retained.left(topic);
  }

  /**
   * QoS 1 and 2: places in the queues now, in the order of arrival; delivery once they are on disk. `arrival`: the
   * number of one with RETAIN.
   */
  prepare(message: Message, arrival: number | null): Prepared {
    // Exactly its own bytes: a slice would pin the chunk it came in, and drag it along to the store's thread.
    const payload = new Uint8Array(message.payload);
    // [MQTT-3.3.1-9] RETAIN is 0 towards an established subscription, whether its client is there or not.
    const live: Message = { ...message, payload, retain: false };
    const ops: StoreOp[] = [];
    const owed: { session: Session; message: OwedMessage }[] = [];
    const lowly: Session[] = [];
    for (const [session, granted] of this.#targets(message.topic)) {
      const qos = Math.min(granted, message.qos) as Qos;
      if (qos === 0) {
        lowly.push(session);
        continue;
      }
      const seq = this.#plan(session, live, qos, ops);
      if (seq !== null) owed.push({ session, message: { ...live, qos, seq, released: false } });
    }
    const kept = { topic: message.topic, payload, qos: message.qos };
    const keeps = arrival !== null && this.#retained.plan(kept, arrival);
    if (keeps) ops.push(this.#retained.op(kept));
    return {
      ops,
      deliver: () => {
        if (keeps) this.#retained.set(kept, arrival);
        this.#sendQos0(live, lowly);
        this.#delivered += owed.length;
        for (const { session, message: one } of owed) session.offer(one);
      },
      withdraw: () => {
        for (const { session, message: one } of owed) session.withdraw(one.seq);
      },
    };
  }

  /**
   * Retained messages for a new subscription, with RETAIN set [MQTT-3.3.1-8]: rows for what a stored session is owed,
   * all else as the client takes it.
   */
  prepareRetained(session: Session, filter: string, granted: Qos): Prepared {
    const ops: StoreOp[] = [];
    const owed: OwedMessage[] = [];
    for (const message of session.stored ? this.#found(filter, granted, true) : []) {
      const seq = this.#plan(session, message, message.qos, ops);
      if (seq !== null) owed.push({ ...message, seq, released: false });
    }
    return {
      ops,
      deliver: () => {
        for (const message of owed) session.offer(message);
        session.retained.add(filter, {
          lowly: this.#found(filter, granted, false),
          ...(!session.stored && { owed: this.#found(filter, granted, true) }),
        });
        session.pump();
      },
      withdraw: () => {
        for (const { seq } of owed) session.withdraw(seq);
      },
    };
  }

  *#found(filter: string, granted: Qos, isOwed: boolean): Generator<Message> {
    if (isOwed && granted === 0) return;
    for (const { topic, payload, qos: published } of this.#retained.match(filter)) {
      const qos = Math.min(granted, published) as Qos;
      if (qos > 0 === isOwed) yield { topic, payload, qos, retain: true };
    }
  }

  #plan(session: Session, message: Message, qos: Qos, ops: StoreOp[]): number | null {
    const { seq, dropped } = session.plan(message);
    if (!session.stored) return seq;
    for (const victim of dropped) ops.push(deleteOutgoing(session.clientId, victim));
    if (seq !== null) ops.push(putOutgoing(session.clientId, seq, { ...message, qos }));
    return seq;
  }

  #sendQos0(message: Message, sessions: Iterable<Session>): void {
    let bytes: Buffer | undefined;
    for (const session of sessions) {
      // [MQTT-3.3.1-9], [MQTT-3.3.1-3]: neither RETAIN nor DUP of the publisher go through.
      bytes ??= encodePublish({ ...message, qos: 0, retain: false, dup: false, messageId: 0 });
      if (session.sendQos0(bytes)) this.#delivered += 1;
    }
  }

  #targets(topic: string): Map<Session, Qos> {
    const targets = new Map<Session, Qos>();
    for (const { clientId, qos } of this.#subscriptions.match(topic)) {
      const session = this.#sessions.get(clientId);
      if (session === undefined) continue;
      const known = targets.get(session);
      if (known === undefined || known < qos) targets.set(session, qos);
    }
    return targets;
  }
}
