import type { Socket } from 'node:net';
import type { Clock } from '#contracts/clock.ts';
import type { Wire } from '../session/session-parts.ts';

export interface WireLimits {
  readonly outboundBytesMax: number;
  readonly stallMsMax: number;
}

/**
 * Writing to one socket, with a bound on what its peer has not taken. Nobody ever waits for a peer: whoever
 * writes looks at `congested` first, and a peer that takes nothing while congested is disconnected.
 */
export class SocketWire implements Wire {
  readonly #socket: Socket;
  readonly #clock: Clock;
  readonly #limits: WireLimits;
  readonly #onFail: (reason: string) => void;
  #corked = false;
  #cancelStall: (() => void) | null = null;

  constructor(socket: Socket, clock: Clock, limits: WireLimits, onFail: (reason: string) => void) {
    this.#socket = socket;
    this.#clock = clock;
    this.#limits = limits;
    this.#onFail = onFail;
  }

  get busy(): boolean {
    return this.#socket.writableLength > this.#limits.outboundBytesMax / 2;
  }

  get congested(): boolean {
    return this.#socket.writableLength > this.#limits.outboundBytesMax;
  }

  send(bytes: Buffer): void {
    const socket = this.#socket;
    if (!socket.writable) return;
    if (!this.#corked) {
      // All that one turn of the event loop has for this client leaves in one system call.
      this.#corked = true;
      socket.cork();
      setImmediate(() => {
        this.#corked = false;
        socket.uncork();
      });
    }
    socket.write(bytes);
    if (this.congested && this.#cancelStall === null) this.#watch();
  }

  fail(reason: string): void {
    this.#onFail(reason);
  }

  close(): void {
    this.#cancelStall?.();
    this.#cancelStall = null;
  }

  #watch(): void {
    // bytesWritten counts what is queued, too; what the peer has taken is the difference.
    const takenBefore = this.#taken();
    this.#cancelStall = this.#clock.after(this.#limits.stallMsMax, () => {
      this.#cancelStall = null;
      if (!this.congested) return;
      if (this.#taken() === takenBefore) this.#onFail('the client does not read');
      else this.#watch();
    });
  }

  #taken(): number {
    return this.#socket.bytesWritten - this.#socket.writableLength;
  }
}
