import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ApplianceError } from '#contracts/errors.ts';
import type { SagaDefinition } from '#contracts/sagas.ts';
import type { Catalogue } from '../definition/catalogue.ts';
import { parseSaga } from './read-saga.ts';

/** Files of one folder; more is most likely the wrong folder. */
const FILES_MAX = 500;

/**
 * Reads every saga of a folder, `*.yaml`, in the order of their names. Without the folder there are none. They may
 * begin one another, whatever the order.
 *
 * Errors: SAGA_FILE_INVALID when one is wrong or two have the same name. Nothing of a broken folder is used.
 */
export function readSagaFolder(path: string, catalogue: Catalogue): readonly SagaDefinition[] {
  const files = filesOf(path);
  // What they call one another is known when all are read; the rest is compared at once.
  const { sagas: others, ...found } = catalogue;
  const texts = files.map((file) => ({ file, text: readFileSync(join(path, file), 'utf8') }));
  const read = texts.map(({ file, text }) => parseSaga(text, file, found));
  const names = [...(others ?? []), ...read].map(({ name }) => name);
  const twice = read.findIndex(({ name }, index) => names.indexOf(name) < names.length - read.length + index);
  if (twice >= 0) {
    const problem = `there is a saga ${read[twice]?.name} already`;
    const mistake = { line: 1, column: 1, problem, cure: 'Give it another name.' };
    throw new ApplianceError('SAGA_FILE_INVALID', { file: String(files[twice]), ...mistake });
  }
  const whole = others === undefined ? found : { ...found, sagas: [...others, ...read] };
  return texts.map(({ file, text }) => parseSaga(text, file, whole));
}

function filesOf(path: string): string[] {
  let files: string[];
  try {
    files = readdirSync(path).filter((file) => /\.ya?ml$/.test(file));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
  if (files.length > FILES_MAX) {
    const problem = `more than ${FILES_MAX} files`;
    const cure = 'Keep only the sagas of this site in the folder.';
    throw new ApplianceError('SAGA_FILE_INVALID', { file: path, line: 1, column: 1, problem, cure });
  }
  return files.toSorted();
}
