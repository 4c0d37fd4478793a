import { readFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { ApplianceError } from '#contracts/errors.ts';
import type { ModelConfig } from '#contracts/models.ts';

/**
 * Resolves what the site file says instead of a secret: `env:NAME` or `file:path` (relative to the site file).
 *
 * Errors: CFG_SECRET when the variable or the file is not there, or is empty.
 */
export async function readSecret(reference: string, sitePath: string): Promise<string> {
  const [kind, name] = split(reference);
  if (kind === 'env') {
    const value = process.env[name];
    if (value === undefined || value === '') throw new ApplianceError('CFG_SECRET', { reference });
    return value;
  }
  const text = await readFile(resolve(dirname(sitePath), name), 'utf8').catch((cause: unknown) => {
    throw new ApplianceError('CFG_SECRET', { reference }, { cause });
  });
  if (text.trim() === '') throw new ApplianceError('CFG_SECRET', { reference });
  return text.trim();
}

/** Tokens of the model services that want one, by model. Errors: CFG_SECRET. */
export async function readModelTokens(
  models: readonly ModelConfig[],
  sitePath: string,
): Promise<ReadonlyMap<string, string>> {
  const tokens = new Map<string, string>();
  for (const model of models) {
    if (!('token' in model) || model.token === undefined) continue;
    tokens.set(model.name, await readSecret(model.token, sitePath));
  }
  return tokens;
}

function split(reference: string): [string, string] {
  const at = reference.indexOf(':');
  return [reference.slice(0, at), reference.slice(at + 1)];
}
