import { readFile } from 'node:fs/promises';
import { isIP } from 'node:net';
import { Value } from 'typebox/value';
import { Client, type Dispatcher } from 'undici';
import { ApplianceError } from '#contracts/errors.ts';
import {
  MarkReply,
  MarksReply,
  SYNC_CONTENT_TYPE,
  SYNC_FRAMES_PATH,
  SYNC_MARKS_PATH,
} from '#contracts/sync.ts';
import { ANSWER_BYTES_MAX, ANSWER_MS_MAX, CONNECT_MS_MAX, FRAMES_IN_FLIGHT_MAX } from './limits.ts';

/** What the region said, sorted by what to do about it. */
export type Answer<T> =
  | { readonly kind: 'ok'; readonly value: T }
  /** The frame does not follow what the region has: ask for its mark and go on from there. */
  | { readonly kind: 'out-of-step'; readonly reason: string }
  | { readonly kind: 'too-large'; readonly reason: string }
  | { readonly kind: 'unknown-encoding'; readonly reason: string }
  /** No to this frame; other lanes may go on. */
  | { readonly kind: 'frame-refused'; readonly reason: string }
  /** No to this site: token, address, certificate. */
  | { readonly kind: 'site-refused'; readonly reason: string }
  | { readonly kind: 'unreachable'; readonly reason: string; readonly retryAfterMs: number };

export interface TransportOptions {
  readonly uplink: string;
  readonly url: string;
  readonly token: string;
  readonly caFile: string | undefined;
}

/** One connection to the region; frames on it are answered in the order in which they were sent. */
export interface Transport {
  sendFrame(frame: Buffer, traceparent: string): Promise<Answer<MarkReply>>;
  marks(site: string, epoch: string): Promise<Answer<MarksReply>>;
  destroy(): Promise<void>;
}

export async function createTransport(options: TransportOptions): Promise<Transport> {
  const url = new URL(options.url);
  if (url.protocol !== 'https:' && !isLoopback(url.hostname)) {
    throw new ApplianceError('SYNC_UNSAFE_URL', { uplink: options.uplink, host: url.host });
  }
  const ca = options.caFile === undefined ? undefined : await readFile(options.caFile);
  const client = new Client(url.origin, {
    pipelining: FRAMES_IN_FLIGHT_MAX,
    headersTimeout: ANSWER_MS_MAX,
    bodyTimeout: ANSWER_MS_MAX,
    maxResponseSize: ANSWER_BYTES_MAX,
    connect: { timeout: CONNECT_MS_MAX, ...(ca === undefined ? {} : { ca }) },
  });
  let asking = 0;
  // undici would send the frames behind a failed one again by itself, on a new connection, past the gap that the
  // failed one left. What comes next is decided by asking for the mark.
  client.on('disconnect', () => {
    if (asking > 0) void client.destroy();
  });
  const prefix = url.pathname.replace(/\/$/, '');
  const authorization = `Bearer ${options.token}`;

  async function ask<T>(request: Dispatcher.RequestOptions, read: (body: unknown) => T): Promise<Answer<T>> {
    asking += 1;
    try {
      const response = await client.request(request);
      const text = await response.body.text();
      return sort(response.statusCode, response.headers, text, read);
    } catch (error) {
      return fault(error);
    } finally {
      asking -= 1;
    }
  }

  return {
    sendFrame: (frame, traceparent) =>
      ask(
        {
          method: 'POST',
          path: `${prefix}${SYNC_FRAMES_PATH}`,
          headers: { authorization, 'content-type': SYNC_CONTENT_TYPE, traceparent },
          body: frame,
          // A repeated frame is stored once, so frames may follow one another before the answer comes.
          idempotent: true,
        },
        (body) => Value.Parse(MarkReply, body),
      ),
    marks: (site, epoch) =>
      ask(
        {
          method: 'GET',
          path: `${prefix}${SYNC_MARKS_PATH}?${new URLSearchParams({ site, epoch })}`,
          headers: { authorization },
        },
        (body) => Value.Parse(MarksReply, body),
      ),
    destroy: () => client.destroy(),
  };
}

function sort<T>(
  status: number,
  headers: Record<string, string | string[] | undefined>,
  text: string,
  read: (body: unknown) => T,
): Answer<T> {
  if (status === 200) {
    try {
      return { kind: 'ok', value: read(JSON.parse(text)) };
    } catch {
      // A captive portal answers 200 to everything.
      return { kind: 'site-refused', reason: 'the answer is not that of a Holdfast receiver' };
    }
  }
  const reason = `${status} ${problemTitle(text)}`.trim();
  if (status === 409) return { kind: 'out-of-step', reason };
  if (status === 413) return { kind: 'too-large', reason };
  if (status === 415) return { kind: 'unknown-encoding', reason };
  if (status === 400 || status === 422) return { kind: 'frame-refused', reason };
  if (status >= 300 && status < 400) {
    return { kind: 'site-refused', reason: `${status}: redirects are not followed` };
  }
  if (status === 408 || status === 425 || status === 429 || status >= 500) {
    return { kind: 'unreachable', reason, retryAfterMs: retryAfterMs(headers['retry-after']) };
  }
  return { kind: 'site-refused', reason };
}

/** Certificate faults are nobody's hiccup: a person has to look. */
const TLS_FAULT = /CERT|SELF_SIGNED|UNABLE_TO_VERIFY|ERR_TLS|ERR_SSL|ERR_OSSL/;

function fault<T>(error: unknown): Answer<T> {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  const words = error instanceof Error ? error.message || code : String(error);
  if (TLS_FAULT.test(code)) return { kind: 'site-refused', reason: `certificate: ${words}` };
  return { kind: 'unreachable', reason: words, retryAfterMs: 0 };
}

function problemTitle(text: string): string {
  try {
    const body: unknown = JSON.parse(text);
    if (typeof body === 'object' && body !== null && 'title' in body) return String(body.title).slice(0, 300);
  } catch {
    // Not ours; the status has to do.
  }
  return '';
}

/** RFC 9110 §10.2.3: seconds or a date. A date is rare enough to be treated as "not now". */
function retryAfterMs(header: string | string[] | undefined): number {
  const seconds = Number(Array.isArray(header) ? header[0] : header);
  return Number.isFinite(seconds) && seconds > 0 ? seconds * 1_000 : 0;
}

function isLoopback(hostname: string): boolean {
  const bare = hostname.replace(/^\[|\]$/g, '');
  return bare === 'localhost' || bare === '::1' || (isIP(bare) === 4 && bare.startsWith('127.'));
}
