import type { Json } from '#contracts/sagas.ts';
import { canonicalJson } from '../definition/hash.ts';

/**
 * Expressions as people write them: `$input.order.id` is a reference, `Tote ${steps.choose.output.tote} is there`
 * a sentence with values in it, and `$$` a dollar. Everything else is written as it is in the definition.
 */
export function writtenExpression(expression: Json): Json {
  if (typeof expression === 'string') {
    return sameJson(readString(expression), expression) ? expression : expression.replaceAll('$', '$$$$');
  }
  if (typeof expression !== 'object' || expression === null) return expression;
  if (Array.isArray(expression)) return expression.map((item: Json) => writtenExpression(item));
  const short = shortForm(expression as Readonly<Record<string, Json>>);
  if (short !== undefined && sameJson(readString(short), expression)) return short;
  return mapMembers(expression as Readonly<Record<string, Json>>, writtenExpression);
}

/** The other way round; what was written comes back as it was. */
export function readExpression(written: Json): Json {
  if (typeof written === 'string') return readString(written);
  if (typeof written !== 'object' || written === null) return written;
  if (Array.isArray(written)) return written.map((item: Json) => readExpression(item));
  return mapMembers(written as Readonly<Record<string, Json>>, readExpression);
}

const REFERENCE = /^\$([A-Za-z][^\s${}]*)$/;
const PIECE = /\$\$|\$\{([A-Za-z][^\s${}]*)\}/g;

function readString(written: string): Json {
  const path = REFERENCE.exec(written)?.[1];
  if (path !== undefined) return { $ref: path };
  const parts: Json[] = [];
  let literal = '';
  let from = 0;
  for (const { 0: piece, 1: reference, index } of written.matchAll(PIECE)) {
    literal += written.slice(from, index);
    from = index + piece.length;
    if (reference === undefined) literal += '$';
    else {
      if (literal !== '') parts.push(literal);
      parts.push({ $ref: reference });
      literal = '';
    }
  }
  literal += written.slice(from);
  if (parts.length === 0) return literal;
  if (literal !== '') parts.push(literal);
  return { $text: parts };
}

/** A candidate; whether it says the same is seen by reading it. */
function shortForm({ $ref: path, $text: parts }: Readonly<Record<string, Json>>): string | undefined {
  if (typeof path === 'string') return `$${path}`;
  if (!Array.isArray(parts)) return undefined;
  return parts
    .map((part: Json) =>
      typeof part === 'string'
        ? part.replaceAll('$', '$$$$')
        : `\${${(part as { $ref?: Json } | null)?.$ref}}`,
    )
    .join('');
}

/** The path of a reference is no expression: it stays as it is. */
const mapMembers = (
  value: Readonly<Record<string, Json>>,
  change: (member: Json) => Json,
): Readonly<Record<string, Json>> =>
  Object.fromEntries(
    Object.entries(value).map(([key, member]) => [key, key === '$ref' ? member : change(member)]),
  );

export const sameJson = (a: Json, b: Json): boolean => canonicalJson(a) === canonicalJson(b);
