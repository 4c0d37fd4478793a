import type { StoreOp } from '#contracts/store.ts';
import type { Handlers } from '../handlers.ts';
import type { BrokerLimits } from '../limits.ts';
import type { Committer } from '../persistence/committer.ts';
import { deleteIncoming, putIncoming } from '../persistence/rows.ts';
import type { Router } from '../router.ts';
import { encodeAcknowledgement } from '../wire/encode.ts';
import type { Publish } from '../wire/packets.ts';
import { Admission } from './admission.ts';
import type { Session } from './session.ts';
import type { Wire } from './session-parts.ts';

export interface FlowParts {
  readonly router: Router;
  readonly handlers: Handlers;
  readonly committer: Committer;
  readonly limits: BrokerLimits;
}

/**
 * PUBLISH and PUBREL of one connection. aedes would acknowledge QoS 1 before it stores, and looks up QoS 2
 * identifiers in a way that two packets of one read both pass; here PUBACK and PUBREC follow the disk, and the
 * QoS 2 identifier is written in the transaction that takes the message [MQTT-4.3.3-2].
 */
export class MessageFlow {
  readonly #session: Session;
  readonly #wire: Wire;
  readonly #parts: FlowParts;
  readonly admission: Admission;
  #pendingCount = 0;
  #pendingBytes = 0;

  constructor(session: Session, wire: Wire, parts: FlowParts) {
    this.#session = session;
    this.#wire = wire;
    this.#parts = parts;
    this.admission = new Admission(parts, session.clientId);
  }

  /** More is waiting for the disk than we want to read from this client. */
  get full(): boolean {
    const { admissionCountMax, admissionBytesMax } = this.#parts.limits;
    return this.#pendingCount >= admissionCountMax || this.#pendingBytes >= admissionBytesMax;
  }

  publish(packet: Publish, onSettled: () => void): void {
    if (packet.qos === 0) {
      this.#parts.handlers.tell(packet, this.#session.clientId);
      this.#parts.router.routeQos0(packet);
      return;
    }
    const size = packet.payload.length;
    this.#pendingCount += 1;
    this.#pendingBytes += size;
    const done = packet.qos === 1 ? this.#admit(packet) : this.#admitOnce(packet);
    done
      .catch((error: unknown) => this.#fail(error))
      .finally(() => {
        this.#pendingCount -= 1;
        this.#pendingBytes -= size;
        onSettled();
      });
  }

  /** PUBREL: the identifier may be used anew once PUBCOMP went out, so it is off the disk before. */
  release(messageId: number): void {
    const { incoming, stored, clientId } = this.#session;
    const pending = incoming.get(messageId);
    const answer = () => {
      incoming.delete(messageId);
      this.#wire.send(encodeAcknowledgement('pubcomp', messageId));
    };
    if (pending === undefined || !stored) {
      answer();
      return;
    }
    Promise.resolve(pending)
      .then(() => this.#parts.committer.write([deleteIncoming(clientId, messageId)], { reserve: true }))
      .then(answer)
      .catch((error: unknown) => this.#fail(error));
  }

  #admit(packet: Publish, also: readonly StoreOp[] = []): Promise<void> {
    const answer = encodeAcknowledgement(packet.qos === 1 ? 'puback' : 'pubrec', packet.messageId);
    return this.admission.admit(packet, also, () => this.#wire.send(answer));
  }

  #admitOnce(packet: Publish): Promise<void> {
    const { incoming, stored, clientId } = this.#session;
    const { messageId } = packet;
    const known = incoming.get(messageId);
    // A repetition gets its PUBREC when the first one is on disk, and goes no further.
    if (known !== undefined) {
      return Promise.resolve(known).then(() => this.#wire.send(encodeAcknowledgement('pubrec', messageId)));
    }
    if (incoming.size >= this.#parts.limits.incomingCountMax) {
      return Promise.reject(new Error(`${incoming.size} QoS 2 messages wait for PUBREL`));
    }
    const done = this.#admit(packet, stored ? [putIncoming(clientId, messageId)] : []).then(
      () => {
        if (incoming.has(messageId)) incoming.set(messageId, null);
      },
      (error: unknown) => {
        incoming.delete(messageId);
        throw error;
      },
    );
    incoming.set(messageId, done);
    return done;
  }

  // MQTT 3.1.1 cannot say no to a PUBLISH; the client learns by losing the connection, and repeats.
  #fail(error: unknown): void {
    this.admission.fail();
    this.#wire.fail(error instanceof Error ? error.message : String(error));
  }
}
