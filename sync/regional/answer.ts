import type { ServerResponse } from 'node:http';
import { type ApplianceError, isApplianceError } from '#contracts/errors.ts';

const statusByCode: Readonly<Record<string, number>> = {
  SYNC_TOKEN_UNKNOWN: 401,
  API_FORBIDDEN: 403,
  API_NOT_FOUND: 404,
  API_INVALID: 400,
  SYNC_TOKEN_WRONG: 403,
  SYNC_FRAME_DAMAGED: 400,
  SYNC_FRAME_TOO_LARGE: 413,
  SYNC_ENCODING_UNKNOWN: 415,
  SYNC_VERSION_UNKNOWN: 400,
  SYNC_RECORD_INVALID: 400,
  SYNC_BUSY: 503,
};

export const statusOf = (error: unknown): number =>
  isApplianceError(error) ? (statusByCode[error.code] ?? 500) : 500;

export const problem = (status: number, error: ApplianceError) => ({
  status,
  code: error.code,
  title: error.message,
  hint: error.hint,
});

export function send(response: ServerResponse, status: number, body: unknown): void {
  const text = JSON.stringify(body);
  response.writeHead(status, {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(text),
    'cache-control': 'no-store',
  });
  response.end(text);
}
