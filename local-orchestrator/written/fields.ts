import type { ActivityRef, Json } from '#contracts/sagas.ts';
import { suggest } from '#contracts/suggest.ts';
import type { Path } from '#contracts/yaml-place.ts';
import { type Catalogue, stepOf } from '../definition/catalogue.ts';
import { durationMs, durationText } from './durations.ts';
import { readExpression, sameJson, writtenExpression } from './expression-text.ts';

export type JsonObject = Readonly<Record<string, Json>>;

/** What stands around a value while a definition is written down. */
export interface Writer {
  /** What comes next when nothing else is said; null at the very end. */
  readonly following: string | null;
  /** Where a way of this node ends when nothing else is said. */
  readonly join: string;
  readonly catalogue: Catalogue | undefined;
  /** A block of its own that begins with this node, if it is written where something leads to it. */
  block(first: string, following: string | null): readonly JsonObject[] | undefined;
}

/** What stands around a value while it is read. */
export interface Reader {
  readonly following: string | null;
  readonly join: string;
  readonly catalogue: Catalogue | undefined;
  /** Reads a block and says which node it begins with. */
  block(written: Json, at: Path, following: string | null): string | null;
  /** Which place of the file a place of the definition was read from. */
  place(data: Path, at: Path): void;
  mistake(at: Path, problem: string, cure: string, atKey?: boolean): void;
}

/** Both ways of one kind of value. What `read` cannot read it reports, and gives anything. */
export interface Codec {
  write(value: Json, writer: Writer): Json | undefined;
  read(written: Json, reader: Reader, at: Path, data: Path): Json | undefined;
}

/** One entry: what it is called in the file and in the definition. */
export interface Field {
  readonly key: string;
  readonly name: string;
  readonly codec: Codec;
  /** What it is when it is left out; without one it is left out of the definition as well. */
  readonly fallback?: Json | ((around: { following: string | null; join: string }, data: JsonObject) => Json);
  readonly required?: true;
}

export const plain: Codec = { write: (value) => value, read: (written) => written };
export const expression: Codec = { write: writtenExpression, read: readExpression };

export const duration: Codec = {
  write: (value) => (typeof value === 'number' ? durationText(value) : value),
  read(written, reader, at) {
    const ms = durationMs(written);
    if (ms === undefined) {
      const cure = 'Write a number and its unit: 500ms, 30s, 15m, 2h or 1d.';
      reader.mistake(at, `${JSON.stringify(written)} is no duration`, cure);
    }
    return ms ?? 1;
  },
};
const NEVER = 'never';
/** null is no time limit. */
export const durationOrNever: Codec = {
  write: (value, writer) => (value === null ? NEVER : duration.write(value, writer)),
  read: (written, ...rest) => (written === NEVER ? null : duration.read(written, ...rest)),
};
/** A duration, or where to find one. */
export const computedDuration: Codec = {
  write: (value) => (typeof value === 'number' ? durationText(value) : writtenExpression(value)),
  read: (written) => durationMs(written) ?? readExpression(written),
};

/** What kind an activity without an entry in the catalogue is taken for. */
const assumed = (name: string, version: number): ActivityRef =>
  /^[A-Z]/.test(name)
    ? { name, version, via: 'command', effect: 'queryable' }
    : { name, version, via: 'local', effect: 'idempotent' };

/** `inventory.reserve@1`, if that says everything; the newest version when none is said. */
export const activity: Codec = {
  write(value, { catalogue }) {
    const ref = value as ActivityRef;
    const known = catalogue === undefined ? undefined : stepOf(catalogue, ref.name, ref.version)?.activity;
    const short =
      SHORT.test(`${ref.name}@${ref.version}`) && sameJson(known ?? assumed(ref.name, ref.version), ref);
    return short ? `${ref.name}@${ref.version}` : value;
  },
  read(written, reader, at) {
    if (typeof written === 'object') return written;
    const [, name, version] = SHORT.exec(String(written)) ?? [];
    if (name === undefined) {
      reader.mistake(
        at,
        `${JSON.stringify(written)} names no step`,
        'Write name@version, as in the catalogue.',
      );
      return undefined;
    }
    const wanted = version === undefined ? undefined : Number(version);
    const known =
      reader.catalogue === undefined ? undefined : stepOf(reader.catalogue, name, wanted)?.activity;
    return known ?? assumed(name, wanted ?? 1);
  },
};
const SHORT = /^([^@\s]+)(?:@([1-9]\d{0,8}))?$/;

/** Where to go on: the id of a node, or a list of steps that comes back to what follows. */
const leadTo = (around: 'following' | 'join'): Codec => ({
  write: (value, writer) => writer.block(String(value), writer[around]) ?? value,
  read(written, reader, at) {
    if (typeof written === 'string') return written;
    if (Array.isArray(written)) return reader.block(written, at, reader[around]) ?? undefined;
    reader.mistake(at, `${JSON.stringify(written)} leads nowhere`, 'Name a step, or write a list of steps.');
    return undefined;
  },
});
export const lead = leadTo('following');
export const wayIn = leadTo('join');

const AMENDS = 'make amends';
const PERSON = 'ask a person';
export const failureLead: Codec = {
  write(value, writer) {
    const leads = value as { do: string; node?: string };
    if (leads.do === 'go') return lead.write(leads.node ?? '', writer);
    return leads.do === 'park' ? PERSON : AMENDS;
  },
  read(written, ...rest) {
    if (written === AMENDS) return { do: 'compensate' };
    if (written === PERSON) return { do: 'park' };
    return { do: 'go', node: lead.read(written, ...rest) ?? '' };
  },
};

/** An entry with entries of its own. */
export const group = (fields: readonly Field[]): Codec => ({
  write: (value, writer) => writeFields(fields, value as JsonObject, writer),
  read: (written, reader, at, data) => readFields(fields, written, reader, at, data),
});

export const list = (fields: readonly Field[]): Codec => ({
  write: (value, writer) => (value as readonly JsonObject[]).map((one) => writeFields(fields, one, writer)),
  read(written, reader, at, data) {
    if (!Array.isArray(written)) {
      reader.mistake(at, 'is no list', 'Begin each entry with "- ".');
      return [];
    }
    return written.map((one: Json, index) =>
      readFields(fields, one, reader, [...at, index], [...data, index]),
    );
  },
});

/** Labels and values; as a list when two labels are the same, or would change places. */
export const labelled: Codec = {
  write(value) {
    const list = value as readonly { label: string; value: Json }[];
    const map = Object.fromEntries(list.map((one) => [one.label, writtenExpression(one.value)]));
    const inOrder = Object.keys(map).every((label, index) => label === list[index]?.label);
    if (inOrder && Object.keys(map).length === list.length) return map;
    return list.map((one) => ({ label: one.label, value: writtenExpression(one.value) }));
  },
  read(written, reader, at, data) {
    if (typeof written !== 'object' || written === null) {
      reader.mistake(at, 'has no labels', 'Write label: value, one on each line.');
      return [];
    }
    if (Array.isArray(written)) return readExpression(written);
    return Object.entries(written).map(([label, value], index) => {
      reader.place([...data, index], [...at, label]);
      return { label, value: readExpression(value) };
    });
  },
};

export function writeFields(fields: readonly Field[], data: JsonObject, writer: Writer): JsonObject {
  const written: Record<string, Json> = {};
  for (const field of fields) {
    const value = data[field.name];
    if (value === undefined) continue;
    const fallback = fallbackOf(field, writer, data);
    if (fallback !== undefined && sameJson(fallback, value)) continue;
    const entry = field.codec.write(value, writer);
    if (entry !== undefined) written[field.key] = entry;
  }
  return written;
}

/** `own`: keys of the entry that are read elsewhere. */
export function readFields(
  fields: readonly Field[],
  written: Json,
  reader: Reader,
  at: Path,
  data: Path,
  own: readonly string[] = [],
): JsonObject {
  if (typeof written !== 'object' || written === null || Array.isArray(written)) {
    reader.mistake(at, `${JSON.stringify(written)} is no group of entries`, `Write ${keysOf(fields)}.`);
    return {};
  }
  const entries = written as JsonObject;
  reader.place(data, at);
  for (const key of Object.keys(entries)) {
    if (own.includes(key) || fields.some((field) => field.key === key)) continue;
    const known = fields.map((field) => field.key);
    const meant = suggest(key, known);
    const cure = meant === undefined ? `Known here: ${known.join(', ')}.` : `Did you mean "${meant}"?`;
    reader.mistake([...at, key], `there is no entry "${key}" here`, cure, true);
  }
  const value: Record<string, Json> = {};
  for (const field of fields) {
    const read = readField(field, entries, reader, at, data, value);
    if (read !== undefined) value[field.name] = read;
  }
  return value;
}

function readField(
  field: Field,
  entries: JsonObject,
  reader: Reader,
  at: Path,
  data: Path,
  soFar: JsonObject,
): Json | undefined {
  const { key, name, codec, required } = field;
  const path = [...data, name];
  if (!Object.hasOwn(entries, key)) {
    reader.place(path, at);
    if (required === true) reader.mistake(at, `"${key}" is missing`, `Add ${key}.`);
    const fallback = fallbackOf(field, reader, soFar);
    if (typeof field.fallback === 'function' && fallback === null) {
      reader.mistake(at, 'nothing follows here', `Add a step after it, or ${key}: with the name of one.`);
    }
    return fallback;
  }
  reader.place(path, [...at, key]);
  return codec.read(entries[key] ?? null, reader, [...at, key], path);
}

function fallbackOf(
  { fallback }: Field,
  around: { following: string | null; join: string },
  data: JsonObject,
): Json | undefined {
  return typeof fallback === 'function' ? fallback(around, data) : fallback;
}

const keysOf = (fields: readonly Field[]): string => fields.map(({ key }) => key).join(', ');
