import { createReadStream } from 'node:fs';
import { parse } from 'csv-parse';
import { ApplianceError } from '#contracts/errors.ts';
import type { ReplayMapping } from './replay-mapping.ts';

/** What a file asks for, in the order of its times. `atMs` counts from the first of them. */
export type ReplayItem =
  | {
      readonly kind: 'order';
      readonly atMs: number;
      readonly orderId: string;
      readonly order: Record<string, unknown>;
    }
  | { readonly kind: 'cancel'; readonly atMs: number; readonly orderId: string };

type Row = Readonly<Record<string, string>>;

// The whole file is held: orders may be scattered over it. Past this it is split before it is played.
export const REPLAY_ROWS_MAX = 1_000_000;

/**
 * Reads a delimited file by its mapping. Rows are not judged here: what is no order for goods (a negative
 * quantity, postage) goes to the intake as a WMS would send it.
 *
 * Errors: INT_INVALID for a column that is not there, a time that cannot be read, or too many rows.
 */
export async function readReplay(path: string, mapping: ReplayMapping): Promise<readonly ReplayItem[]> {
  const orders = new Map<string, Row[]>();
  let rowCount = 0;
  for await (const row of rowsOf(path, mapping.delimiter)) {
    rowCount += 1;
    if (rowCount === 1) checkColumns(row, mapping);
    if (rowCount > REPLAY_ROWS_MAX)
      throw invalid('file', `has more than ${REPLAY_ROWS_MAX} rows`, 'Split it.');
    const orderId = row[mapping.columns.orderId] ?? '';
    const lines = orders.get(orderId);
    if (lines === undefined) orders.set(orderId, [row]);
    else lines.push(row);
  }
  return inTime([...orders].map(([orderId, lines]) => itemOf(orderId, lines, mapping)));
}

/** The rows of the file, whose own faults are told in words: it is not there, or a line is no row. */
async function* rowsOf(path: string, delimiter: string): AsyncGenerator<Row> {
  const file = createReadStream(path);
  const rows = parse({ bom: true, columns: true, delimiter, trim: true, skip_empty_lines: true });
  file.on('error', (error) => rows.destroy(error));
  try {
    yield* file.pipe(rows) as AsyncIterable<Row>;
  } catch (cause) {
    const { message } = cause as Error;
    throw invalid(
      'file',
      message,
      'It is a delimited file with a head; compare the mapping and its delimiter.',
    );
  } finally {
    file.destroy();
  }
}

const invalid = (field: string, problem: string, cure: string) =>
  new ApplianceError('INT_INVALID', { field, problem, cure });

function checkColumns(row: Row, { columns }: ReplayMapping): void {
  const missing = Object.values(columns).find((name) => !(name in row));
  if (missing === undefined) return;
  const known = Object.keys(row).join(', ');
  throw invalid(
    'columns',
    `the file has no column "${missing}"`,
    `It has: ${known}. Compare the mapping and its delimiter.`,
  );
}

function itemOf(orderId: string, rows: readonly Row[], mapping: ReplayMapping): ReplayItem {
  const [first = {}] = rows;
  const atMs =
    mapping.columns.time === undefined ? 0 : timeOf(first[mapping.columns.time] ?? '', mapping.timeFormat);
  const prefix = mapping.cancelPrefix;
  if (prefix !== undefined && orderId.startsWith(prefix)) {
    return { kind: 'cancel', atMs, orderId: orderId.slice(prefix.length) };
  }
  const { customer, destination, priority } = mapping.columns;
  const order = {
    orderId,
    lines: rows.map((row) => lineOf(row, mapping)),
    ...given('customer', customer && first[customer]),
    ...given('destination', destination && first[destination]),
    ...given('priority', priority && first[priority] ? numberOf(first[priority], mapping) : undefined),
  };
  return { kind: 'order', atMs, orderId, order };
}

function lineOf(row: Row, mapping: ReplayMapping): Record<string, unknown> {
  const { sku, quantity, description } = mapping.columns;
  return {
    sku: row[sku],
    quantity: numberOf(row[quantity] ?? '', mapping),
    ...given('description', description && row[description]),
  };
}

const given = (name: string, value: unknown): Record<string, unknown> =>
  value === undefined || value === '' ? {} : { [name]: value };

/** What is no number stays text, for the intake to name. */
function numberOf(text: string, { decimalComma }: ReplayMapping): number | string {
  const parsed = Number(decimalComma ? text.replaceAll('.', '').replace(',', '.') : text);
  return text === '' || Number.isNaN(parsed) ? text : parsed;
}

function timeOf(text: string, format: ReplayMapping['timeFormat']): number {
  if (format === 'iso') {
    const parsed = Date.parse(text);
    if (!Number.isNaN(parsed)) return parsed;
  } else {
    const match = /^(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})[ T](\d{1,2}):(\d{2})(?::(\d{2}))?$/.exec(text);
    if (match !== null) {
      const [a = 0, b = 0, year = 0, hour = 0, minute = 0, second = 0] = match
        .slice(1)
        .map((part) => Number(part ?? 0));
      const [day, month] = format === 'day-first' ? [a, b] : [b, a];
      return Date.UTC(year, month - 1, day, hour, minute, second);
    }
  }
  throw invalid(
    'time',
    `"${text}" is no ${format} time`,
    'Set timeFormat of the mapping to iso, day-first or month-first.',
  );
}

function inTime(items: readonly ReplayItem[]): readonly ReplayItem[] {
  const sorted = [...items].sort((a, b) => a.atMs - b.atMs);
  const startMs = sorted[0]?.atMs ?? 0;
  return sorted.map((item) => ({ ...item, atMs: item.atMs - startMs }));
}
