import { Ajv2020, type ErrorObject, type ValidateFunction } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import type { Json } from '#contracts/sagas.ts';

export type JsonSchema = Readonly<Record<string, Json>>;

/** What does not fit, at which JSON pointer of the value; `''` is the value itself. */
export interface SchemaProblem {
  readonly pointer: string;
  readonly problem: string;
}

/** What is told of one value; a list of a thousand wrong items is wrong enough with these. */
const PROBLEMS_MAX = 20;

// A form or a payload is written by hand: an unknown keyword is a typing error, not an extension. Types may be
// spread over `allOf` and `required` may name what another branch declares; both are usual and do no harm.
const ajv = new Ajv2020({
  allErrors: true,
  strict: true,
  strictTypes: false,
  strictRequired: false,
  strictTuples: false,
  addUsedSchema: false,
  logger: false,
});
(addFormats as unknown as typeof addFormats.default)(ajv);

const compiled = new WeakMap<JsonSchema, ValidateFunction>();

/**
 * Compares a value with a JSON Schema (draft 2020-12). Empty: it fits. A schema that cannot be used is refused
 * when its definition is checked (`schemaMistake`); here it fits nothing, and says so.
 */
export function schemaProblems(schema: JsonSchema, value: Json): readonly SchemaProblem[] {
  let validate: ValidateFunction;
  try {
    validate = validatorOf(schema);
  } catch (error) {
    return [{ pointer: '', problem: `its schema cannot be used: ${wordsOf(error)}` }];
  }
  if (validate(value) === true) return [];
  return (validate.errors ?? []).slice(0, PROBLEMS_MAX).map(inWords);
}

/** Why a schema cannot be used; null when it can. */
export function schemaMistake(schema: JsonSchema): string | null {
  try {
    validatorOf(schema);
    return null;
  } catch (error) {
    return wordsOf(error);
  }
}

function validatorOf(schema: JsonSchema): ValidateFunction {
  const known = compiled.get(schema);
  if (known !== undefined) return known;
  const made = ajv.compile(schema);
  // Its own cache would keep every schema for ever; ours goes with the definition.
  ajv.removeSchema(schema);
  compiled.set(schema, made);
  return made;
}

function inWords({ keyword, instancePath, params, message }: ErrorObject): SchemaProblem {
  switch (keyword) {
    case 'required':
      return { pointer: instancePath, problem: `"${params.missingProperty}" is missing` };
    case 'additionalProperties':
    case 'unevaluatedProperties': {
      const name = String(params.additionalProperty ?? params.unevaluatedProperty);
      return { pointer: `${instancePath}/${escaped(name)}`, problem: 'there is no such entry' };
    }
    case 'enum': {
      const allowed = (params.allowedValues as readonly Json[]).map((one) => JSON.stringify(one));
      return { pointer: instancePath, problem: `must be one of ${allowed.join(', ')}` };
    }
    default:
      return { pointer: instancePath, problem: message ?? `breaks ${keyword}` };
  }
}

/** RFC 6901 §3. */
const escaped = (key: string): string => key.replaceAll('~', '~0').replaceAll('/', '~1');
const wordsOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
