import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Type } from 'typebox';
import Value from 'typebox/value';
import type { FaultAnswer, FaultState } from '../faults.ts';
import type { LedgerPage } from '../ledger.ts';
import { CONTROL_BODY_BYTES_MAX } from '../limits.ts';
import { controlPage } from './control-page.ts';

export interface ControlOptions {
  readonly port: number;
  state(): object;
  faults(): readonly FaultState[];
  setFault(id: string, active: boolean, target: string | null): FaultAnswer;
  ledger(after: number): LedgerPage;
}

export interface ControlServer {
  readonly port: number;
  close(): Promise<void>;
}

const FaultBody = Type.Object({
  active: Type.Boolean(),
  target: Type.Optional(Type.Union([Type.String({ maxLength: 64 }), Type.Null()])),
});

const LOOPBACK = '127.0.0.1';

type Reply = { status: number; body: object | string };

/** The hand of whoever breaks and mends things: a demo panel, a test, a person with curl. Loopback only. */
export async function startControl(options: ControlOptions): Promise<ControlServer> {
  const server = createServer((request, response) => {
    answer(options, request).then(
      (reply) => send(response, reply),
      (error: unknown) => send(response, { status: 500, body: { error: String(error) } }),
    );
  });
  server.listen(options.port, LOOPBACK);
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    async close() {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}

function send(response: ServerResponse, { status, body }: Reply): void {
  const isPage = typeof body === 'string';
  response.writeHead(status, {
    'content-type': isPage ? 'text/plain; charset=utf-8' : 'application/json',
    'cache-control': 'no-store',
  });
  response.end(isPage ? body : JSON.stringify(body));
}

async function answer(options: ControlOptions, request: IncomingMessage): Promise<Reply> {
  const url = new URL(request.url ?? '/', 'http://sim');
  // A page in somebody's browser must not press buttons here: browsers name their origin, tools do not.
  if (request.headers.origin !== undefined) return { status: 403, body: { error: 'not for browsers' } };
  const fault = url.pathname.match(/^\/faults\/([a-z-]+)$/)?.[1];
  if (request.method === 'POST' && fault !== undefined) return setFault(options, fault, request);
  if (request.method !== 'GET') return { status: 405, body: { error: 'GET, or POST /faults/<id>' } };
  switch (url.pathname) {
    case '/':
      return { status: 200, body: controlPage };
    case '/healthz':
      return { status: 200, body: { ok: true } };
    case '/state':
      return { status: 200, body: options.state() };
    case '/faults':
      return { status: 200, body: { faults: options.faults() } };
    case '/ledger': {
      const after = Number(url.searchParams.get('after') ?? 0);
      if (!Number.isSafeInteger(after) || after < 0)
        return { status: 400, body: { error: 'after is a number' } };
      return { status: 200, body: options.ledger(after) };
    }
    default:
      return { status: 404, body: { error: `there is no ${url.pathname}` } };
  }
}

async function setFault(options: ControlOptions, id: string, request: IncomingMessage): Promise<Reply> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > CONTROL_BODY_BYTES_MAX) return { status: 413, body: { error: 'the body is too long' } };
    chunks.push(chunk);
  }
  let body: unknown;
  try {
    body = JSON.parse(Buffer.concat(chunks).toString());
  } catch {
    return { status: 400, body: { error: 'the body is not JSON' } };
  }
  if (!Value.Check(FaultBody, body)) {
    return { status: 400, body: { error: 'expected {"active": true or false, "target": a name, if any}' } };
  }
  if (!options.faults().some((fault) => fault.id === id)) {
    return { status: 404, body: { error: `there is no fault ${id}` } };
  }
  const answered = options.setFault(id, body.active, body.target ?? null);
  if (!answered.ok) return { status: 422, body: { error: answered.reason } };
  return { status: 200, body: options.faults().find((fault) => fault.id === id) ?? {} };
}
