import type { ErrorCode } from '#contracts/errors.ts';
import type { Refusal } from '../auditor.ts';
import type { Grants } from '../grants.ts';
import type { House } from '../house.ts';
import { MessageFlow } from '../session/message-flow.ts';
import type { Session } from '../session/session.ts';
import { encodeSuback, encodeSubscribe, PINGRESP_BYTES } from '../wire/encode.ts';
import type { Frame } from '../wire/framer.ts';
import { type Packet, type Publish, SUBACK, type Subscribe } from '../wire/packets.ts';
import type { ControlPipe } from './control-pipe.ts';
import type { SocketWire } from './socket-wire.ts';
import { planSubscribe, type SubscribePlan } from './subscribing.ts';

export interface ConversationParts {
  readonly house: House;
  readonly wire: SocketWire;
  readonly session: Session;
  readonly grants: Grants;
  readonly pipe: ControlPipe;
  refused(action: Refusal['action'], code: ErrorCode, reason: string, topic?: string): void;
  close(reason: string): void;
  /** There is room again to read on. */
  resume(): void;
}

/** What a client that was let in says, and what it is answered. */
export class Conversation {
  readonly #parts: ConversationParts;
  readonly #flow: MessageFlow;
  /** SUBSCRIBE packets that are with aedes, by packet identifier. */
  readonly #subscribing = new Map<number, SubscribePlan>();
  /** Packets that aedes has not answered. */
  #controlCount = 0;

  constructor(parts: ConversationParts) {
    this.#parts = parts;
    this.#flow = new MessageFlow(parts.session, parts.wire, parts.house);
  }

  /** Nothing more is to be read from the client for now. */
  get isHeldUp(): boolean {
    const { house, wire } = this.#parts;
    return this.#flow.full || wire.congested || this.#controlCount >= house.limits.controlCountMax;
  }

  onPacket(packet: Exclude<Packet, { kind: 'connect' | 'disconnect' }>, frame: Frame): void {
    const { session, wire } = this.#parts;
    switch (packet.kind) {
      case 'publish':
        this.#onPublish(packet);
        break;
      case 'puback':
        session.acknowledged(packet.messageId);
        break;
      case 'pubrec':
        session.received(packet.messageId);
        break;
      case 'pubrel':
        this.#flow.release(packet.messageId);
        break;
      case 'pubcomp':
        session.completed(packet.messageId);
        break;
      case 'subscribe':
        this.#onSubscribe(packet);
        break;
      case 'unsubscribe':
        this.#onUnsubscribe(packet.filters, frame);
        break;
      case 'pingreq':
        wire.send(PINGRESP_BYTES);
        break;
    }
  }

  /** SUBACK or UNSUBACK from aedes. */
  onAnswer(frame: Frame): void {
    this.#controlCount -= 1;
    const messageId = frame.body.readUInt16BE(0);
    const plan = frame.type === SUBACK ? this.#subscribing.get(messageId) : undefined;
    if (plan === undefined) this.#parts.wire.send(Buffer.from(frame.raw));
    else this.#onSubscribed(messageId, plan);
    this.#parts.resume();
  }

  #onPublish(packet: Publish): void {
    const { grants, refused, close, resume } = this.#parts;
    if (!grants.mayPublish(packet.topic)) {
      // MQTT 3.1.1 §3.3.5: close, or acknowledge and drop. Closing tells the client that something is wrong.
      refused('publish', 'MQTT_TOPIC_DENIED', 'the topic is not granted', packet.topic);
      close('PUBLISH to a topic that is not granted');
      return;
    }
    this.#flow.publish(packet, resume);
  }

  #onSubscribe(packet: Subscribe): void {
    const { house, session, grants, pipe, wire, refused } = this.#parts;
    const { subscriptions, limits } = house;
    const { clientId } = session;
    const plan = planSubscribe(packet, clientId, grants, subscriptions, limits);
    for (const filter of plan.denied) {
      refused('subscribe', 'MQTT_TOPIC_DENIED', 'the filter is not granted, or there are too many', filter);
    }
    if (plan.granted.length === 0) {
      wire.send(encodeSuback(packet.messageId, plan.codes));
      return;
    }
    // Of stored sessions the persistence keeps them, once they are on disk; of others only we do.
    if (!session.stored) {
      for (const { filter, qos } of plan.granted) subscriptions.add(clientId, { topic: filter, qos }, false);
    }
    this.#subscribing.set(packet.messageId, plan);
    this.#controlCount += 1;
    pipe.pass(encodeSubscribe(packet.messageId, plan.granted));
  }

  #onSubscribed(messageId: number, plan: SubscribePlan): void {
    const { house, session, wire, close } = this.#parts;
    this.#subscribing.delete(messageId);
    wire.send(encodeSuback(messageId, plan.codes));
    for (const { filter, qos } of plan.granted) {
      const prepared = house.router.prepareRetained(session, filter, qos);
      this.#flow.admission.hand(prepared).catch((error: unknown) => {
        close(error instanceof Error ? error.message : 'retained messages could not be queued');
      });
    }
  }

  #onUnsubscribe(filters: readonly string[], frame: Frame): void {
    const { house, session, pipe } = this.#parts;
    for (const filter of filters) session.retained.remove(filter);
    if (!session.stored) {
      for (const filter of filters) house.subscriptions.remove(session.clientId, filter);
    }
    this.#controlCount += 1;
    pipe.pass(frame.raw);
  }
}
