import type { Json } from '#contracts/sagas.ts';
import { ActivityFailure } from '../activities/activity.ts';

export type Fetch = typeof fetch;

/** More than this is no answer of a model. */
const ANSWER_BYTES_MAX = 1_048_576;

/** Posts JSON and reads JSON, bounded. Throws ActivityFailure. */
export async function postJson(
  fetcher: Fetch,
  url: string,
  body: Json,
  { token, signal }: { readonly token: string | undefined; readonly signal: AbortSignal },
): Promise<Json> {
  const headers = {
    'content-type': 'application/json',
    ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
  };
  let response: Response;
  try {
    response = await fetcher(url, {
      method: 'POST',
      headers,
      body: JSON.stringify(body),
      signal,
      redirect: 'error',
    });
  } catch (error) {
    throw new ActivityFailure('MODEL_UNREACHABLE', `${url} does not answer: ${reasonOf(error)}`, true);
  }
  const text = await readText(response, url);
  if (!response.ok) {
    // 4xx: asked wrongly, and asking again would be as wrong. 429 and 5xx pass.
    const passes = response.status >= 500 || response.status === 429;
    throw new ActivityFailure(
      passes ? 'MODEL_UNREACHABLE' : 'MODEL_ANSWER',
      `${url} answered ${response.status}: ${text.slice(0, 200)}`,
      passes,
    );
  }
  try {
    return JSON.parse(text) as Json;
  } catch {
    throw new ActivityFailure('MODEL_ANSWER', `${url} answered no JSON`, false);
  }
}

async function readText(response: Response, url: string): Promise<string> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  try {
    for await (const chunk of response.body ?? []) {
      bytes += chunk.byteLength;
      if (bytes > ANSWER_BYTES_MAX) break;
      chunks.push(chunk);
    }
  } catch (error) {
    throw new ActivityFailure('MODEL_UNREACHABLE', `${url} broke off: ${reasonOf(error)}`, true);
  }
  if (bytes > ANSWER_BYTES_MAX) {
    throw new ActivityFailure('MODEL_ANSWER', `${url} answered more than ${ANSWER_BYTES_MAX} bytes`, false);
  }
  return Buffer.concat(chunks).toString('utf8');
}

// fetch hides what happened in its cause.
const reasonOf = (error: unknown): string => {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? error.cause.message : error.message;
};
