import { ApplianceError } from '#contracts/errors.ts';
import type { TableMapping } from '#contracts/site-file.ts';
import { orderFromRow, type Row } from './row.ts';

/** What a change event asks for. A tombstone and a heartbeat ask for nothing. */
export type Change =
  | { readonly kind: 'order'; readonly table: string; readonly order: Record<string, unknown> }
  | { readonly kind: 'cancel'; readonly table: string; readonly orderId: string }
  | { readonly kind: 'nothing' };

const invalid = (field: string, problem: string) =>
  new ApplianceError('INT_INVALID', {
    field,
    problem,
    cure: 'Send the envelope as Debezium writes it, with or without its schema part.',
  });

/**
 * Reads a Debezium change event: JSON converter, with or without `schema`.
 *
 * Source: Debezium reference, "PostgreSQL connector, data change events": op is c, u, d, r (snapshot),
 *         t (truncate) or m (message); `after` is null for d, `before` for c and r.
 * Errors: INT_INVALID for what is no envelope, INT_UNMAPPED for a table without mapping.
 */
export function readChange(body: unknown, mappings: readonly TableMapping[]): Change {
  if (body === null) return { kind: 'nothing' };
  if (typeof body !== 'object') throw invalid('body', 'is no object');
  const payload = 'payload' in body ? body.payload : body;
  if (payload === null) return { kind: 'nothing' };
  if (typeof payload !== 'object' || payload === undefined) throw invalid('payload', 'is no object');
  const { op, source, before, after } = payload as Record<string, unknown>;
  if (op === undefined && 'ts_ms' in payload && source === undefined) return { kind: 'nothing' };
  if (typeof op !== 'string') throw invalid('payload.op', 'is missing');
  const table = tableOf(source);
  const mapping = mappings.find((candidate) => candidate.table === table);
  if (mapping === undefined) throw new ApplianceError('INT_UNMAPPED', { what: `table ${table}` });
  switch (op) {
    case 'c':
    case 'r':
    case 'u':
      return { kind: 'order', table, order: orderFromRow(rowOf(after, 'payload.after'), mapping) };
    case 'd': {
      const orderId = rowOf(before, 'payload.before')[mapping.orderId];
      if (orderId === undefined || orderId === null) {
        throw invalid(
          `payload.before.${mapping.orderId}`,
          'is missing; the table needs REPLICA IDENTITY FULL or the id as key',
        );
      }
      return { kind: 'cancel', table, orderId: String(orderId) };
    }
    case 'm':
      return { kind: 'nothing' };
    default:
      throw invalid('payload.op', `"${op}" is not supported`);
  }
}

function tableOf(source: unknown): string {
  const { schema, db, table } = (source ?? {}) as Record<string, unknown>;
  if (typeof table !== 'string') throw invalid('payload.source.table', 'is missing');
  // MySQL has no schema; its database stands in the same place.
  const owner = typeof schema === 'string' && schema !== '' ? schema : db;
  return typeof owner === 'string' ? `${owner}.${table}` : table;
}

function rowOf(value: unknown, field: string): Row {
  if (value === null || typeof value !== 'object') throw invalid(field, 'is no row');
  return value as Row;
}
