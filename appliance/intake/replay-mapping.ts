import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { type Static, Type } from 'typebox';
import { Default, Errors } from 'typebox/value';
import { LineCounter, parseDocument } from 'yaml';
import { ApplianceError } from '#contracts/errors.ts';
import { type Place, plainValue } from '#contracts/yaml-place.ts';

const closed = { additionalProperties: false } as const;
const Column = (what: string) =>
  Type.String({ minLength: 1, description: `Name of the column with ${what}.` });

/** How a delimited file becomes orders: rows with the same order id are the lines of one order. */
export const ReplayMapping = Type.Object(
  {
    delimiter: Type.String({ minLength: 1, maxLength: 1, default: ',' }),
    decimalComma: Type.Boolean({ default: false, description: 'Numbers are written 1,5 rather than 1.5.' }),
    columns: Type.Object(
      {
        orderId: Column('the order id'),
        sku: Column('the article'),
        quantity: Column('the pieces'),
        time: Type.Optional(Column('the time of the order; without it orders come at once')),
        description: Type.Optional(Column('the name of the article')),
        customer: Type.Optional(Column('the customer')),
        destination: Type.Optional(Column('the packing place')),
        priority: Type.Optional(Column('the priority, 0 the most urgent')),
      },
      closed,
    ),
    timeFormat: Type.Enum(['iso', 'day-first', 'month-first'], {
      default: 'iso',
      description: 'day-first is 31/12/2010 08:26, month-first is 12/31/2010 08:26.',
    }),
    cancelPrefix: Type.Optional(
      Type.String({
        minLength: 1,
        description: 'An order id that begins so cancels the order named by the rest.',
      }),
    ),
  },
  closed,
);
export type ReplayMapping = Static<typeof ReplayMapping>;

/** Errors: CFG_UNREADABLE, CFG_INVALID. */
export function loadReplayMapping(path: string): ReplayMapping {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (cause) {
    throw new ApplianceError('CFG_UNREADABLE', { file: path, reason: (cause as Error).message }, { cause });
  }
  const mapping: unknown = Default(ReplayMapping, written(text, basename(path)) ?? {});
  const [error] = Errors(ReplayMapping, mapping).filter(({ keyword }) => keyword !== 'boolean');
  if (error === undefined) return mapping as ReplayMapping;
  const params = error.params as { requiredProperties?: string[]; additionalProperties?: string[] };
  throw new ApplianceError('CFG_INVALID', {
    file: basename(path),
    line: 1,
    column: 1,
    path: error.instancePath.slice(1).replaceAll('/', '.') || 'mapping',
    problem:
      `${error.message} ${(params.requiredProperties ?? params.additionalProperties ?? []).join(', ')}`.trim(),
    cure: `Known entries: ${Object.keys(ReplayMapping.properties).join(', ')}; columns: ${Object.keys(ReplayMapping.properties.columns.properties).join(', ')}.`,
  });
}

function written(text: string, file: string): unknown {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const fault = (place: Place, problem: string, cure: string) =>
    new ApplianceError('CFG_INVALID', { file, ...place, path: 'mapping', problem, cure });
  const [error] = document.errors;
  if (error !== undefined) {
    const { line, col: column } = lines.linePos(error.pos[0]);
    const cure = 'Compare the indentation, brackets and quotes of this line with the one above.';
    throw fault({ line, column }, error.message, cure);
  }
  const plain = plainValue(document, lines);
  if ('value' in plain) return plain.value;
  throw fault(plain.place, plain.problem, plain.cure);
}
