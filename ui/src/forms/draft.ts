import type { Json } from '#contracts/sagas.ts';
import { type Field, type GroupField, isObject, type ListField } from './field.ts';

/** What stands in the controls, right or wrong. A flag is 'yes', 'no' or ''; a choice is the index of its option. */
export type Draft = string | readonly Draft[] | { readonly [name: string]: Draft };

/** What is wrong, at which JSON pointer of the answer. */
export interface FieldProblem {
  readonly pointer: string;
  readonly problem: string;
}

/** `value` is undefined for what was left empty. */
export interface Reading {
  readonly value: Json | undefined;
  readonly problems: readonly FieldProblem[];
}

/** The controls before anybody touched them; with `value` they show it. */
export function draftOf(field: Field, value?: Json): Draft {
  switch (field.kind) {
    case 'group': {
      const known = isObject(value) ? value : {};
      return Object.fromEntries(field.fields.map((one) => [one.name, draftOf(one, known[one.name])]));
    }
    case 'list': {
      if (Array.isArray(value)) return value.map((one: Json) => draftOf(field.item, one));
      // One empty row says more than a button alone.
      const count = Math.min(Math.max(field.countMin, field.required ? 1 : 0), field.countMax);
      return Array.from({ length: count }, () => draftOf(field.item));
    }
    case 'flag':
      return value === undefined ? '' : value === true ? 'yes' : 'no';
    case 'choice': {
      const index = field.options.findIndex((one) => JSON.stringify(one.value) === JSON.stringify(value));
      return index < 0 ? '' : String(index);
    }
    case 'json':
      return value === undefined ? '' : JSON.stringify(value, null, 2);
    default:
      return value === undefined ? '' : String(value);
  }
}

/** The answer that the controls stand for, with everything that is wrong with it. */
export function readDraft(field: Field, draft: Draft, pointer = ''): Reading {
  if (field.kind === 'group') return readGroup(field, draft, pointer);
  if (field.kind === 'list') return readList(field, draft, pointer);
  const text = typeof draft === 'string' ? draft.trim() : '';
  if (text === '') {
    if (!field.required) return { value: undefined, problems: [] };
    // A text that may be empty is an answer when it is.
    if (field.kind === 'text' && field.charsMin === 0) return { value: '', problems: [] };
    return wrong(pointer, field.kind === 'flag' || field.kind === 'choice' ? 'Choose one.' : 'Fill this in.');
  }
  switch (field.kind) {
    case 'text':
      return readText(text, field, pointer);
    case 'number':
      return readNumber(text, field, pointer);
    case 'flag':
      return right(text === 'yes');
    case 'choice':
      return right(field.options[Number(text)]?.value ?? null);
    case 'json':
      return readJson(text, pointer);
  }
}

const right = (value: Json): Reading => ({ value, problems: [] });
const wrong = (pointer: string, problem: string): Reading => ({
  value: undefined,
  problems: [{ pointer, problem }],
});

function readText(text: string, field: Field & { kind: 'text' }, pointer: string): Reading {
  if (text.length < field.charsMin) return wrong(pointer, `At least ${field.charsMin} characters.`);
  if (text.length > field.charsMax) return wrong(pointer, `At most ${field.charsMax} characters.`);
  return right(text);
}

function readNumber(text: string, field: Field & { kind: 'number' }, pointer: string): Reading {
  const { isWhole, min, max } = field;
  // Kiosks have keyboards of many countries.
  const value = Number(text.replace(',', '.'));
  if (!Number.isFinite(value)) return wrong(pointer, 'Write a number.');
  if (isWhole && !Number.isInteger(value)) return wrong(pointer, 'Write a whole number.');
  if (min !== null && value < min) return wrong(pointer, `At least ${min}.`);
  if (max !== null && value > max) return wrong(pointer, `At most ${max}.`);
  return right(value);
}

function readJson(text: string, pointer: string): Reading {
  try {
    return right(JSON.parse(text) as Json);
  } catch (error) {
    return wrong(pointer, `This is no JSON: ${error instanceof Error ? error.message : 'it cannot be read'}`);
  }
}

function readGroup(field: GroupField, draft: Draft, pointer: string): Reading {
  const known = typeof draft === 'object' && !Array.isArray(draft) ? draft : {};
  const value: Record<string, Json> = {};
  const problems: FieldProblem[] = [];
  for (const one of field.fields) {
    const drafted = (known as { readonly [name: string]: Draft })[one.name] ?? '';
    const reading = readDraft(one, drafted, `${pointer}/${escaped(one.name)}`);
    problems.push(...reading.problems);
    if (reading.value !== undefined) value[one.name] = reading.value;
  }
  const isLeftOut = !field.required && problems.length === 0 && Object.keys(value).length === 0;
  return { value: isLeftOut ? undefined : value, problems };
}

function readList(field: ListField, draft: Draft, pointer: string): Reading {
  const rows = Array.isArray(draft) ? (draft as readonly Draft[]) : [];
  const readings = rows.map((row, index) => readDraft(field.item, row, `${pointer}/${index}`));
  const problems = readings.flatMap((reading) => reading.problems);
  if (rows.length < field.countMin) {
    problems.push({ pointer, problem: `At least ${field.countMin} are needed.` });
  }
  return { value: readings.map(({ value }) => value ?? null), problems };
}

/** RFC 6901 §3. */
export const escaped = (name: string): string => name.replaceAll('~', '~0').replaceAll('/', '~1');
