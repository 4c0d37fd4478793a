import {
  type Alias,
  type Document,
  isCollection,
  isMap,
  isPair,
  isScalar,
  type LineCounter,
  type Node,
  visit,
} from 'yaml';

export interface Place {
  readonly line: number;
  readonly column: number;
}

export type Path = readonly (string | number)[];

/** JSON pointer to path; array indexes become numbers. */
export function pathOf(pointer: string): Path {
  if (pointer === '') return [];
  return pointer
    .slice(1)
    .split('/')
    .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'))
    .map((part) => (/^\d+$/.test(part) ? Number(part) : part));
}

/** `devices[2].connection.host`, as a person would write it. */
export const pathText = (path: Path): string =>
  path
    .map((part, index) => (typeof part === 'number' ? `[${part}]` : index === 0 ? part : `.${part}`))
    .join('');

/**
 * Where a path stands in the file. With `key`, the place of the key rather than of its value. A path that is
 * not in the file (a missing entry) gives its nearest ancestor.
 */
export function placeOf(document: Document, lines: LineCounter, path: Path, key = false): Place {
  const parent = path.length > 0 ? document.getIn(path.slice(0, -1), true) : undefined;
  if (key && isMap(parent)) {
    const pair = parent.items.find(
      (item) => isPair(item) && isScalar(item.key) && item.key.value === path.at(-1),
    );
    if (pair !== undefined && isScalar(pair.key) && pair.key.range) return place(lines, pair.key.range[0]);
  }
  for (let depth = path.length; depth >= 0; depth -= 1) {
    const node = (depth === 0 ? document.contents : document.getIn(path.slice(0, depth), true)) as
      | Node
      | undefined;
    if (node?.range) return place(lines, node.range[0]);
  }
  return { line: 1, column: 1 };
}

function place(lines: LineCounter, at: number): Place {
  const { line, col } = lines.linePos(at);
  return { line, column: col };
}

// A few lines of aliases that name each other could otherwise grow into a mountain.
const ALIASES_MAX = 100;

export type PlainValue =
  | { readonly value: unknown }
  | { readonly place: Place; readonly problem: string; readonly cure: string };

/** What a document says, without its YAML; or the alias that cannot be followed. */
export function plainValue(document: Document, lines: LineCounter): PlainValue {
  const aliases = aliasesOf(document);
  const fault = (alias: Alias | undefined, reason: string): PlainValue => ({
    place: alias?.range ? place(lines, alias.range[0]) : { line: 1, column: 1 },
    problem: `an alias cannot be followed: ${reason}`,
    cure: `Write out what the alias stands for; an alias is used ${ALIASES_MAX} times at most.`,
  });
  const endless = aliases.find(({ alias: { source }, parents }) =>
    parents.some((parent) => isCollection(parent) && parent.anchor === source),
  );
  if (endless !== undefined) return fault(endless.alias, 'it is a part of what it stands for');
  try {
    return { value: document.toJS({ maxAliasCount: ALIASES_MAX }) };
  } catch (error) {
    if (!(error instanceof ReferenceError)) throw error;
    const nameless = aliases.find(({ alias }) => alias.resolve(document) === undefined);
    // Else it is their number, and what grew out of the others is named last.
    return fault((nameless ?? aliases.at(-1))?.alias, error.message);
  }
}

function aliasesOf(document: Document) {
  const found: { readonly alias: Alias; readonly parents: readonly unknown[] }[] = [];
  visit(document, { Alias: (_, alias, parents) => void found.push({ alias, parents }) });
  return found;
}
