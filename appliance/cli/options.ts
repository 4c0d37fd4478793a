import { readFileSync } from 'node:fs';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { CliError, EXIT } from './exit.ts';

export const DEFAULT_DATA_DIR = '.holdfast/site';

export const dataOption = () =>
  new Option('--data <dir>', 'data folder of the site').default(DEFAULT_DATA_DIR).env('HOLDFAST_DATA');
export const jsonOption = () => new Option('--json', 'print JSON for programs');

/** What every command that asks the running site takes. */
export interface Common {
  readonly data: string;
  readonly json?: boolean;
}
export const common = (command: Command): Command => command.addOption(dataOption()).addOption(jsonOption());

/** A count: 1 or more. */
export function count(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1) throw new InvalidArgumentError('It is a whole number above 0.');
  return value;
}

/** A moment, as the API takes it. A date alone is its midnight in UTC. */
export function moment(text: string): string {
  const ms = Date.parse(text);
  if (Number.isNaN(ms)) throw new InvalidArgumentError('It is a time such as 2026-03-01T06:00:00Z.');
  return new Date(ms).toISOString();
}

/** JSON on the command line; `example` shows what it may look like. */
export const jsonArgument =
  (example: string) =>
  (text: string): unknown => {
    try {
      return JSON.parse(text) as unknown;
    } catch {
      throw new InvalidArgumentError(`It is JSON in single quotes, such as '${example}'.`);
    }
  };

/** How the hash of a version begins. */
export function hashStart(text: string): string {
  if (!/^[0-9a-f]{6,64}$/.test(text)) {
    throw new InvalidArgumentError(
      'It is at least the first six of 0-9 and a-f; "holdfast saga versions" lists them.',
    );
  }
  return text;
}

/** What stands in a file that was named. Errors: a CliError that says which one cannot be read. */
export function readNamed(file: string, hint: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (cause) {
    throw new CliError(`${file} cannot be read: ${(cause as Error).message}`, hint, EXIT.usage);
  }
}

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
