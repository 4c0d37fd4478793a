import { connect, type Socket } from 'node:net';

/** A control packet as it came over the wire. */
export interface RawPacket {
  readonly type: number;
  readonly flags: number;
  readonly body: Buffer;
}

const CLOSED = Symbol('closed');

/**
 * An MQTT client that sends whatever it is told, right or wrong, and reads packet by packet. Knows of the
 * protocol only how packets are framed.
 */
export class RawMqtt {
  readonly socket: Socket;
  #bytes: Buffer = Buffer.alloc(0);
  #isClosed = false;
  #wake: () => void = () => {};

  private constructor(socket: Socket) {
    this.socket = socket;
    socket.on('data', (chunk) => {
      this.#bytes = Buffer.concat([this.#bytes, Buffer.from(chunk)]);
      this.#wake();
    });
    // A reset is one way of being closed.
    socket.on('error', () => {});
    socket.on('close', () => {
      this.#isClosed = true;
      this.#wake();
    });
  }

  static async open(port: number): Promise<RawMqtt> {
    const socket = connect(port, '127.0.0.1');
    await new Promise<void>((resolve, reject) => {
      socket.once('connect', resolve);
      socket.once('error', reject);
    });
    return new RawMqtt(socket);
  }

  send(...packets: readonly Buffer[]): void {
    this.socket.write(Buffer.concat(packets));
  }

  /** The next packet; rejects when the broker closes instead. */
  async read(): Promise<RawPacket> {
    const packet = await this.#next();
    if (packet === CLOSED) throw new Error('the broker closed the connection');
    return packet;
  }

  /** What came before the broker closed the connection. */
  async untilClosed(): Promise<RawPacket[]> {
    const packets: RawPacket[] = [];
    for (let next = await this.#next(); next !== CLOSED; next = await this.#next()) packets.push(next);
    return packets;
  }

  get isClosed(): boolean {
    return this.#isClosed;
  }

  end(): void {
    this.socket.destroy();
  }

  async #next(): Promise<RawPacket | typeof CLOSED> {
    for (;;) {
      const packet = this.#cut();
      if (packet !== undefined) return packet;
      if (this.#isClosed) return CLOSED;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  #cut(): RawPacket | undefined {
    let length = 0;
    let at = 1;
    for (let shift = 1; ; shift *= 128, at += 1) {
      const byte = this.#bytes[at];
      if (byte === undefined) return undefined;
      length += (byte & 0x7f) * shift;
      if (byte < 0x80) break;
    }
    const end = at + 1 + length;
    if (this.#bytes.length < end) return undefined;
    const first = this.#bytes[0] ?? 0;
    const body = this.#bytes.subarray(at + 1, end);
    this.#bytes = this.#bytes.subarray(end);
    return { type: first >> 4, flags: first & 0x0f, body };
  }
}

/** A packet of this first byte; the remaining length is worked out. */
export function rawPacket(first: number, ...parts: readonly (Buffer | readonly number[])[]): Buffer {
  const body = Buffer.concat(parts.map((part) => Buffer.from(part)));
  const length: number[] = [];
  let left = body.length;
  do {
    length.push((left % 128) | (left >= 128 ? 0x80 : 0));
    left = Math.floor(left / 128);
  } while (left > 0);
  return Buffer.concat([Buffer.from([first, ...length]), body]);
}

/** An MQTT string: length, then bytes. */
export function rawString(text: string | Uint8Array): Buffer {
  const bytes = typeof text === 'string' ? Buffer.from(text) : text;
  return Buffer.concat([Buffer.from([bytes.length >> 8, bytes.length & 0xff]), bytes]);
}

export interface RawConnect {
  readonly clientId: string;
  readonly user: string;
  readonly password: string;
  readonly clean?: boolean;
  readonly keepAlive?: number;
  readonly will?: {
    readonly topic: string;
    readonly payload: string;
    readonly qos: number;
    readonly retain: boolean;
  };
}

export function rawConnect({
  clientId,
  user,
  password,
  clean = true,
  keepAlive = 0,
  will,
}: RawConnect): Buffer {
  const willFlags = will === undefined ? 0 : 0x04 | (will.qos << 3) | (will.retain ? 0x20 : 0);
  return rawPacket(
    0x10,
    rawString('MQTT'),
    [4, 0xc0 | (clean ? 2 : 0) | willFlags, keepAlive >> 8, keepAlive & 0xff],
    rawString(clientId),
    ...(will === undefined ? [] : [rawString(will.topic), rawString(will.payload)]),
    rawString(user),
    rawString(password),
  );
}

export const rawPublish = (topic: string, payload: string, qos = 0, messageId = 1, dup = false): Buffer =>
  rawPacket(
    0x30 | (qos << 1) | (dup ? 8 : 0),
    rawString(topic),
    qos > 0 ? [messageId >> 8, messageId & 0xff] : [],
    Buffer.from(payload),
  );

export const rawSubscribe = (messageId: number, ...filters: readonly (readonly [string, number])[]): Buffer =>
  rawPacket(
    0x82,
    [messageId >> 8, messageId & 0xff],
    ...filters.flatMap(([filter, qos]) => [rawString(filter), [qos]]),
  );

/** PUBACK 4, PUBREC 5, PUBREL 6, PUBCOMP 7. */
export const rawAck = (type: 4 | 5 | 6 | 7, messageId: number): Buffer =>
  rawPacket((type << 4) | (type === 6 ? 2 : 0), [messageId >> 8, messageId & 0xff]);

/** What a PUBLISH carries. */
export function readPublish({ flags, body }: RawPacket): {
  topic: string;
  payload: string;
  qos: number;
  dup: boolean;
  retain: boolean;
  messageId: number;
} {
  const topicEnd = 2 + body.readUInt16BE(0);
  const qos = (flags >> 1) & 3;
  return {
    topic: body.toString('utf8', 2, topicEnd),
    payload: body.toString('utf8', topicEnd + (qos > 0 ? 2 : 0)),
    qos,
    dup: (flags & 8) !== 0,
    retain: (flags & 1) !== 0,
    messageId: qos > 0 ? body.readUInt16BE(topicEnd) : 0,
  };
}
