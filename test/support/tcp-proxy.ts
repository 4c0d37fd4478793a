import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/**
 * A TCP proxy on loopback whose faults fire for real.
 *
 * `cut` ends every connection and refuses new ones; `stall` keeps the sockets open and forwards nothing, in
 * neither direction (a half-open link); `delay` holds each piece back; `resume` ends all of it. What was stalled
 * is forwarded after `resume`.
 */
export interface TcpProxy {
  readonly port: number;
  /** Connections accepted so far. */
  accepted(): number;
  open(): number;
  cut(): void;
  stall(): void;
  delay(ms: number): void;
  resume(): void;
  close(): Promise<void>;
}

type Mode = { state: 'forward' } | { state: 'stall' } | { state: 'cut' } | { state: 'delay'; ms: number };

export async function startTcpProxy(target: { port: number; host?: string }): Promise<TcpProxy> {
  let mode: Mode = { state: 'forward' };
  let accepted = 0;
  const sockets = new Set<Socket>();
  const held: (() => void)[] = [];
  const timers = new Set<NodeJS.Timeout>();

  const pass = (from: Socket, to: Socket) => {
    // One line per direction: a delayed piece must never be overtaken by the next.
    let line = Promise.resolve();
    from.on('data', (bytes) => {
      const current = mode;
      line = line.then(async () => {
        if (current.state === 'delay') {
          await new Promise<void>((resolve) => {
            const timer = setTimeout(() => {
              timers.delete(timer);
              resolve();
            }, current.ms);
            timers.add(timer);
          });
        }
        if (mode.state === 'stall') await new Promise<void>((resolve) => held.push(resolve));
        if (!to.destroyed) to.write(bytes);
      });
    });
    from.on('error', () => to.destroy());
    from.on('close', () => {
      sockets.delete(from);
      to.destroy();
    });
  };

  const server = createServer((client) => {
    if (mode.state === 'cut') {
      client.destroy();
      return;
    }
    accepted += 1;
    const upstream = connect({ port: target.port, host: target.host ?? '127.0.0.1', noDelay: true });
    client.setNoDelay(true);
    sockets.add(client).add(upstream);
    pass(client, upstream);
    pass(upstream, client);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');

  const endAll = () => {
    for (const socket of sockets) socket.destroy();
    sockets.clear();
  };
  return {
    port: (server.address() as AddressInfo).port,
    accepted: () => accepted,
    open: () => sockets.size / 2,
    cut() {
      mode = { state: 'cut' };
      endAll();
    },
    stall() {
      mode = { state: 'stall' };
    },
    delay(ms) {
      mode = { state: 'delay', ms };
    },
    resume() {
      mode = { state: 'forward' };
      for (const release of held.splice(0)) release();
    },
    async close() {
      for (const timer of timers) clearTimeout(timer);
      endAll();
      server.close();
      if (server.listening) await once(server, 'close');
    },
  };
}
