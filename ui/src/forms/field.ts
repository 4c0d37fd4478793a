import type { Json } from '#contracts/sagas.ts';

type Schema = Readonly<Record<string, Json>>;

interface Common {
  /** Name of the entry in its object; '' for the whole and for the items of a list. */
  readonly name: string;
  readonly label: string;
  readonly hint: string | null;
  readonly required: boolean;
}
export type ChoiceField = Common & {
  readonly kind: 'choice';
  readonly options: readonly { readonly value: Json; readonly words: string }[];
};
export type GroupField = Common & { readonly kind: 'group'; readonly fields: readonly Field[] };
export type ListField = Common & {
  readonly kind: 'list';
  readonly item: Field;
  readonly countMin: number;
  readonly countMax: number;
};
/** What a person fills in, made of a JSON Schema or of a value that is there. `json` is what neither explains. */
export type Field =
  | (Common & { readonly kind: 'text'; readonly charsMin: number; readonly charsMax: number })
  | (Common & {
      readonly kind: 'number';
      readonly isWhole: boolean;
      readonly min: number | null;
      readonly max: number | null;
    })
  | (Common & { readonly kind: 'flag' })
  | ChoiceField
  | GroupField
  | ListField
  | (Common & { readonly kind: 'json' });

/** Longest list and text where a schema does not say. */
const COUNT_MAX = 200;
const CHARS_MAX = 2_000;

/** The field that a JSON Schema (draft 2020-12) asks for. */
export function fieldOfSchema(schema: Schema, name = '', required = true): Field {
  const common: Common = {
    name,
    label: textOf(schema.title) ?? wordsOf(name),
    hint: textOf(schema.description),
    required,
  };
  const options = optionsOf(schema);
  if (options !== null) return { ...common, kind: 'choice', options };
  switch (schema.type) {
    case 'string':
      return {
        ...common,
        kind: 'text',
        charsMin: numberOf(schema.minLength) ?? 0,
        charsMax: numberOf(schema.maxLength) ?? CHARS_MAX,
      };
    case 'number':
    case 'integer':
      return {
        ...common,
        kind: 'number',
        isWhole: schema.type === 'integer',
        min: numberOf(schema.minimum),
        max: numberOf(schema.maximum),
      };
    case 'boolean':
      return { ...common, kind: 'flag' };
    case 'object':
      return isObject(schema.properties)
        ? { ...common, kind: 'group', fields: fieldsOf(schema.properties, schema.required) }
        : { ...common, kind: 'json' };
    case 'array':
      return isObject(schema.items)
        ? {
            ...common,
            kind: 'list',
            item: fieldOfSchema(schema.items),
            countMin: numberOf(schema.minItems) ?? 0,
            countMax: numberOf(schema.maxItems) ?? COUNT_MAX,
          }
        : { ...common, kind: 'json' };
    default:
      return { ...common, kind: 'json' };
  }
}

const fieldsOf = (properties: Schema, required: Json | undefined): Field[] =>
  Object.entries(properties).map(([name, one]) =>
    fieldOfSchema(isObject(one) ? one : {}, name, Array.isArray(required) && required.includes(name)),
  );

/** The field for a value of the same shape: what is known of an input that has no schema here. */
export function fieldOfValue(value: Json, name = ''): Field {
  const common: Common = { name, label: wordsOf(name), hint: null, required: true };
  if (typeof value === 'string') return { ...common, kind: 'text', charsMin: 0, charsMax: CHARS_MAX };
  if (typeof value === 'number') return { ...common, kind: 'number', isWhole: false, min: null, max: null };
  if (typeof value === 'boolean') return { ...common, kind: 'flag' };
  if (Array.isArray(value)) {
    const [sample] = value;
    if (sample === undefined) return { ...common, kind: 'json' };
    return { ...common, kind: 'list', item: fieldOfValue(sample), countMin: 0, countMax: COUNT_MAX };
  }
  if (!isObject(value)) return { ...common, kind: 'json' };
  return {
    ...common,
    kind: 'group',
    fields: Object.entries(value).map(([key, one]) => fieldOfValue(one, key)),
  };
}

/** The same with nothing asked for: what is left empty is not in the answer. Lists cannot be half filled in. */
export function asChanges(field: Field): Field {
  if (field.kind !== 'group') return { ...field, required: false };
  const fields = field.fields.filter(({ kind }) => kind !== 'list' && kind !== 'json').map(asChanges);
  return { ...field, fields, required: false };
}

function optionsOf({ enum: values, anyOf }: Schema): ChoiceField['options'] | null {
  if (Array.isArray(values)) return values.map((value: Json) => ({ value, words: shown(value) }));
  if (!Array.isArray(anyOf)) return null;
  const options = anyOf.flatMap((one: Json) =>
    isObject(one) && one.const !== undefined
      ? [{ value: one.const, words: textOf(one.title) ?? shown(one.const) }]
      : [],
  );
  return options.length === anyOf.length ? options : null;
}

const shown = (value: Json): string => (typeof value === 'string' ? value : JSON.stringify(value));

/** "sealNumber" and "seal-number" as a person reads them. */
export function wordsOf(name: string): string {
  const words = name
    .replaceAll(/([a-z0-9])([A-Z])/g, '$1 $2')
    .replaceAll(/[-_]+/g, ' ')
    .toLowerCase();
  return words.charAt(0).toUpperCase() + words.slice(1);
}

export const isObject = (value: Json | undefined): value is Schema =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const textOf = (value: Json | undefined): string | null => (typeof value === 'string' ? value : null);
const numberOf = (value: Json | undefined): number | null => (typeof value === 'number' ? value : null);
