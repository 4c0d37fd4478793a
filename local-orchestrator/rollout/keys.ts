import { ApplianceError } from '#contracts/errors.ts';
import type { Json, SagaDefinition } from '#contracts/sagas.ts';
import type { JsonSchema } from '../definition/json-schema.ts';

/** Deeper than people look for what decides a side. */
const DEPTH_MAX = 4;

/**
 * Refuses a key that the input of a saga does not have: nobody would ever be taken, and nobody would be told. What
 * goes into a saga without a schema is not known, and any key will do.
 *
 * Errors: ROLLOUT_KEY_UNKNOWN.
 */
export function refuseUnknownKey(key: string, { name, input }: SagaDefinition): void {
  if (input === undefined || !key.startsWith('input.')) return;
  const known = ['saga.correlation', 'saga.id', ...keysOf(input, 'input', 1)];
  if (!known.includes(key))
    throw new ApplianceError('ROLLOUT_KEY_UNKNOWN', { name, key, known: known.join(', ') });
}

/** Paths to what is one value: neither an object nor a list can be named on a command line. */
function keysOf(schema: JsonSchema, path: string, depth: number): string[] {
  const properties = (schema.properties ?? {}) as Readonly<Record<string, JsonSchema>>;
  return Object.entries(properties).flatMap(([name, property]) => {
    if (property.type === 'array') return [];
    const here = `${path}.${name}`;
    if (!holdsMembers(property)) return [here];
    return depth < DEPTH_MAX ? keysOf(property, here, depth + 1) : [];
  });
}

const holdsMembers = ({ type, properties, anyOf }: JsonSchema): boolean =>
  type === 'object' ||
  properties !== undefined ||
  (Array.isArray(anyOf) && (anyOf as readonly Json[]).some((one) => holdsMembers(one as JsonSchema)));
