import { Option } from 'commander';

export const DEFAULT_DATA_DIR = '.holdfast/site';

export const dataOption = () =>
  new Option('--data <dir>', 'data folder of the site').default(DEFAULT_DATA_DIR).env('HOLDFAST_DATA');
export const jsonOption = () => new Option('--json', 'print JSON for programs');

/** Prints for a program or for a person. */
export function print(json: boolean | undefined, value: unknown, text: () => string): void {
  console.log(json === true ? JSON.stringify(value) : text());
}

/** Rows as columns of one width; the first row is the head. */
export function table(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) =>
    Math.max(...rows.map((row) => (row[column] ?? '').length)),
  );
  return rows
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}
