import type { Json } from '#contracts/sagas.ts';

/**
 * Changes a value by a JSON Merge Patch: what the patch names is replaced, null takes an entry away.
 *
 * Source: RFC 7396 §2.
 */
export function mergePatch(target: Json, patch: Json): Json {
  if (!isObject(patch)) return patch;
  const result: Record<string, Json> = isObject(target) ? { ...target } : {};
  for (const [name, value] of Object.entries(patch)) {
    if (value === null) delete result[name];
    else result[name] = mergePatch(Object.hasOwn(result, name) ? (result[name] ?? null) : null, value);
  }
  return result;
}

export const isObject = (value: Json): value is { readonly [key: string]: Json } =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
