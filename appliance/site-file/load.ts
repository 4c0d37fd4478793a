import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { LineCounter, parseDocument } from 'yaml';
import { ApplianceError } from '#contracts/errors.ts';
import type { SiteFile } from '#contracts/site-file.ts';
import { type Place, pathText, placeOf, plainValue } from '#contracts/yaml-place.ts';
import { meaningMistakes } from './meaning.ts';
import type { Mistake } from './mistake.ts';
import { shapeMistakes, withDefaults } from './shape.ts';

/** A mistake as a technician reads it. `path` is like `devices[2].connection.host`. */
export interface SiteFileMistake extends Place {
  readonly path: string;
  readonly problem: string;
  readonly cure: string;
}

/** The first mistake is the message; all of them are in `mistakes`, in the order of the file. */
export class SiteFileError extends ApplianceError {
  readonly mistakes: readonly SiteFileMistake[];

  constructor(file: string, mistakes: readonly SiteFileMistake[]) {
    super('CFG_INVALID', { file, ...mistakes[0] });
    this.mistakes = mistakes;
  }
}

const SITE_FILE_BYTES_MAX = 4 * 1024 * 1024;

/** Compares a file that is right by itself with what lies beside it. */
export type FurtherCheck = (file: SiteFile) => readonly Mistake[];

/**
 * Reads and checks a site file; defaults are filled in.
 *
 * Errors: CFG_NOT_FOUND, CFG_UNREADABLE; CFG_INVALID as `SiteFileError`, with every mistake found; those of `further`.
 */
export function loadSiteFile(path: string, further?: FurtherCheck): SiteFile {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException;
    if (code === 'ENOENT') throw new ApplianceError('CFG_NOT_FOUND', { file: path }, { cause });
    throw new ApplianceError('CFG_UNREADABLE', { file: path, reason: message }, { cause });
  }
  return parseSiteFile(text, basename(path), further);
}

export function parseSiteFile(text: string, name: string, further: FurtherCheck = () => []): SiteFile {
  if (text.length > SITE_FILE_BYTES_MAX) {
    const problem = `the file is larger than ${SITE_FILE_BYTES_MAX} bytes`;
    throw new SiteFileError(name, [
      { line: 1, column: 1, path: '', problem, cure: 'Move the stock into inventoryFile.' },
    ]);
  }
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, uniqueKeys: true });
  if (document.errors.length > 0) {
    throw new SiteFileError(
      name,
      document.errors.map((error) => {
        const { line, col } = lines.linePos(error.pos[0]);
        return { line, column: col, path: '', problem: error.message, cure: yamlCure(error.code) };
      }),
    );
  }
  const written = plainValue(document, lines);
  if (!('value' in written)) {
    const { place, problem, cure } = written;
    throw new SiteFileError(name, [{ ...place, path: '', problem, cure }]);
  }
  const value = withDefaults(written.value ?? {});
  const shape = shapeMistakes(value);
  const found = [...shape, ...meaningMistakes(value, shape)];
  const mistakes = found.length > 0 ? found : further(value as SiteFile);
  if (mistakes.length > 0) {
    const placed = mistakes.map((mistake) => ({ ...toPlace(mistake), ...toWords(mistake) }));
    throw new SiteFileError(
      name,
      placed.sort((a, b) => a.line - b.line || a.column - b.column),
    );
  }
  return value as SiteFile;

  function toPlace(mistake: Mistake): Place {
    return placeOf(document, lines, mistake.path, mistake.atKey);
  }
}

const toWords = ({ path, problem, cure }: Mistake) => ({ path: pathText(path), problem, cure });

function yamlCure(code: string): string {
  if (code === 'DUPLICATE_KEY') return 'Keep one of the two entries.';
  if (code === 'TAB_AS_INDENT') return 'Indent with spaces.';
  if (code === 'BAD_INDENT') return 'Entries of one list or group start in the same column.';
  return 'Compare the indentation and the quotes of this line with the one above.';
}

/** The mistakes as lines of text, for a terminal. */
export function describeMistakes(file: string, error: SiteFileError): string {
  return error.mistakes
    .map(
      ({ line, column, path, problem, cure }) =>
        `${file}:${line}:${column} ${path}${path ? ': ' : ''}${problem}\n    ${cure}`,
    )
    .join('\n');
}
