import net, { type AddressInfo, type Socket } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';

/** What the proxy does to the way between a site and the region. */
export interface LinkFaults {
  readonly cut: boolean;
  readonly slow: boolean;
}

/** Looks at bytes on their way; `cut` ends both sides before they pass. */
export type Tap = (direction: 'up' | 'down', chunk: Buffer) => 'pass' | 'cut';

export interface FaultProxy {
  readonly port: number;
  faults(): LinkFaults;
  set(faults: Partial<LinkFaults>): void;
  close(): Promise<void>;
}

/** A slow link: a congested mobile modem. */
const SLOW_DELAY_MS = 300;
const SLOW_BYTES_PER_S = 65_536;
const SLOW_PIECE_BYTES = 8_192;
const CONNECTIONS_MAX = 256;

/** A TCP proxy that can cut and slow the uplink: the cable that the demo and the tests pull. */
export async function startFaultProxy(options: {
  readonly targetPort: number;
  readonly targetHost?: string;
  readonly port?: number;
  readonly tap?: Tap;
}): Promise<FaultProxy> {
  let faults: LinkFaults = { cut: false, slow: false };
  const sockets = new Set<Socket>();

  const server = net.createServer((near) => {
    if (faults.cut || sockets.size >= 2 * CONNECTIONS_MAX) {
      near.resetAndDestroy();
      return;
    }
    const far = net.connect(options.targetPort, options.targetHost ?? '127.0.0.1');
    for (const [socket, other] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(socket);
      socket.setNoDelay(true);
      socket.on('error', () => other.destroy());
      socket.on('close', () => {
        sockets.delete(socket);
        other.destroy();
      });
    }
    void carry(near, far, 'up');
    void carry(far, near, 'down');
  });

  async function carry(from: Socket, to: Socket, direction: 'up' | 'down'): Promise<void> {
    try {
      for await (const chunk of from as AsyncIterable<Buffer>) {
        if (options.tap?.(direction, chunk) === 'cut') return reset([from, to]);
        await (faults.slow ? trickle(chunk, to) : push(chunk, to));
      }
      to.end();
    } catch {
      // One side is gone; its close handler ends the other.
      to.destroy();
    }
  }

  async function trickle(chunk: Buffer, to: Socket): Promise<void> {
    await wait(SLOW_DELAY_MS);
    for (let at = 0; at < chunk.length && !to.destroyed; at += SLOW_PIECE_BYTES) {
      const piece = chunk.subarray(at, at + SLOW_PIECE_BYTES);
      await push(piece, to);
      if (faults.slow) await wait((piece.length / SLOW_BYTES_PER_S) * 1_000);
    }
  }

  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port ?? 0, '127.0.0.1', resolve);
  });
  return {
    port: (server.address() as AddressInfo).port,
    faults: () => faults,
    set(changes) {
      faults = { ...faults, ...changes };
      if (faults.cut) reset(sockets);
    },
    close() {
      for (const socket of sockets) socket.destroy();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}

function push(chunk: Buffer, to: Socket): Promise<void> {
  return new Promise((resolve, reject) => {
    to.write(chunk, (error) => (error ? reject(error) : resolve()));
  });
}

function reset(sockets: Iterable<Socket>): void {
  for (const socket of [...sockets]) socket.resetAndDestroy();
}
