import type { Problem } from '#contracts/api.ts';
import { learnServerTime } from './clock.ts';
import { RequestFailure } from './problem.ts';

const API = '/api/v1';
/** After so long without an answer a request counts as unreachable. */
const REQUEST_TIMEOUT_MS = 10_000;

type Method = 'GET' | 'POST' | 'PUT' | 'DELETE';
interface Options {
  readonly body?: unknown;
  /** Makes a POST repeatable: the same key and body never act twice. */
  readonly idempotencyKey?: string;
}

/** Called when the appliance says that nobody is signed in here any more. */
let signedOut: () => void = () => undefined;
export const onSignedOut = (listener: () => void): void => {
  signedOut = listener;
};

/** One request to the appliance. Rejects with RequestFailure only. */
export async function request<T>(method: Method, path: string, options: Options = {}): Promise<T> {
  const headers: Record<string, string> = { accept: 'application/json' };
  if (options.body !== undefined) headers['content-type'] = 'application/json';
  if (options.idempotencyKey !== undefined) headers['idempotency-key'] = options.idempotencyKey;
  const response = await reach(path, {
    method,
    headers,
    credentials: 'same-origin',
    cache: 'no-store',
    signal: AbortSignal.timeout(REQUEST_TIMEOUT_MS),
    ...(options.body === undefined ? {} : { body: JSON.stringify(options.body) }),
  });
  learnServerTime(response.headers.get('date'));
  const body = await readJson(response);
  if (response.ok) return body as T;
  if (!isProblem(body)) throw new RequestFailure({ kind: 'unreadable', status: response.status });
  // A wrong password is also a 401; only an answer to something else means the session has ended.
  if (response.status === 401 && !path.startsWith('/session')) signedOut();
  throw new RequestFailure({ kind: 'problem', problem: { ...body, status: response.status } });
}

export const get = <T>(path: string): Promise<T> => request<T>('GET', path);
export const post = <T = unknown>(
  path: string,
  body: unknown = {},
  options: Omit<Options, 'body'> = {},
): Promise<T> => request<T>('POST', path, { body, ...options });

async function reach(path: string, init: RequestInit): Promise<Response> {
  try {
    return await fetch(API + path, init);
  } catch {
    throw new RequestFailure({ kind: 'unreachable' });
  }
}

async function readJson(response: Response): Promise<unknown> {
  try {
    const text = await response.text();
    return text === '' ? null : (JSON.parse(text) as unknown);
  } catch {
    throw new RequestFailure({ kind: 'unreadable', status: response.status });
  }
}

const isProblem = (body: unknown): body is Problem =>
  typeof body === 'object' &&
  body !== null &&
  'title' in body &&
  typeof body.title === 'string' &&
  'hint' in body &&
  typeof body.hint === 'string';
