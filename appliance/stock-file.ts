import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { parse } from 'csv-parse/sync';
import { ApplianceError } from '#contracts/errors.ts';
import type { SiteFile } from '#contracts/site-file.ts';

/** What lies where at the first start. */
export interface StockRow {
  readonly sku: string;
  readonly place: string;
  readonly quantity: number;
}

export const STOCK_ROWS_MAX = 1_000_000;
const SKU_CHARS_MAX = 64;
const COLUMNS = 'Columns are sku, place, quantity.';

/**
 * The stock of the site file and of the CSV it may name (`sku,place,quantity`).
 *
 * Errors: CFG_INVALID with the line of the CSV.
 */
export function readStock(siteFile: SiteFile, sitePath: string): readonly StockRow[] {
  const { inventory, inventoryFile } = siteFile;
  if (inventoryFile === undefined) return inventory;
  const places = new Set(siteFile.places.map((place) => place.id));
  return [...inventory, ...readCsv(resolve(dirname(sitePath), inventoryFile), inventoryFile, places)];
}

function readCsv(path: string, name: string, places: ReadonlySet<string>): StockRow[] {
  const wrong: Wrong = (line, problem, cure) =>
    new ApplianceError('CFG_INVALID', { file: name, line, column: 1, path: 'inventoryFile', problem, cure });
  return readRows(path, wrong).map(({ record, info }) => {
    const { sku = '', place = '', quantity = '' } = record;
    if (sku === '') throw wrong(info.lines, 'the sku is missing', COLUMNS);
    if (sku.length > SKU_CHARS_MAX)
      throw wrong(info.lines, `the sku has more than ${SKU_CHARS_MAX} characters`, COLUMNS);
    if (!places.has(place))
      throw wrong(info.lines, `there is no place "${place}"`, 'Add it to places, or correct it.');
    if (!/^\d{1,9}$/.test(quantity))
      throw wrong(info.lines, `"${quantity}" is no quantity`, 'Write a whole number of pieces.');
    return { sku, place, quantity: Number(quantity) };
  });
}

interface ReadRow {
  readonly record: Readonly<Record<string, string>>;
  /** `lines`: the line of the file that the row ends on. */
  readonly info: { readonly lines: number };
}

type Wrong = (line: number, problem: string, cure: string) => ApplianceError;

function readRows(path: string, wrong: Wrong): readonly ReadRow[] {
  let rows: readonly ReadRow[];
  try {
    rows = parse(readFileSync(path), {
      bom: true,
      columns: true,
      info: true,
      trim: true,
      skip_empty_lines: true,
      // One more than may be, so that too many are noticed.
      to: STOCK_ROWS_MAX + 1,
    }) as unknown as readonly ReadRow[];
  } catch (cause) {
    const { message, lines = 1 } = cause as Error & { lines?: number };
    throw wrong(lines, message, 'It is a CSV with the head sku,place,quantity, beside the site file.');
  }
  if (rows.length > STOCK_ROWS_MAX)
    throw wrong(STOCK_ROWS_MAX + 2, `there are more than ${STOCK_ROWS_MAX} rows`, 'Leave out empty places.');
  return rows;
}
