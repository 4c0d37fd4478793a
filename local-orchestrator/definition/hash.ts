import { createHash } from 'node:crypto';
import type { Json, SagaDefinition } from '#contracts/sagas.ts';

/**
 * Canonical JSON: members sorted by code unit, no white space, no undefined.
 * Source: RFC 8785 §3.2; our values are strings, booleans and doubles, which JSON.stringify writes as it asks.
 */
export function canonicalJson(value: Json): string {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map((item: Json) => canonicalJson(item)).join(',')}]`;
  const members = Object.entries(value)
    .filter(([, member]) => member !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, member]) => `${JSON.stringify(key)}:${canonicalJson(member)}`);
  return `{${members.join(',')}}`;
}

/** The identity of a definition: two that do the same thing in the same words have the same hash. */
export const definitionHash = (definition: SagaDefinition): string =>
  createHash('sha256')
    .update(canonicalJson(definition as unknown as Json))
    .digest('hex');
