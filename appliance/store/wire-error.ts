import { ApplianceError, type ErrorCode, errorTable } from '#contracts/errors.ts';
import type { WireError } from './messages.ts';

/** An error as data, for its way between threads; `asError` makes it whole again on the other side. */
export function toWire(error: unknown): WireError {
  if (error instanceof ApplianceError) return { code: error.code, details: plain(error.details) };
  const problem = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return { code: 'STORE_BROKEN', details: { problem } };
}

export function asError(error: WireError): ApplianceError {
  const code: ErrorCode = isErrorCode(error.code) ? error.code : 'STORE_BROKEN';
  return new ApplianceError(code, error.details);
}

const isErrorCode = (code: string): code is ErrorCode => Object.hasOwn(errorTable, code);

// Details are meant to be words and numbers; whatever else slipped in must not make postMessage throw.
const plain = (details: Readonly<Record<string, unknown>>): Record<string, unknown> =>
  Object.fromEntries(
    Object.entries(details).map(([key, value]) => [
      key,
      typeof value === 'number' || typeof value === 'boolean' || value === null ? value : String(value),
    ]),
  );
