import { Fifo } from '../fifo.ts';
import type { MqttClientConfig } from '../grants.ts';
import { planEnqueue, QueueIndex, type QueuePlan } from '../persistence/queue-index.ts';
import { deleteOutgoing, type OwedMessage, owedBytes, releaseOutgoing } from '../persistence/rows.ts';
import { encodeAcknowledgement, encodePublish } from '../wire/encode.ts';
import { RetainedSupply } from './retained-supply.ts';
import type { SessionParts, Wire } from './session-parts.ts';

type InFlight = {
  readonly seq: number;
  readonly bytes: number;
  readonly qos: 1 | 2;
  state: 'sent' | 'releasing' | 'released';
};

// Packet identifiers in use at a time; [MQTT-2.3.1-4] one per message on its way.
const MESSAGE_IDS = 65_535;
const toMessageId = (seq: number): number => ((seq - 1) % MESSAGE_IDS) + 1;

/**
 * What one client is owed, and how it gets it: in order, a bounded number at a time, from memory while it keeps
 * up and from its rows on disk when it does not [MQTT-4.6.0-6].
 *
 * Call order: `plan` when a message arrives, `offer` once it is durable (or `withdraw` when that failed);
 * `attach` and `detach` with the connection, any number of times for a stored session.
 */
export class Session {
  readonly clientId: string;
  readonly user: string;
  readonly config: MqttClientConfig;
  /** Outlives its connection. */
  readonly stored: boolean;
  readonly index = new QueueIndex();
  /** QoS 2 messages from the client that wait for PUBREL; a promise while their row is on its way to disk. */
  readonly incoming = new Map<number, Promise<void> | null>();
  /** What its subscriptions found: `pump` sends it as the client takes it. */
  readonly retained = new RetainedSupply();
  /** Connections it was opened for: two for a moment, while one takes it over from another. */
  holders = 0;
  /** When the last of them went; of no meaning while there is one. */
  leftMs = 0;
  readonly #parts: SessionParts;
  readonly #window = new Map<number, InFlight>();
  readonly #ready = new Fifo<OwedMessage>();
  #wire: Wire | null = null;
  #windowBytes = 0;
  #readyBytes = 0;
  /** Highest number ever put on a wire: repeated with DUP, and never dropped to make room. */
  #sentUpTo = 0;
  /** Highest number that is in memory or was. */
  #readUpTo = 0;
  #skippedUpTo = 0;
  #behind: 'no' | 'yes' | 'reading' = 'no';
  #dropped0 = 0;

  constructor(
    identity: { clientId: string; user: string; config: MqttClientConfig; stored: boolean },
    parts: SessionParts,
  ) {
    this.clientId = identity.clientId;
    this.user = identity.user;
    this.config = identity.config;
    this.stored = identity.stored;
    this.#parts = parts;
  }

  get connected(): boolean {
    return this.#wire !== null;
  }

  get inflightCount(): number {
    return this.#window.size;
  }

  get droppedQos0(): number {
    return this.#dropped0;
  }

  /** After the rows were counted at start: which of them went out before the process ended is not known. */
  assumeSent(): void {
    this.#sentUpTo = Math.min(
      this.index.lastSeq,
      this.index.firstSeq + this.#parts.limits.inflightCountMax - 1,
    );
  }

  attach(wire: Wire): void {
    this.#forgetWire();
    this.#wire = wire;
    if (this.index.count === 0) return;
    // [MQTT-4.4.0-1] Everything not acknowledged goes out again, in order, under its own identifier.
    this.#readUpTo = 0;
    this.#behind = 'yes';
    this.pump();
  }

  /** Nothing happens when another connection has taken the session over. */
  detach(wire: Wire): void {
    if (this.#wire !== wire) return;
    this.#forgetWire();
    if (!this.stored) this.index.clear();
  }

  sendQos0(bytes: Buffer): boolean {
    if (this.#wire === null) return false;
    if (this.#wire.congested) {
      this.#dropped0 += 1;
      return false;
    }
    this.#wire.send(bytes);
    return true;
  }

  /** Reserves a place in the queue, or says that there is none. */
  plan(message: { topic: string; payload: Uint8Array }): QueuePlan {
    const room = { bytesMax: this.#bytesMax, policy: this.config.queuePolicy };
    const plan = planEnqueue(this.index, owedBytes(message), room, this.#sentUpTo);
    const lost = plan.dropped.length + (plan.seq === null ? 1 : 0);
    if (lost > 0) this.#parts.onDropped(this, lost);
    return plan;
  }

  /** Of what a session without rows is owed, this much waits for the client in memory. */
  get #bytesMax(): number {
    const { queueBytesMax } = this.config;
    return this.stored ? queueBytesMax : Math.min(queueBytesMax, this.#parts.limits.readyBytesMax);
  }

  withdraw(seq: number): void {
    this.index.remove(seq);
  }

  /** The message is durable (or needs not be): deliver it now, or when its turn comes. */
  offer(message: OwedMessage): void {
    if (this.#wire === null || !this.index.has(message.seq)) return;
    // Of a session without rows nothing is read; a retained message may have taken a later number meanwhile.
    if (this.stored && message.seq <= this.#readUpTo) return;
    const full = this.stored && this.#readyBytes + owedBytes(message) > this.#parts.limits.readyBytesMax;
    if (this.#behind !== 'no' || full) {
      this.#skippedUpTo = message.seq;
      if (this.#behind === 'no') this.#behind = 'yes';
    } else {
      this.#enqueue(message);
    }
    this.pump();
  }

  /** Sends what there is room for. Also called when the peer has taken what was waiting. */
  pump(): void {
    do this.#sendReady();
    while (this.#wire !== null && !this.#wire.busy && this.#draw(this.#wire));
    if (this.#wire !== null && this.#behind === 'yes' && this.#ready.length === 0) this.#refill(this.#wire);
  }

  /** Takes one retained message whose turn it is. Half of the queue is left to what is published meanwhile. */
  #draw(wire: Wire): boolean {
    const lowly = this.retained.nextLowly();
    if (lowly !== undefined) wire.send(encodePublish({ ...lowly, dup: false, messageId: 0 }));
    const hasRoom = this.#ready.length === 0 && this.index.bytes <= this.#bytesMax / 2;
    const owed = hasRoom ? this.retained.nextOwed() : undefined;
    if (owed !== undefined) this.#enqueue({ ...owed, seq: this.index.add(owedBytes(owed)), released: false });
    return lowly !== undefined || owed !== undefined;
  }

  #sendReady(): void {
    while (this.#wire !== null && !this.#wire.congested) {
      const next = this.#ready.peek();
      if (next === undefined || (this.index.has(next.seq) && !this.#hasRoom(next))) break;
      this.#ready.shift();
      this.#readyBytes -= owedBytes(next);
      // It may have been dropped for a newer one meanwhile.
      if (this.index.has(next.seq)) this.#send(next, this.#wire);
    }
  }

  /** PUBACK. An unknown number is a repetition, or none of ours; either way there is nothing to do. */
  acknowledged(messageId: number): void {
    const entry = this.#window.get(messageId);
    if (entry?.qos === 1) this.#finish(messageId, entry);
  }

  /** PUBREC: from here on the message is the client's, and we owe PUBREL. */
  received(messageId: number): void {
    const entry = this.#window.get(messageId);
    const wire = this.#wire;
    if (wire === null || entry?.qos === 1 || entry?.state === 'releasing') return;
    // Its row is still to be read; answering now would let the client forget what we send again. It repeats.
    if (entry === undefined && this.#behind !== 'no') return;
    const release = encodeAcknowledgement('pubrel', messageId);
    if (entry === undefined || entry.state === 'released' || !this.stored) {
      if (entry !== undefined) entry.state = 'released';
      wire.send(release);
      return;
    }
    entry.state = 'releasing';
    // On disk before PUBREL: after a kill we would send PUBLISH again, and the client would take it for new.
    this.#parts.settle([releaseOutgoing(this.clientId, entry.seq)]).then(
      () => {
        entry.state = 'released';
        if (this.#wire === wire) wire.send(release);
      },
      () => wire.fail('the store did not take PUBREC'),
    );
  }

  /** PUBCOMP. */
  completed(messageId: number): void {
    const entry = this.#window.get(messageId);
    if (entry?.qos === 2 && entry.state === 'released') this.#finish(messageId, entry);
  }

  #forgetWire(): void {
    this.#wire = null;
    this.retained.clear();
    this.#window.clear();
    this.#windowBytes = 0;
    this.#ready.clear();
    this.#readyBytes = 0;
    this.#behind = 'no';
  }

  #enqueue(message: OwedMessage): void {
    // What the policy dropped from the front must not stay in memory behind a full window.
    for (
      let head = this.#ready.peek();
      head !== undefined && !this.index.has(head.seq);
      head = this.#ready.peek()
    ) {
      this.#ready.shift();
      this.#readyBytes -= owedBytes(head);
    }
    this.#ready.push(message);
    this.#readyBytes += owedBytes(message);
    this.#readUpTo = message.seq;
  }

  #hasRoom(message: OwedMessage): boolean {
    const { inflightCountMax, inflightBytesMax } = this.#parts.limits;
    if (this.#window.size === 0) return true;
    return (
      this.#window.size < inflightCountMax &&
      this.#windowBytes + owedBytes(message) <= inflightBytesMax &&
      // Identifiers follow from numbers: two of one identifier must not be on their way together.
      message.seq - this.index.firstSeq < MESSAGE_IDS
    );
  }

  #send(message: OwedMessage, wire: Wire): void {
    const { seq, topic, payload, retain, released } = message;
    const messageId = toMessageId(seq);
    const qos = message.qos === 2 ? 2 : 1;
    const bytes = owedBytes(message);
    this.#window.set(messageId, { seq, bytes, qos, state: released ? 'released' : 'sent' });
    this.#windowBytes += bytes;
    // [MQTT-3.3.1-1] DUP when it may have been sent before, as only a stored session's may.
    const dup = this.stored && seq <= this.#sentUpTo;
    this.#sentUpTo = Math.max(this.#sentUpTo, seq);
    wire.send(
      released
        ? encodeAcknowledgement('pubrel', messageId)
        : encodePublish({ topic, payload, qos, retain, dup, messageId }),
    );
  }

  #finish(messageId: number, entry: InFlight): void {
    this.#window.delete(messageId);
    this.#windowBytes -= entry.bytes;
    this.index.remove(entry.seq);
    if (this.stored) {
      // Not awaited: when it is lost the message goes out once more (QoS 1), or PUBREL does (QoS 2).
      this.#parts.settle([deleteOutgoing(this.clientId, entry.seq)]).catch(() => {
        this.#wire?.fail('the store did not take an acknowledgement');
      });
    }
    this.pump();
  }

  async #refill(wire: Wire): Promise<void> {
    this.#behind = 'reading';
    const skipped = this.#skippedUpTo;
    const countMax = this.#parts.limits.refillCountMax;
    try {
      const rows = await this.#parts.read(this.clientId, this.#readUpTo, countMax);
      if (this.#wire !== wire) return;
      for (const row of rows) {
        if (this.index.has(row.seq)) this.#enqueue(row);
        else this.#readUpTo = row.seq;
      }
      // Messages that became durable during the read may be missing from it.
      const caughtUp = rows.length < countMax && this.#skippedUpTo === skipped;
      this.#behind = caughtUp ? 'no' : 'yes';
    } catch {
      if (this.#wire === wire) wire.fail('the queue of the session could not be read');
      return;
    }
    this.pump();
  }
}
