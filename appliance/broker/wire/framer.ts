/** One control packet as it came. `raw` holds the fixed header too. */
export interface Frame {
  readonly type: number;
  readonly flags: number;
  readonly body: Buffer;
  readonly raw: Buffer;
}
export type FrameProblem = { readonly problem: string };

/**
 * Cuts a byte stream into control packets. Keeps no more than one packet and the chunk it ended in.
 *
 * Source: MQTT 3.1.1 §2.2.3: the remaining length takes one to four bytes, seven bits each, low first.
 */
export class Framer {
  #chunks: Buffer[] = [];
  #have = 0;
  #bytesMax: number;

  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax;
  }

  set bytesMax(value: number) {
    this.#bytesMax = value;
  }

  push(chunk: Buffer): void {
    this.#have += chunk.length;
    let last = chunk;
    // Joined by size, so that a packet in pieces of one byte costs neither a million buffers nor a million copies.
    for (let before = this.#chunks.at(-1); before !== undefined; before = this.#chunks.at(-1)) {
      if (before.length > last.length) break;
      this.#chunks.pop();
      last = Buffer.concat([before, last]);
    }
    this.#chunks.push(last);
  }

  /** The next packet, `undefined` when more bytes are needed, or what is wrong with the stream. */
  next(): Frame | FrameProblem | undefined {
    if (this.#have < 2) return undefined;
    const length = this.#remainingLength();
    if (length === undefined || 'problem' in length) return length;
    const total = 1 + length.bytes + length.value;
    if (total > this.#bytesMax) return { problem: `a packet of ${total} bytes, ${this.#bytesMax} allowed` };
    if (this.#have < total) return undefined;
    return this.#take(total, 1 + length.bytes);
  }

  #remainingLength(): { value: number; bytes: number } | FrameProblem | undefined {
    let value = 0;
    for (let i = 0; i < 4; i++) {
      const byte = this.#byteAt(i + 1);
      if (byte === undefined) return undefined;
      value += (byte & 0x7f) * 128 ** i;
      if (byte < 0x80) return { value, bytes: i + 1 };
    }
    return { problem: 'a remaining length of more than four bytes' };
  }

  #byteAt(index: number): number | undefined {
    let left = index;
    for (const chunk of this.#chunks) {
      if (left < chunk.length) return chunk[left];
      left -= chunk.length;
    }
    return undefined;
  }

  #take(total: number, headerBytes: number): Frame {
    const [first] = this.#chunks;
    const whole = first !== undefined && first.length >= total ? first : Buffer.concat(this.#chunks);
    const raw = whole.subarray(0, total);
    if (whole === first) {
      if (whole.length === total) this.#chunks.shift();
      else this.#chunks[0] = whole.subarray(total);
    } else {
      this.#chunks = whole.length === total ? [] : [whole.subarray(total)];
    }
    this.#have -= total;
    const header = raw[0] ?? 0;
    return { type: header >> 4, flags: header & 0x0f, body: raw.subarray(headerBytes), raw };
  }
}
