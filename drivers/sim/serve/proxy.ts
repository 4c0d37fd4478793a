import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { LINK_BYTES_MAX, LINK_CONNECTIONS_MAX } from '../limits.ts';

export type LinkMode = { state: 'whole' } | { state: 'slow'; delayMs: number } | { state: 'cut' };

/** A cable between Holdfast and a device, that can be pulled and made long. */
export interface LinkProxy {
  readonly port: number;
  /** Where the device itself listens; connections go nowhere until this is said. */
  target(port: number): void;
  set(mode: LinkMode): void;
  mode(): LinkMode;
  close(): Promise<void>;
}

const LOOPBACK = '127.0.0.1';

/**
 * Cut means: what is connected is reset, and who connects is reset at once. The port stays ours all the while, so
 * that nobody else can get hold of it.
 */
export async function startLinkProxy(port: number): Promise<LinkProxy> {
  let mode: LinkMode = { state: 'whole' };
  let targetPort = 0;
  const sockets = new Set<Socket>();
  const server = createServer((near) => {
    if (mode.state === 'cut' || targetPort === 0 || sockets.size >= 2 * LINK_CONNECTIONS_MAX) {
      near.resetAndDestroy();
      return;
    }
    join(near, connect({ host: LOOPBACK, port: targetPort, noDelay: true }), sockets, () => mode);
  });
  server.listen(port, LOOPBACK);
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    target(next) {
      targetPort = next;
    },
    set(next) {
      mode = next;
      if (next.state !== 'cut') return;
      for (const socket of sockets) socket.resetAndDestroy();
    },
    mode: () => mode,
    async close() {
      server.close();
      for (const socket of sockets) socket.destroy();
      await once(server, 'close');
    },
  };
}

function join(near: Socket, far: Socket, sockets: Set<Socket>, mode: () => LinkMode): void {
  near.setNoDelay(true);
  for (const [socket, other] of [
    [near, far],
    [far, near],
  ] as const) {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    // A reset is what a cut looks like from here; `close` follows.
    socket.on('error', () => socket.destroy());
    carry(socket, other, mode);
  }
}

/** Hands bytes on in order, each piece as late as the link is slow when it arrives. */
function carry(from: Socket, to: Socket, mode: () => LinkMode): void {
  const waiting: { chunk: Buffer; dueMs: number }[] = [];
  let bytes = 0;
  let closed = false;
  let timer: NodeJS.Timeout | undefined;
  const deliver = () => {
    timer = undefined;
    for (let head = waiting[0]; head !== undefined; head = waiting[0]) {
      const leftMs = head.dueMs - performance.now();
      if (leftMs > 0) {
        timer = setTimeout(deliver, leftMs);
        return;
      }
      waiting.shift();
      bytes -= head.chunk.length;
      if (!to.write(head.chunk)) from.pause();
      else if (bytes < LINK_BYTES_MAX) from.resume();
    }
    // What was on its way when the sender hung up still arrives.
    if (closed) to.end();
  };
  from.on('data', (chunk: Buffer) => {
    const now = mode();
    const delayMs = now.state === 'slow' ? now.delayMs : 0;
    // Never before what came earlier, also when the link has just become fast again.
    const dueMs = Math.max(performance.now() + delayMs, waiting.at(-1)?.dueMs ?? 0);
    waiting.push({ chunk, dueMs });
    bytes += chunk.length;
    if (bytes >= LINK_BYTES_MAX) from.pause();
    if (timer === undefined) deliver();
  });
  to.on('drain', () => from.resume());
  from.on('close', (hadError) => {
    closed = true;
    if (hadError) waiting.length = 0;
    if (hadError || mode().state === 'cut') to.destroy();
    else if (timer === undefined) deliver();
  });
  to.on('close', () => {
    clearTimeout(timer);
    waiting.length = 0;
  });
}
