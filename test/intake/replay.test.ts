import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { loadReplayMapping, readReplay } from '../../appliance/intake/index.ts';

const real = new URL('../../../shared/data/orders/online-retail-10k.csv', import.meta.url).pathname;
const retailMapping = `delimiter: ';'
decimalComma: true
timeFormat: day-first
cancelPrefix: C
columns:
  { orderId: InvoiceNo, sku: StockCode, quantity: Quantity, time: InvoiceDate, description: Description, customer: CustomerID }
`;

let dir = '';
const file = (name: string, text: string) => {
  const path = join(dir, name);
  writeFileSync(path, text);
  return path;
};
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'replay-'));
});
afterAll(() => rmSync(dir, { recursive: true, force: true }));

describe('a replayed file', () => {
  test('gives orders with their lines, in time, from the first of them', async () => {
    const mapping = loadReplayMapping(file('m.yaml', retailMapping));
    const csv = file(
      'a.csv',
      '\uFEFFInvoiceNo;StockCode;Description;Quantity;InvoiceDate;UnitPrice;CustomerID;Country\n' +
        'A2;X;"LAMP; RED";1.000;1/12/2010 08:30;2,55;;UK\n' +
        'A1;85123A;HEART ;6;1/12/2010 08:26;2,55;17850;UK\n' +
        'A2;Y;;-2;1/12/2010 08:30;1;;UK\n' +
        'CA1;85123A;HEART;-6;2/12/2010 08:26;2,55;17850;UK\n',
    );
    expect(await readReplay(csv, mapping)).toEqual([
      {
        kind: 'order',
        atMs: 0,
        orderId: 'A1',
        order: {
          orderId: 'A1',
          customer: '17850',
          lines: [{ sku: '85123A', quantity: 6, description: 'HEART' }],
        },
      },
      {
        kind: 'order',
        atMs: 240_000,
        orderId: 'A2',
        order: {
          orderId: 'A2',
          lines: [
            { sku: 'X', quantity: 1000, description: 'LAMP; RED' },
            { sku: 'Y', quantity: -2 },
          ],
        },
      },
      { kind: 'cancel', atMs: 86_400_000, orderId: 'A1' },
    ]);
  });

  test('names a column that is not there, a time it cannot read, a mapping with a typo', async () => {
    const mapping = loadReplayMapping(file('m.yaml', retailMapping));
    await expect(readReplay(file('b.csv', 'InvoiceNo,StockCode\n1,2\n'), mapping)).rejects.toThrow(
      /no column/,
    );
    const badTime = file(
      'c.csv',
      'InvoiceNo;StockCode;Description;Quantity;InvoiceDate;CustomerID\n1;2;;3;soon;4\n',
    );
    await expect(readReplay(badTime, mapping)).rejects.toThrow(/"soon" is no day-first time/);
    expect(() => loadReplayMapping(file('n.yaml', retailMapping.replace('delimiter', 'delimeter')))).toThrow(
      /delimeter/,
    );
    expect(() => loadReplayMapping(join(dir, 'none.yaml'))).toThrow(/none\.yaml/);
  });

  test.runIf(existsSync(real))('reads a real wholesaler as it is', async () => {
    const items = await readReplay(real, loadReplayMapping(file('m.yaml', retailMapping)));
    expect(items.length).toBe(512);
    expect(items.filter((item) => item.kind === 'cancel').length).toBe(43);
    const lines = items.flatMap((item) => (item.kind === 'order' ? (item.order.lines as unknown[]) : []));
    expect(
      Math.max(...items.map((item) => (item.kind === 'order' ? (item.order.lines as unknown[]).length : 0))),
    ).toBe(593);
    expect(lines.length).toBeGreaterThan(9_000);
    expect(items.every((item, index) => item.atMs >= (items[index - 1]?.atMs ?? 0))).toBe(true);
  });
});
