import { ApplianceError } from '#contracts/errors.ts';
import type { TableMapping } from '#contracts/site-file.ts';

export type Row = Readonly<Record<string, unknown>>;

/**
 * Maps one row of a foreign table to what the intake checks as a work order.
 *
 * Errors: INT_INVALID when a mapped column is missing or the lines cannot be read.
 */
export function orderFromRow(row: Row, mapping: TableMapping): Record<string, unknown> {
  const orderId = column(row, mapping.orderId, 'orderId', mapping.table);
  const optional = (name: string | undefined) => (name === undefined ? undefined : (row[name] ?? undefined));
  const customer = optional(mapping.customer);
  const destination = optional(mapping.destination);
  const priority = optional(mapping.priority);
  return {
    orderId: String(orderId),
    lines: linesOf(row, mapping),
    ...(customer === undefined ? {} : { customer: String(customer) }),
    ...(destination === undefined ? {} : { destination: String(destination) }),
    ...(priority === undefined ? {} : { priority: number(priority) }),
  };
}

function linesOf(row: Row, mapping: TableMapping): readonly Record<string, unknown>[] {
  if (mapping.lines === undefined) return [line(row, mapping)];
  const written = column(row, mapping.lines, 'lines', mapping.table);
  const parsed = typeof written === 'string' ? parseLines(written, mapping.lines) : written;
  if (!Array.isArray(parsed)) {
    throw new ApplianceError('INT_INVALID', {
      field: mapping.lines,
      problem: 'is no array of lines',
      cure: 'Compare "lines" of the mapping in the site file with the table.',
    });
  }
  return parsed.map((item: unknown) => line((item ?? {}) as Row, mapping));
}

function parseLines(text: string, field: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new ApplianceError(
      'INT_INVALID',
      { field, problem: 'is no JSON', cure: 'The column holds a JSON array of lines.' },
      { cause },
    );
  }
}

function line(row: Row, mapping: TableMapping): Record<string, unknown> {
  const description = mapping.description === undefined ? undefined : row[mapping.description];
  return {
    sku: String(column(row, mapping.sku, 'sku', mapping.table)),
    quantity: number(column(row, mapping.quantity, 'quantity', mapping.table)),
    ...(description === undefined || description === null ? {} : { description: String(description) }),
  };
}

function column(row: Row, name: string, role: string, table: string): unknown {
  const value = row[name];
  if (value !== undefined && value !== null && value !== '') return value;
  throw new ApplianceError('INT_INVALID', {
    field: name,
    problem: `is missing in a row of ${table}`,
    cure: `The mapping takes "${role}" from it; compare the mapping in the site file with the table.`,
  });
}

/** Databases send decimals as text; what is no number goes on as it is, for the order check to name. */
function number(value: unknown): unknown {
  if (typeof value !== 'string' || value.trim() === '') return value;
  const parsed = Number(value);
  return Number.isNaN(parsed) ? value : parsed;
}
