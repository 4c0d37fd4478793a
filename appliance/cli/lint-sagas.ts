import {
  type Catalogue,
  definitionHash,
  readSaga,
  type SagaMistake,
} from '../../local-orchestrator/index.ts';

/** What became of one file. A saga that cannot be read has no name and no hash. */
export interface Linted {
  readonly file: string;
  readonly name: string | null;
  readonly hash: string | null;
  readonly mistakes: readonly SagaMistake[];
}

/** Every mistake of every file. They may begin one another, whatever the order. */
export function lintSagas(
  texts: readonly { readonly file: string; readonly text: string }[],
  given: Catalogue,
): readonly Linted[] {
  // Each is read twice: what they call one another is known when all have been read.
  const { sagas: shipped = [], ...rest } = given;
  const others = texts.flatMap(({ text }) => {
    const read = readSaga(text, rest);
    return read.ok ? [read.definition] : [];
  });
  const catalogue = { ...rest, sagas: [...shipped, ...others] };
  return texts.map(({ file, text }): Linted => {
    const read = readSaga(text, catalogue);
    if (!read.ok) return { file, name: null, hash: null, mistakes: read.mistakes };
    const { name } = read.definition;
    const isTaken = catalogue.sagas.filter((one) => one.name === name).length > 1;
    const problem = `there is another saga ${name}`;
    const taken = { line: 1, column: 1, path: 'saga', problem, cure: 'Give it another name.' };
    return { file, name, hash: definitionHash(read.definition), mistakes: isTaken ? [taken] : [] };
  });
}

export interface PlacedMistake {
  readonly file: string;
  readonly line: number;
  readonly column: number;
  /** Like `steps[2].with.target`; absent where a file has no such places. */
  readonly path?: string;
  readonly problem: string;
  readonly cure: string;
}

/** A mistake for a terminal: where, what is wrong, and in a line of its own what to write instead. */
export const mistakeText = ({ file, line, column, path = '', problem, cure }: PlacedMistake): string =>
  `${file}:${line}:${column} ${path}${path === '' ? '' : ': '}${problem}\n    ${cure}`;
