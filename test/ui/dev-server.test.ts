import { once } from 'node:events';
import { createServer as createHttpServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createServer } from 'vite';
import { afterEach, expect, test, vi } from 'vitest';
import { WebSocket, WebSocketServer } from 'ws';

const ui = new URL('../../ui/', import.meta.url).pathname;
const closes: (() => unknown)[] = [];
afterEach(async () => {
  vi.unstubAllEnvs();
  for (const close of closes.splice(0).reverse()) await close();
});

/** Something in the appliance's place that writes down who asks. */
async function startListener(): Promise<{ url: string; heard: IncomingMessage[] }> {
  const heard: IncomingMessage[] = [];
  const server = createHttpServer((request, response) => {
    heard.push(request);
    response.end('{}');
  });
  const sockets = new WebSocketServer({ server });
  sockets.on('connection', (socket, request) => {
    heard.push(request);
    socket.send('hello');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  closes.push(() => {
    for (const socket of sockets.clients) socket.terminate();
    server.closeAllConnections();
    server.close();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, heard };
}

test('pages under work reach the appliance as its own: commands and the live socket', async () => {
  const appliance = await startListener();
  vi.stubEnv('HOLDFAST_URL', appliance.url);
  const configFile = `${ui}vite.config.ts`;
  const vite = await createServer({ configFile, logLevel: 'silent', server: { port: 0, hmr: false } });
  closes.push(() => vite.close());
  await vite.listen();
  const { port } = vite.httpServer?.address() as AddressInfo;
  const origin = `http://127.0.0.1:${port}`;

  await fetch(`${origin}/api/v1/commands`, { method: 'POST', headers: { origin }, body: '{}' });
  const socket = new WebSocket(`ws://127.0.0.1:${port}/api/v1/live`, { origin });
  closes.push(() => socket.terminate());
  await once(socket, 'message');

  // What appliance/api/auth.ts compares.
  const asked = appliance.heard.map(({ url, headers }) => [url, headers.origin, `http://${headers.host}`]);
  expect(asked).toEqual([
    ['/api/v1/commands', appliance.url, appliance.url],
    ['/api/v1/live', appliance.url, appliance.url],
  ]);
});
