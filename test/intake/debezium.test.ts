import { describe, expect, test } from 'vitest';
import { readChange } from '../../appliance/intake/index.ts';

const mappings = [
  {
    table: 'public.work_orders',
    orderId: 'order_no',
    lines: 'lines',
    sku: 'article',
    quantity: 'qty',
    customer: 'customer_no',
    priority: 'prio',
  },
  { table: 'wms.picks', orderId: 'id', sku: 'sku', quantity: 'qty' },
];
const source = { connector: 'postgresql', db: 'wms', schema: 'public', table: 'work_orders', lsn: 24023128 };
const row = {
  order_no: 4711,
  customer_no: 'C-9',
  prio: '3',
  lines: '[{"article":"MUG","qty":"2"},{"article":"PEN","qty":10}]',
};
const order = {
  orderId: '4711',
  customer: 'C-9',
  priority: 3,
  lines: [
    { sku: 'MUG', quantity: 2 },
    { sku: 'PEN', quantity: 10 },
  ],
};

describe('a Debezium change event', () => {
  test.each([
    [
      'a created row, with schema',
      { schema: {}, payload: { before: null, after: row, source, op: 'c', ts_ms: 1 } },
    ],
    ['a created row, without schema', { before: null, after: row, source, op: 'c', ts_ms: 1 }],
    ['a row of the snapshot', { before: null, after: row, source, op: 'r' }],
    ['a changed row', { before: row, after: row, source, op: 'u' }],
  ])('%s is an order', (_, body) => {
    expect(readChange(body, mappings)).toEqual({ kind: 'order', table: 'public.work_orders', order });
  });

  test('a row may be its own line, and MySQL names its database', () => {
    const body = { after: { id: 'A', sku: 'MUG', qty: 1 }, source: { db: 'wms', table: 'picks' }, op: 'c' };
    expect(readChange(body, mappings)).toMatchObject({
      order: { orderId: 'A', lines: [{ sku: 'MUG', quantity: 1 }] },
    });
  });

  test('a deleted row cancels', () => {
    expect(readChange({ before: row, after: null, source, op: 'd' }, mappings)).toEqual({
      kind: 'cancel',
      table: 'public.work_orders',
      orderId: '4711',
    });
  });

  test.each([
    ['a tombstone', null],
    ['a tombstone in its envelope', { schema: null, payload: null }],
    ['a heartbeat', { ts_ms: 1700000000000 }],
  ])('%s asks for nothing', (_, body) => {
    expect(readChange(body, mappings)).toEqual({ kind: 'nothing' });
  });

  test.each([
    [
      'an unmapped table',
      { after: row, source: { ...source, table: 'invoices' }, op: 'c' },
      /No mapping for table public\.invoices/,
    ],
    [
      'a missing column',
      { after: { ...row, lines: undefined }, source, op: 'c' },
      /lines: is missing in a row of public\.work_orders/,
    ],
    ['lines that are no JSON', { after: { ...row, lines: '[{' }, source, op: 'c' }, /lines: is no JSON/],
    ['lines that are no list', { after: { ...row, lines: '{}' }, source, op: 'c' }, /lines: is no array/],
    ['no operation', { after: row, source }, /payload\.op: is missing/],
    ['an unknown operation', { after: row, source, op: 't' }, /"t" is not supported/],
    ['no source', { after: row, op: 'c' }, /payload\.source\.table: is missing/],
    ['a row that is text', { after: 'x', source, op: 'c' }, /payload\.after: is no row/],
    ['words', 'hello', /body: is no object/],
    ['a deletion without its key', { before: {}, source, op: 'd' }, /REPLICA IDENTITY/],
  ])('%s is refused by name', (_, body, message) => {
    expect(() => readChange(body, mappings)).toThrow(message);
  });
});
