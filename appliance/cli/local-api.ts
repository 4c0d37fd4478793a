import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Agent, request } from 'undici';
import { API_PREFIX, type Problem } from '#contracts/api.ts';
import { LOCAL_TOKEN_FILE, RUN_FILE, type RunFile } from '../run-file.ts';
import { CliError, EXIT } from './exit.ts';

/** The API of the site on this box, as the technician who may read its data folder. */
export interface LocalApi {
  readonly url: string;
  /** Rejects with a CliError: not running, or refused with the problem's words. */
  call<T>(
    method: 'GET' | 'POST' | 'DELETE',
    path: string,
    body?: unknown,
    headers?: Record<string, string>,
  ): Promise<T>;
  /** Like `call`, but hands a refusal back. */
  ask(
    method: 'GET' | 'POST' | 'DELETE',
    path: string,
    body?: unknown,
    headers?: Record<string, string>,
  ): Promise<Answer>;
  close(): Promise<void>;
}

export interface Answer {
  readonly status: number;
  readonly body: unknown;
}

const TIMEOUT_MS = 30_000;

export function openLocalApi(dataDir: string): LocalApi {
  const { url, ca } = readRunFile(dataDir);
  const token = readToken(dataDir);
  const agent = new Agent({
    connectTimeout: 5_000,
    headersTimeout: TIMEOUT_MS,
    bodyTimeout: TIMEOUT_MS,
    ...(ca === undefined ? {} : { connect: { ca } }),
  });

  async function ask(
    method: 'GET' | 'POST' | 'DELETE',
    path: string,
    body?: unknown,
    headers: Record<string, string> = {},
  ): Promise<Answer> {
    const answer = await request(`${url}${path.startsWith('/metrics') ? '' : API_PREFIX}${path}`, {
      dispatcher: agent,
      method,
      headers: {
        authorization: `Bearer ${token}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    }).catch((cause: Error) => {
      throw notRunning(dataDir, cause.message);
    });
    const text = await answer.body.text();
    const isJson = String(answer.headers['content-type'] ?? '').includes('json');
    return { status: answer.statusCode, body: isJson && text !== '' ? (JSON.parse(text) as unknown) : text };
  }

  return {
    url,
    ask,
    async call<T>(
      method: 'GET' | 'POST' | 'DELETE',
      path: string,
      body?: unknown,
      headers?: Record<string, string>,
    ): Promise<T> {
      const answer = await ask(method, path, body, headers);
      if (answer.status < 400) return answer.body as T;
      throw refusalOf(answer);
    },
    close: () => agent.close(),
  };
}

/** What the site refuses, as whoever typed the command knows it: by the name of the argument, not by its place in JSON. */
export function refusalOf({ status, body }: Answer): CliError {
  const { code, title = `status ${status}`, hint = '' } = body as Partial<Problem>;
  if (code !== 'API_INVALID') return new CliError(title, hint, EXIT.refused, code);
  const words = title
    .replace(/^(body|querystring|params|headers)\.?/, '')
    .replace(/^: /, '')
    .replace(/must match pattern "(.*)"$/, 'is not written as it has to be: it matches $1');
  const cure = hint.includes('/docs') ? 'Compare it with the --help of the command.' : hint;
  return new CliError(words, cure, EXIT.usage, code);
}

/** Opens it for one command. */
export async function withApi<T>(dataDir: string, run: (api: LocalApi) => Promise<T>): Promise<T> {
  const api = openLocalApi(dataDir);
  try {
    return await run(api);
  } finally {
    await api.close();
  }
}

function readRunFile(dataDir: string): RunFile {
  try {
    return JSON.parse(readFileSync(join(dataDir, RUN_FILE), 'utf8')) as RunFile;
  } catch (cause) {
    if (isDenied(cause)) throw denied(dataDir);
    throw notRunning(dataDir, 'there is no run file');
  }
}

function readToken(dataDir: string): string {
  try {
    return readFileSync(join(dataDir, LOCAL_TOKEN_FILE), 'utf8').trim();
  } catch (cause) {
    if (isDenied(cause)) throw denied(dataDir);
    throw notRunning(dataDir, 'there is no token of the tools on this box');
  }
}

const isDenied = (cause: unknown): boolean => (cause as NodeJS.ErrnoException).code === 'EACCES';

const denied = (dataDir: string) =>
  new CliError(
    `You may not read ${dataDir}`,
    'Run it as the user that runs the site, for example with "sudo -u".',
    EXIT.refused,
  );

const notRunning = (dataDir: string, why: string) =>
  new CliError(
    `No site runs on ${dataDir} (${why})`,
    'Start it with "npm start" or "npx holdfast run", or name its data folder with --data.',
    EXIT.notRunning,
  );
