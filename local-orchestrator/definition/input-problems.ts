import type { Json } from '#contracts/sagas.ts';
import { type JsonSchema, schemaProblems } from './json-schema.ts';

/**
 * Compares an input as it is written with the schema of what an activity takes, as far as that can be known: what
 * is computed fits anything; what stands there as it is must fit; nothing may be missing or too many.
 */
export function inputProblems(
  schema: JsonSchema,
  expression: Json,
  path: readonly (string | number)[] = [],
): { path: readonly (string | number)[]; problem: string }[] {
  if (isComputed(expression)) return [];
  if (!holdsComputed(expression)) {
    return schemaProblems(schema, expression).map(({ pointer, problem }) => ({
      path: [...path, ...pointer.split('/').slice(1)],
      problem,
    }));
  }
  if (Array.isArray(expression)) {
    const items = schema.items as JsonSchema | undefined;
    if (items === undefined) return [];
    return (expression as readonly Json[]).flatMap((item, index) =>
      inputProblems(items, item, [...path, index]),
    );
  }
  return memberProblems(schema, expression as Readonly<Record<string, Json>>, path);
}

function memberProblems(
  schema: JsonSchema,
  members: Readonly<Record<string, Json>>,
  path: readonly (string | number)[],
) {
  const properties = (schema.properties ?? {}) as Readonly<Record<string, JsonSchema>>;
  const required = (schema.required ?? []) as readonly string[];
  const problems = required
    .filter((name) => !Object.hasOwn(members, name))
    .map((name) => ({ path, problem: `"${name}" is missing` }));
  for (const [name, member] of Object.entries(members)) {
    const property = Object.hasOwn(properties, name) ? properties[name] : undefined;
    if (property !== undefined) problems.push(...inputProblems(property, member, [...path, name]));
    else if (schema.additionalProperties === false) {
      problems.push({ path: [...path, name], problem: 'there is no such entry' });
    }
  }
  return problems;
}

const isComputed = (value: Json): boolean =>
  typeof value === 'object' &&
  value !== null &&
  !Array.isArray(value) &&
  (Object.keys(value)[0]?.startsWith('$') ?? false);

const holdsComputed = (value: Json): boolean =>
  typeof value === 'object' &&
  value !== null &&
  (isComputed(value) || Object.values(value).some((member) => holdsComputed(member)));
