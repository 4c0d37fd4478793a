import { ApplianceError } from '#contracts/errors.ts';
import type { Json } from '#contracts/sagas.ts';

/** Looks a reference up by its path; `undefined` when there is nothing there (yet). */
export type Lookup = (path: readonly string[]) => Json | undefined;

type JsonObject = { readonly [key: string]: Json };
type Operator = (operand: Json, whole: JsonObject, lookup: Lookup, place: string) => Json;

/** Every operator of the expression language. An object whose first key is here is computed. */
const operators: Readonly<Record<string, Operator>> = {
  $ref(path, whole, lookup, place) {
    if (typeof path !== 'string') throw broken(place, '$ref takes a path such as steps.reserve.output.id');
    const value = lookup(path.split('.'));
    if (value !== undefined) return value;
    if ('$else' in whole) return evaluate(whole.$else ?? null, lookup, place);
    throw broken(place, `there is nothing at ${path}`);
  },
  $text: (parts, _whole, lookup, place) =>
    list(parts, '$text', place)
      .map((part) => asText(evaluate(part, lookup, place)))
      .join(''),
  $eq: (pair, _whole, lookup, place) => compare(pair, '$eq', lookup, place, (a, b) => sameJson(a, b)),
  $gt: (pair, _whole, lookup, place) =>
    compare(pair, '$gt', lookup, place, (a, b) => number(a, '$gt', place) > number(b, '$gt', place)),
  $and: (parts, _whole, lookup, place) =>
    list(parts, '$and', place).every((part) => evaluate(part, lookup, place) === true),
  $or: (parts, _whole, lookup, place) =>
    list(parts, '$or', place).some((part) => evaluate(part, lookup, place) === true),
  $not: (part, _whole, lookup, place) => evaluate(part, lookup, place) !== true,
};

/**
 * Computes an expression. Pure: it sees what `lookup` shows and nothing else.
 *
 * Errors: SAGA_EXPRESSION when a reference leads nowhere and has no `$else`, or an operand has the wrong type.
 */
export function evaluate(expression: Json, lookup: Lookup, place: string): Json {
  if (typeof expression !== 'object' || expression === null) return expression;
  if (isList(expression)) return expression.map((item) => evaluate(item, lookup, place));
  for (const key in expression) {
    const operator = key.startsWith('$') ? operators[key] : undefined;
    if (operator !== undefined) return operator(expression[key] ?? null, expression, lookup, place);
    break; // only the first key decides: `{$ref, $else}` is one reference
  }
  const result: Record<string, Json> = {};
  for (const [key, value] of Object.entries(expression)) result[key] = evaluate(value, lookup, place);
  return result;
}

/** Every reference an expression makes, for the check of a definition. */
export function* references(expression: Json): Generator<{ path: string; optional: boolean }> {
  if (typeof expression !== 'object' || expression === null) return;
  if (isList(expression)) {
    for (const item of expression) yield* references(item);
    return;
  }
  if (typeof expression.$ref === 'string') yield { path: expression.$ref, optional: '$else' in expression };
  for (const value of Object.values(expression)) yield* references(value);
}

/** Keys that look like operators and are none: most likely a typing error. */
export function* unknownOperators(expression: Json): Generator<string> {
  if (typeof expression !== 'object' || expression === null) return;
  for (const [key, value] of Object.entries(expression)) {
    if (key.startsWith('$') && key !== '$else' && !Object.hasOwn(operators, key)) yield key;
    yield* unknownOperators(value);
  }
}

/** Follows a path into JSON; `undefined` when it ends early. Never sees inherited members. */
export function dig(value: Json | undefined, path: readonly string[], from: number): Json | undefined {
  let current = value;
  for (let index = from; index < path.length; index += 1) {
    const key = path[index] ?? '';
    if (typeof current !== 'object' || current === null || !Object.hasOwn(current, key)) return undefined;
    current = (current as JsonObject)[key];
  }
  return current;
}

const isList = (value: Json): value is readonly Json[] => Array.isArray(value);
const asText = (value: Json): string => (typeof value === 'string' ? value : JSON.stringify(value));
const sameJson = (a: Json, b: Json): boolean =>
  a === b || (typeof a === 'object' && typeof b === 'object' && JSON.stringify(a) === JSON.stringify(b));
const broken = (place: string, problem: string) => new ApplianceError('SAGA_EXPRESSION', { place, problem });

function list(value: Json, operator: string, place: string): readonly Json[] {
  if (isList(value)) return value;
  throw broken(place, `${operator} takes a list`);
}

function number(value: Json, operator: string, place: string): number {
  if (typeof value === 'number') return value;
  throw broken(place, `${operator} compares numbers, not ${typeof value}`);
}

function compare(
  pair: Json,
  operator: string,
  lookup: Lookup,
  place: string,
  holds: (a: Json, b: Json) => boolean,
): boolean {
  const [a, b] = list(pair, operator, place);
  if (a === undefined || b === undefined) throw broken(place, `${operator} takes two operands`);
  return holds(evaluate(a, lookup, place), evaluate(b, lookup, place));
}
