import http, { type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http';
import https from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import type { Clock } from '#contracts/clock.ts';
import { ApplianceError, isApplianceError } from '#contracts/errors.ts';
import { type Lane, lanes } from '#contracts/events/envelope.ts';
import type { Log } from '#contracts/log.ts';
import { type MarksReply, SYNC_FRAMES_PATH, SYNC_MARKS_PATH } from '#contracts/sync.ts';
import { problem, send, statusOf } from './answer.ts';
import type { Archive } from './archive.ts';
import { eventQuery } from './event-query.ts';
import {
  CONNECTIONS_MAX,
  FRAME_BYTES_MAX,
  FRAME_RAW_BYTES_MAX,
  KEEP_ALIVE_MS,
  REQUEST_MS_MAX,
  RETRY_AFTER_S,
} from './limits.ts';
import { createFrameIntake } from './receive-frame.ts';
import { createAuthenticate, type TokenFile } from './token-file.ts';

export interface ReceiverOptions {
  readonly archive: Archive;
  readonly tokens: TokenFile;
  readonly host?: string;
  readonly port?: number;
  readonly tls?: { readonly cert: string | Buffer; readonly key: string | Buffer };
  readonly frameBytesMax?: number;
  readonly rawBytesMax?: number;
  readonly clock: Clock;
  readonly log: Log;
}

export interface Receiver {
  /** Without the path. */
  readonly url: string;
  readonly port: number;
  /** Ends connections after their present answer, then closes the archive. */
  close(): Promise<void>;
}

/** Starts the region's end of the sync. Loopback unless told otherwise; every request needs a token. */
export async function startReceiver(options: ReceiverOptions): Promise<Receiver> {
  const { archive, clock, log } = options;
  const authenticate = createAuthenticate(options.tokens);
  const takeFrame = createFrameIntake(archive, {
    frameBytesMax: options.frameBytesMax ?? FRAME_BYTES_MAX,
    rawBytesMax: options.rawBytesMax ?? FRAME_RAW_BYTES_MAX,
  });
  const startedMs = clock.nowMs();
  const stats = { framesStored: 0, framesRefused: 0 };

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', 'http://receiver');
    if (request.method === 'GET' && url.pathname === '/healthz') return send(response, 200, { status: 'ok' });
    const caller = authenticate(request.headers.authorization);
    if (caller.caller === 'nobody') throw new ApplianceError('SYNC_TOKEN_UNKNOWN');
    const route = `${request.method} ${url.pathname}`;
    if (route === `POST ${SYNC_FRAMES_PATH}`) return frame(request, response, needSite(caller));
    if (route === `GET ${SYNC_MARKS_PATH}`) return marks(url, response, needSite(caller));
    if (request.method !== 'GET' || !url.pathname.startsWith('/regional/v1/')) {
      throw new ApplianceError('API_NOT_FOUND', { what: 'resource', id: url.pathname });
    }
    // A site reads back what is its own; a reader sees all sites.
    const only = caller.caller === 'site' ? caller.site : undefined;
    return read(url, response, only);
  }

  async function frame(request: IncomingMessage, response: ServerResponse, site: string): Promise<void> {
    const reply = await takeFrame(request, site);
    if (reply.status === 200) {
      stats.framesStored += 1;
      return send(response, 200, reply.mark);
    }
    stats.framesRefused += 1;
    send(response, reply.status, { ...problem(reply.status, reply.error), ...reply.mark });
  }

  async function marks(url: URL, response: ServerResponse, site: string): Promise<void> {
    if (url.searchParams.get('site') !== site) {
      throw new ApplianceError('SYNC_TOKEN_WRONG', { site: url.searchParams.get('site') });
    }
    const epoch = url.searchParams.get('epoch') ?? '';
    const known = await archive.marks(site, epoch);
    const ofLane = (lane: Lane) => known.find((mark) => mark.lane === lane)?.sequence ?? 0;
    const reply: MarksReply = {
      marks: lanes.map((lane) => ({ site, epoch, lane, sequence: ofLane(lane) })),
    };
    send(response, 200, reply);
  }

  async function read(url: URL, response: ServerResponse, only: string | undefined): Promise<void> {
    const site = url.searchParams.get('site') ?? only;
    if (only !== undefined && site !== only) throw new ApplianceError('SYNC_TOKEN_WRONG', { site });
    switch (url.pathname) {
      case '/regional/v1/sites': {
        const streams = await archive.streams();
        return send(response, 200, {
          streams: streams.filter((stream) => only === undefined || stream.site === only),
        });
      }
      case '/regional/v1/stats': {
        const upMs = clock.nowMs() - startedMs;
        return send(response, 200, { archive: archive.kind, events: await archive.count(), upMs, ...stats });
      }
      case '/regional/v1/events': {
        const events = await archive.events(eventQuery(url, site));
        return send(response, 200, { events });
      }
      default:
        throw new ApplianceError('API_NOT_FOUND', { what: 'resource', id: url.pathname });
    }
  }

  const listener: RequestListener = (request, response) => {
    answer(request, response).catch((error: unknown) => {
      const status = statusOf(error);
      if (request.method === 'POST') stats.framesRefused += 1;
      // A cut connection is the site's business: it asks for its mark and sends again.
      if (status === 500) log.error({ err: error }, 'a request failed');
      if (response.headersSent || response.destroyed) {
        response.destroy();
        return;
      }
      if (status === 503) response.setHeader('retry-after', String(RETRY_AFTER_S));
      const known = isApplianceError(error) ? error : new ApplianceError('SYNC_ARCHIVE_FAILED');
      send(response, status, problem(status, known));
    });
  };

  const server =
    options.tls === undefined
      ? http.createServer(serverOptions, listener)
      : https.createServer({ ...serverOptions, ...options.tls, minVersion: 'TLSv1.2' }, listener);
  server.maxConnections = CONNECTIONS_MAX;
  server.on('clientError', (_error, socket) => (socket as Socket).destroy());
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port ?? 0, options.host ?? '127.0.0.1', resolve);
  });
  const { port, address, family } = server.address() as AddressInfo;
  const host = family === 'IPv6' ? `[${address}]` : address;
  return {
    port,
    url: `${options.tls === undefined ? 'http' : 'https'}://${host}:${port}`,
    async close() {
      await new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeIdleConnections();
        // A site that keeps sending would hold the server open for ever.
        clock.after(CLOSE_MS_MAX, () => server.closeAllConnections());
      });
      await archive.close();
    },
  };
}

const CLOSE_MS_MAX = 2_000;
const serverOptions = { keepAliveTimeout: KEEP_ALIVE_MS, requestTimeout: REQUEST_MS_MAX };

function needSite(caller: { readonly caller: string; readonly site?: string }): string {
  if (caller.site === undefined) {
    throw new ApplianceError('API_FORBIDDEN', { role: 'reader', action: 'send', needed: 'site' });
  }
  return caller.site;
}
