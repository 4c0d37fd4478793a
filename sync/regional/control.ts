import http, { type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { FaultProxy, LinkFaults } from './fault-proxy.ts';

/** Faults of the uplink by the names that the demo panel uses. */
const faultNames: Readonly<Record<string, keyof LinkFaults>> = { 'uplink-cut': 'cut', 'uplink-slow': 'slow' };
const BODY_BYTES_MAX = 1_024;

/**
 * Control port of the stand-in region: `GET /faults`, `POST /faults/uplink-cut {active}`. Loopback only, and only
 * the link can be touched. A browser page of another origin cannot use it: JSON is asked for, and no CORS answer
 * is given.
 */
export async function startControl(
  proxy: FaultProxy,
  port: number,
): Promise<{ port: number; close(): Promise<void> }> {
  const server = http.createServer((request, response) => {
    answer(request, response, proxy).catch(() => response.destroy());
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
  return {
    port: (server.address() as AddressInfo).port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function answer(request: IncomingMessage, response: ServerResponse, proxy: FaultProxy): Promise<void> {
  const [, first, id = ''] = (request.url ?? '').split('?')[0]?.split('/') ?? [];
  if (first !== 'faults') return send(response, 404, { title: 'There is only /faults here' });
  if (request.method === 'GET') return send(response, 200, { faults: list(proxy) });
  const fault = faultNames[id];
  if (request.method !== 'POST' || fault === undefined) {
    return send(response, 404, { title: `There is no fault ${id}` });
  }
  if (!request.headers['content-type']?.startsWith('application/json')) {
    return send(response, 415, { title: 'Send JSON' });
  }
  const active = activeOf(await readText(request));
  if (active === undefined) return send(response, 400, { title: 'Send {"active": true} or false' });
  proxy.set({ [fault]: active });
  send(response, 200, { id, active, target: null });
}

const list = (proxy: FaultProxy) =>
  Object.entries(faultNames).map(([id, name]) => ({ id, active: proxy.faults()[name], target: null }));

function activeOf(text: string): boolean | undefined {
  try {
    const body: unknown = JSON.parse(text);
    if (typeof body !== 'object' || body === null || !('active' in body)) return undefined;
    return typeof body.active === 'boolean' ? body.active : undefined;
  } catch {
    return undefined;
  }
}

async function readText(request: IncomingMessage): Promise<string> {
  let text = '';
  for await (const chunk of request) {
    text += String(chunk);
    if (text.length > BODY_BYTES_MAX) return '';
  }
  return text;
}

function send(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(JSON.stringify(body));
}
