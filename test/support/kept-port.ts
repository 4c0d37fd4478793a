import { once } from 'node:events';
import { createServer } from 'node:net';

// Below the ports that the system gives to whoever asks for any (from 32768 on Linux, 49152 elsewhere): one that is
// let go for a moment is nobody else's when it is taken again.
const PORT_FIRST = 20_000;
const PORTS = 12_000;
const TRIES_MAX = 100;
const STARTS_MAX = 3;

// Test files run side by side, each from a place of its own.
let next = Math.floor(Math.random() * PORTS);

/** A free port of loopback for a peer that ends and comes back on it. Each call gives another one. */
export async function keptPort(): Promise<number> {
  for (let tried = 0; tried < TRIES_MAX; tried += 1) {
    next = (next + 1) % PORTS;
    const port = PORT_FIRST + next;
    if (await isFree(port)) return port;
  }
  throw new Error(`${TRIES_MAX} ports from ${PORT_FIRST} on are taken`);
}

/** Starts a peer on a port of its own; a port that somebody took meanwhile is given up for another. */
export async function onKeptPort<T>(start: (port: number) => Promise<T>): Promise<T> {
  for (let tried = 1; ; tried += 1) {
    try {
      return await start(await keptPort());
    } catch (error) {
      if (tried === STARTS_MAX || !/EADDRINUSE|address already in use/i.test(String(error))) throw error;
    }
  }
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer();
  try {
    const listening = once(server, 'listening');
    server.listen(port, '127.0.0.1');
    await listening;
  } catch {
    return false;
  }
  server.close();
  await once(server, 'close');
  return true;
}
