import { readFileSync } from 'node:fs';
import { ApplianceError } from '#contracts/errors.ts';

/**
 * Reads `env:NAME` or `file:/path`; a trailing line feed of a file is no part of the secret.
 *
 * Errors: DRV_SECRET_MISSING, with the reference and never with a value.
 */
export function readSecret(reference: string): string {
  const [scheme, rest] = split(reference);
  if (scheme === 'env') {
    const value = process.env[rest];
    if (value !== undefined) return value;
  }
  if (scheme === 'file') {
    try {
      return readFileSync(rest, 'utf8').replace(/\r?\n$/, '');
    } catch (cause) {
      throw new ApplianceError('DRV_SECRET_MISSING', { reference }, { cause });
    }
  }
  throw new ApplianceError('DRV_SECRET_MISSING', { reference });
}

function split(reference: string): [scheme: string, rest: string] {
  const colon = reference.indexOf(':');
  return [reference.slice(0, Math.max(0, colon)), reference.slice(colon + 1)];
}
