import { describe, expect, test } from 'vitest';
import type { Json } from '#contracts/sagas.ts';
import { schemaProblems } from '../../local-orchestrator/definition/json-schema.ts';
import { CountForm } from '../../local-orchestrator/sagas/cycle-count.ts';
import { type Draft, draftOf, readDraft } from '../../ui/src/forms/draft.ts';
import { asChanges, fieldOfSchema, fieldOfValue, wordsOf } from '../../ui/src/forms/field.ts';

const read = (schema: Json, draft: Draft) => readDraft(fieldOfSchema(schema as never), draft);
const whole = { type: 'integer', minimum: 0, maximum: 9 } as const;

describe('a form made of a schema', () => {
  test('asks for what the shipped count asks for, and its answer fits', () => {
    const schema = JSON.parse(JSON.stringify(CountForm));
    const field = fieldOfSchema(schema);
    expect(draftOf(field)).toEqual({ lines: [{ sku: '', quantity: '' }] });
    const { value, problems } = readDraft(field, { lines: [{ sku: ' 22745 ', quantity: '6' }] });
    expect(problems).toEqual([]);
    expect(value).toEqual({ lines: [{ sku: '22745', quantity: 6 }] });
    expect(schemaProblems(schema, value ?? null)).toEqual([]);
  });

  test('says what is wrong at its pointer', () => {
    const schema = {
      type: 'object',
      required: ['lines', 'ok'],
      properties: {
        lines: {
          type: 'array',
          minItems: 2,
          items: { type: 'object', required: ['a/b'], properties: { 'a/b': whole } },
        },
        ok: { type: 'boolean' },
      },
    } as const;
    const { problems } = read(schema, { lines: [{ 'a/b': '1.5' }], ok: '' });
    expect(problems.map(({ pointer }) => pointer)).toEqual(['/lines/0/a~1b', '/lines', '/ok']);
  });

  test.each([
    [whole, '7', 7],
    [whole, '10', 'At most 9.'],
    [whole, '-1', 'At least 0.'],
    [whole, 'six', 'Write a number.'],
    [{ type: 'number' }, '1,5', 1.5],
    [{ type: 'string', minLength: 3 }, 'ab', 'At least 3 characters.'],
    [{ type: 'string', minLength: 1 }, '  ', 'Fill this in.'],
    [{ type: 'string' }, '', ''],
    [{ type: 'boolean' }, 'no', false],
    [{ enum: ['a', 2] }, '1', 2],
    [{ anyOf: [{ const: 'x', title: 'The X' }] }, '0', 'x'],
    [{ enum: ['a'] }, '', 'Choose one.'],
    [{ type: ['string', 'null'] }, '"a"', 'a'],
    [{}, '{', expect.stringContaining('no JSON')],
  ] as const)('%j reads %j as %j', (schema, draft, expected) => {
    const { value, problems } = read(schema as unknown as Json, draft);
    expect(problems[0]?.problem ?? value).toEqual(expected);
  });

  test('leaves out what may stay empty', () => {
    const schema = {
      type: 'object',
      properties: { remark: { type: 'string' }, box: { type: 'object', properties: { a: whole } } },
    };
    expect(read(schema, { remark: '', box: { a: '' } }).value).toEqual({});
  });
});

describe('a form made of a value', () => {
  const input: Json = { target: 'amr-1', epoch: 3, args: { place: 'rack-1', gentle: true, path: [1, 2] } };

  test('untouched gives the value back', () => {
    const field = fieldOfValue(input);
    expect(readDraft(field, draftOf(field, input)).value).toEqual(input);
  });

  test('as changes it holds only what was filled in', () => {
    const field = asChanges(fieldOfValue(input));
    const draft = draftOf(field) as { [name: string]: Draft };
    expect(readDraft(field, draft).value).toBeUndefined();
    const changed = { ...draft, args: { ...(draft.args as object), place: 'rack-2' } as Draft };
    expect(readDraft(field, changed).value).toEqual({ args: { place: 'rack-2' } });
  });

  test('calls its entries as a person would', () => {
    expect(['sealNumber', 'seal-number', 'sku'].map(wordsOf)).toEqual(['Seal number', 'Seal number', 'Sku']);
  });
});
