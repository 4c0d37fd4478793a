import { RawMqtt, rawAck, rawConnect, rawPublish, rawSubscribe, readPublish } from '../support/raw-mqtt.ts';
import { passwordOf } from './config.ts';

const identity = (user: string) => ({ clientId: user, user, password: passwordOf(user), clean: false });

/** Reads until the connection ends, however it ends. */
async function eachPacket(
  peer: RawMqtt,
  handle: (packet: Awaited<ReturnType<RawMqtt['read']>>) => void,
): Promise<void> {
  for (;;) {
    const packet = await peer.read().catch(() => undefined);
    if (packet === undefined) return;
    handle(packet);
  }
}

/** Publishes 0, 1, 2, … at QoS 2, each once, across any number of connections. */
export class OncePublisher {
  /** What is not acknowledged to the end, in order: the number, and whether PUBREC has come. */
  readonly #open = new Map<number, { value: number; released: boolean }>();
  readonly #total: number;
  #next = 0;

  constructor(total: number) {
    this.#total = total;
  }

  get isDone(): boolean {
    return this.#next === this.#total && this.#open.size === 0;
  }

  /** Goes on until the connection ends or all is published. */
  async run(port: number): Promise<void> {
    const peer = await RawMqtt.open(port);
    peer.send(rawConnect(identity('alice')));
    await eachPacket(peer, ({ type, body }) => {
      if (type === 2) {
        // [MQTT-4.4.0-1]
        for (const [id, { value, released }] of this.#open) {
          peer.send(released ? rawAck(6, id) : rawPublish('once', String(value), 2, id, true));
        }
      } else {
        this.#answer(peer, type, body.readUInt16BE(0));
      }
      this.#fill(peer);
      if (this.isDone) peer.end();
    });
  }

  #answer(peer: RawMqtt, type: number, id: number): void {
    const entry = this.#open.get(id);
    if (type === 5 && entry !== undefined) {
      entry.released = true;
      peer.send(rawAck(6, id));
    } else if (type === 7) this.#open.delete(id);
  }

  #fill(peer: RawMqtt): void {
    while (this.#open.size < 20 && this.#next < this.#total) {
      const id = (this.#next % 50) + 1;
      if (this.#open.has(id)) return;
      this.#open.set(id, { value: this.#next, released: false });
      peer.send(rawPublish('once', String(this.#next), 2, id));
      this.#next += 1;
    }
  }
}

/** Takes each message once, as §4.3.3 tells a receiver to, across any number of connections. */
export class OnceSubscriber {
  readonly got: number[] = [];
  readonly #pending = new Set<number>();

  /** Ends with the connection. `onSubscribed` is called when the subscription stands. */
  async run(
    port: number,
    onSubscribed: () => void = () => {},
    enough = Number.POSITIVE_INFINITY,
  ): Promise<void> {
    const peer = await RawMqtt.open(port);
    peer.send(rawConnect(identity('bob')), rawSubscribe(1, ['once', 2]));
    await eachPacket(peer, (packet) => {
      if (packet.type === 9) onSubscribed();
      if (packet.type === 3) {
        const { messageId, payload } = readPublish(packet);
        if (!this.#pending.has(messageId)) this.got.push(Number(payload));
        this.#pending.add(messageId);
        peer.send(rawAck(5, messageId));
      }
      if (packet.type === 6) {
        const id = packet.body.readUInt16BE(0);
        this.#pending.delete(id);
        peer.send(rawAck(7, id));
      }
      if (this.got.length >= enough && this.#pending.size === 0) peer.end();
    });
  }
}
