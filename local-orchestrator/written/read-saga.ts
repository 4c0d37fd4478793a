import { type Document, LineCounter, parseDocument } from 'yaml';
import { ApplianceError } from '#contracts/errors.ts';
import type { Json, SagaDefinition, SagaNode } from '#contracts/sagas.ts';
import { suggest } from '#contracts/suggest.ts';
import { type Path, type Place, pathText, placeOf, plainValue } from '#contracts/yaml-place.ts';
import type { Catalogue } from '../definition/catalogue.ts';
import { findings } from '../definition/findings.ts';
import { type JsonObject, type Reader, readFields } from './fields.ts';
import { impliedJoin } from './layout.ts';
import { headFields, nodeForms } from './node-fields.ts';

/** A mistake as a technician reads it; lines and columns begin at 1. `path` is like `steps[2].retry.first`. */
export interface SagaMistake extends Place {
  readonly path: string;
  readonly problem: string;
  readonly cure: string;
}

export type ReadSaga =
  | { readonly ok: true; readonly definition: SagaDefinition }
  | { readonly ok: false; readonly mistakes: readonly SagaMistake[] };

const SAGA_FILE_BYTES_MAX = 1024 * 1024;
const DEPTH_MAX = 64;

/**
 * Reads a saga that was written as YAML, and checks it like any other definition.
 *
 * Errors: none; mistakes come back by line, all that were found, in the order of the file.
 */
export function readSaga(text: string, catalogue?: Catalogue): ReadSaga {
  if (text.length > SAGA_FILE_BYTES_MAX) {
    const problem = `the file is larger than ${SAGA_FILE_BYTES_MAX} bytes`;
    return refused([{ line: 1, column: 1, path: '', problem, cure: 'Make children of parts of it.' }]);
  }
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, uniqueKeys: true });
  if (document.errors.length > 0) {
    return refused(
      document.errors.map((error) => {
        const { line, col } = lines.linePos(error.pos[0]);
        const cure = 'Compare the indentation and the quotes of this line with the one above.';
        return { line, column: col, path: '', problem: error.message, cure };
      }),
    );
  }
  const sheet = new ReadingSheet(document, lines, catalogue);
  const plain = plainValue(document, lines);
  if (!('value' in plain)) {
    const { place, problem, cure } = plain;
    return refused([{ ...place, path: '', problem, cure }]);
  }
  const definition = sheet.read((plain.value ?? {}) as Json);
  if (sheet.mistakes.length === 0) {
    for (const { path, problem, cure } of findings(definition, catalogue)) {
      sheet.found(path, problem, cure);
    }
  }
  if (sheet.mistakes.length === 0) return { ok: true, definition };
  return refused(sheet.mistakes.toSorted((a, b) => a.line - b.line || a.column - b.column));
}

const refused = (mistakes: readonly SagaMistake[]): ReadSaga => ({ ok: false, mistakes });

/** Errors: SAGA_FILE_INVALID with the first mistake. */
export function parseSaga(text: string, file: string, catalogue?: Catalogue): SagaDefinition {
  const read = readSaga(text, catalogue);
  if (read.ok) return read.definition;
  throw new ApplianceError('SAGA_FILE_INVALID', { file, ...read.mistakes[0] });
}

const forms = Object.entries(nodeForms) as [SagaNode['kind'], (typeof nodeForms)[SagaNode['kind']]][];
const kindKeys = forms.map(([, { key }]) => key);

/** One file while it is read: nodes by their ids, and where everything stood. */
class ReadingSheet {
  readonly mistakes: SagaMistake[] = [];
  readonly #nodes = new Map<string, JsonObject>();
  readonly #places = new Map<string, Path>();
  readonly #document: Document;
  readonly #lines: LineCounter;
  readonly #catalogue: Catalogue | undefined;
  #depth = 0;

  constructor(document: Document, lines: LineCounter, catalogue: Catalogue | undefined) {
    this.#document = document;
    this.#lines = lines;
    this.#catalogue = catalogue;
  }

  read(written: Json): SagaDefinition {
    const head = readFields(headFields, written, this.#around(null, ''), [], [], ['steps']);
    const steps = (written as JsonObject | null)?.steps;
    if (!Array.isArray(steps) || steps.length === 0) {
      this.#mistake(
        ['steps'],
        'there are no steps',
        'Add steps:, and each step below with "- step: its-name".',
      );
    }
    const start = this.#block(steps ?? [], ['steps'], null);
    this.#addJoins();
    return { format: 1, ...head, start, nodes: Object.fromEntries(this.#nodes) } as unknown as SagaDefinition;
  }

  /** A finding about the definition, at the place that it was read from. */
  found(data: Path, problem: string, cure: string): void {
    for (let depth = data.length; depth >= 0; depth -= 1) {
      const place = this.#places.get(JSON.stringify(data.slice(0, depth)));
      if (place === undefined) continue;
      this.#mistake([...place, ...data.slice(depth)], problem, cure);
      return;
    }
    this.#mistake([], problem, cure);
  }

  #mistake(at: Path, problem: string, cure: string, atKey = false): void {
    const place = placeOf(this.#document, this.#lines, at, atKey);
    this.mistakes.push({ ...place, path: pathText(at), problem, cure });
  }

  #around(following: string | null, join: string): Reader {
    return {
      following,
      join,
      catalogue: this.#catalogue,
      block: (written, at, next) => this.#block(written, at, next),
      place: (data, at) => void this.#places.set(JSON.stringify(data), at),
      mistake: (...mistake) => this.#mistake(...mistake),
    };
  }

  /** Reads a list of steps; returns the first, or what follows when there is none. */
  #block(written: Json, at: Path, following: string | null): string | null {
    const items = Array.isArray(written) ? (written as readonly Json[]) : [];
    if (this.#depth >= DEPTH_MAX) {
      this.#mistake(at, `more than ${DEPTH_MAX} lists within one another`, 'Name steps, and lead to them.');
      return following;
    }
    this.#depth += 1;
    const named = items.map((item, index) => this.#nameOf(item, [...at, index]));
    for (const [index, name] of named.entries()) {
      if (name === null) continue;
      const next = named.slice(index + 1).find((one) => one !== null)?.id ?? following;
      const { key, fields } = nodeForms[name.kind];
      const around = this.#around(next, impliedJoin(name.id));
      const data = ['nodes', name.id];
      const node = readFields(fields, items[index] ?? null, around, [...at, index], data, [key]);
      this.#nodes.set(name.id, { kind: name.kind, ...node });
    }
    this.#depth -= 1;
    return named.find((one) => one !== null)?.id ?? following;
  }

  /** The kind of an entry and the id it gives, such as `step: reserve`. */
  #nameOf(item: Json, at: Path): { kind: SagaNode['kind']; id: string } | null {
    const entries =
      typeof item === 'object' && item !== null && !Array.isArray(item) ? (item as JsonObject) : {};
    const [kind, form] = forms.find(([, { key }]) => Object.hasOwn(entries, key)) ?? [];
    if (kind === undefined || form === undefined) {
      const first = Object.keys(entries)[0];
      const meant = first === undefined ? undefined : suggest(first, kindKeys);
      const cure =
        meant === undefined ? `Begin it with one of: ${kindKeys.join(', ')}.` : `Did you mean "${meant}"?`;
      this.#mistake(at, 'does not say what it is', cure);
      return null;
    }
    const id = entries[form.key];
    if (typeof id !== 'string') {
      this.#mistake([...at, form.key], `${JSON.stringify(id)} is no name`, 'Write a name in quotes.');
      return null;
    }
    if (this.#nodes.has(id)) {
      this.#mistake([...at, form.key], `two steps are called ${id}`, 'Call one of them something else.');
      return null;
    }
    // Taken at once: a block within may not take it again.
    this.#nodes.set(id, {});
    this.#places.set(JSON.stringify(['nodes', id]), at);
    return { kind, id };
  }

  /** Ways that end without a word end in the join of their group. */
  #addJoins(): void {
    const wanted = new Set<Json>();
    for (const node of this.#nodes.values()) for (const id of stringsIn(node)) wanted.add(id);
    for (const [id, { kind }] of [...this.#nodes]) {
      const join = impliedJoin(id);
      const isGroup = kind === 'parallel' || kind === 'each' || kind === 'loop';
      if (isGroup && wanted.has(join) && !this.#nodes.has(join)) {
        this.#nodes.set(join, { kind: 'join', of: id });
        const place = this.#places.get(JSON.stringify(['nodes', id]));
        if (place !== undefined) this.#places.set(JSON.stringify(['nodes', join]), place);
      }
    }
  }
}

function* stringsIn(value: Json | undefined): Generator<string> {
  if (typeof value === 'string') yield value;
  else if (typeof value === 'object' && value !== null) {
    for (const member of Object.values(value)) yield* stringsIn(member);
  }
}
