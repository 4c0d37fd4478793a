import type { Json } from '#contracts/sagas.ts';
import { wordsOf } from '../forms/field.ts';

/** One value within an input, with the way to it in words. */
export interface InputLine {
  readonly label: string;
  readonly value: string;
}

/** An input line by line: nobody on the floor reads JSON. */
export function inputLines(input: Json, label = ''): InputLine[] {
  if (typeof input !== 'object' || input === null) {
    return [{ label: label === '' ? 'Value' : label, value: shown(input) }];
  }
  const entries = Array.isArray(input)
    ? input.map((one: Json, index) => [String(index + 1), one] as const)
    : Object.entries(input);
  return entries.flatMap(([name, one]) => inputLines(one, joined(label, name)));
}

/** The lines in which two inputs differ; what one of them lacks is null. */
export function changedLines(
  before: Json,
  after: Json,
): { label: string; before: string | null; after: string | null }[] {
  const old = new Map(inputLines(before).map(({ label, value }) => [label, value]));
  const now = new Map(inputLines(after).map(({ label, value }) => [label, value]));
  return [...new Set([...old.keys(), ...now.keys()])]
    .map((label) => ({ label, before: old.get(label) ?? null, after: now.get(label) ?? null }))
    .filter((line) => line.before !== line.after);
}

const joined = (label: string, name: string): string =>
  label === '' ? wordsOf(name) : `${label}, ${wordsOf(name).toLowerCase()}`;

const shown = (value: Json): string => {
  if (value === null) return 'nothing';
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  return value === '' ? 'empty' : String(value);
};
