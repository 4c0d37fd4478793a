import type { TSchema } from 'typebox';
import { Default, Errors } from 'typebox/value';
import { HttpModel, KserveModel, RiskModel } from '#contracts/models.ts';
import { SmtpChannel, StackLightChannel, UiChannel, WebhookChannel } from '#contracts/notify.ts';
import { ModbusDevice, OpcuaDevice, RosbridgeDevice } from '#contracts/site-devices.ts';
import { SiteFile } from '#contracts/site-file.ts';
import { suggest } from '#contracts/suggest.ts';
import { type Path, pathOf } from '#contracts/yaml-place.ts';
import type { Mistake } from './mistake.ts';

type SchemaNode = {
  type?: string;
  properties?: Record<string, SchemaNode>;
  items?: SchemaNode;
  enum?: unknown[];
  description?: string;
  anyOf?: SchemaNode[];
  pattern?: string;
  additionalProperties?: unknown;
};

/** Lists whose entries have one of several shapes, told apart by one of their members. */
const taggedLists: readonly Tagged[] = [
  {
    list: 'devices',
    tag: 'driver',
    entry: 'a device',
    schemas: { opcua: OpcuaDevice, modbus: ModbusDevice, rosbridge: RosbridgeDevice },
  },
  {
    list: 'models',
    tag: 'kind',
    entry: 'a model',
    schemas: { kserve: KserveModel, http: HttpModel, 'order-risk': RiskModel },
  },
  {
    list: 'notify',
    tag: 'kind',
    entry: 'a channel',
    schemas: { ui: UiChannel, webhook: WebhookChannel, smtp: SmtpChannel, 'stack-light': StackLightChannel },
  },
];
interface Tagged {
  readonly list: string;
  readonly tag: string;
  readonly entry: string;
  readonly schemas: Readonly<Record<string, TSchema>>;
}

/**
 * Fills in the defaults. An entry of a tagged list by its own schema, since a union with a mistake in it takes none.
 */
export function withDefaults(written: unknown): unknown {
  let filled = written;
  for (const tagged of taggedLists) {
    const entries = entriesOf(filled, tagged);
    if (entries === undefined) continue;
    const complete = entries.map((entry) => {
      const schema = schemaOf(entry, tagged);
      return schema === undefined ? entry : Default(schema, entry);
    });
    filled = { ...(filled as object), [tagged.list]: complete };
  }
  return Default(SiteFile, filled);
}

/** Compares a parsed site file with the schema; an entry of a tagged list with its own. */
export function shapeMistakes(value: unknown): readonly Mistake[] {
  const mistakes: Mistake[] = [];
  const lists = taggedLists.filter((tagged) => entriesOf(value, tagged) !== undefined);
  for (const error of Errors(SiteFile, value)) {
    const path = pathOf(error.instancePath);
    if (path.length >= 2 && lists.some(({ list }) => list === path[0])) continue;
    mistakes.push(...explain(SiteFile as SchemaNode, value, path, error));
  }
  for (const tagged of lists) {
    entriesOf(value, tagged)?.forEach((entry, index) => {
      mistakes.push(...entryMistakes(entry, [tagged.list, index], tagged));
    });
  }
  return mistakes;
}

function entriesOf(value: unknown, { list }: Tagged): readonly unknown[] | undefined {
  const entries = (value as Record<string, unknown> | null)?.[list];
  return Array.isArray(entries) ? entries : undefined;
}

const tagOf = (entry: unknown, { tag }: Tagged): unknown => (entry as Record<string, unknown> | null)?.[tag];

function schemaOf(entry: unknown, tagged: Tagged): TSchema | undefined {
  const name = tagOf(entry, tagged);
  return typeof name === 'string' && Object.hasOwn(tagged.schemas, name) ? tagged.schemas[name] : undefined;
}

function entryMistakes(entry: unknown, at: Path, tagged: Tagged): readonly Mistake[] {
  const schema = schemaOf(entry, tagged);
  if (schema === undefined) return [tagMistake(tagOf(entry, tagged), at, tagged)];
  return Errors(schema, entry).flatMap((error) =>
    explain(schema as SchemaNode, entry, pathOf(error.instancePath), error).map((mistake) => ({
      ...mistake,
      path: [...at, ...mistake.path],
    })),
  );
}

function tagMistake(name: unknown, at: Path, { tag, entry, schemas }: Tagged): Mistake {
  const names = Object.keys(schemas);
  const meant = typeof name === 'string' ? suggest(name, names) : undefined;
  return {
    path: [...at, tag],
    atKey: false,
    problem: name === undefined ? `${entry} needs a ${tag}` : `there is no ${tag} ${JSON.stringify(name)}`,
    cure: meant === undefined ? `Write one of: ${names.join(', ')}.` : `Write ${meant}.`,
  };
}

type SchemaError = ReturnType<typeof Errors>[number];

/** Turns one schema error into words. The checker names an unknown key twice; one of them is left out. */
function explain(root: SchemaNode, value: unknown, path: Path, error: SchemaError): readonly Mistake[] {
  const schema = schemaAt(root, path);
  const says = schema?.description === undefined ? '' : ` (${schema.description})`;
  const params = error.params as Record<string, unknown>;
  const here = (problem: string, cure: string): Mistake[] => [{ path, atKey: false, problem, cure }];
  switch (error.keyword) {
    case 'boolean':
      return [];
    case 'additionalProperties': {
      const known = Object.keys(schema?.properties ?? {});
      return (params.additionalProperties as string[]).map((name) => {
        const meant = suggest(name, known);
        return {
          path: [...path, name],
          atKey: true,
          problem: `there is no entry "${name}" here`,
          cure: meant === undefined ? `Known here: ${known.join(', ')}.` : `Did you mean "${meant}"?`,
        };
      });
    }
    case 'required':
      return (params.requiredProperties as string[]).map((name) => ({
        path,
        atKey: false,
        problem: `"${name}" is missing`,
        cure: `Add ${name}:${describe(schema?.properties?.[name])}`,
      }));
    case 'type':
      return here(
        `${quote(valueAt(value, path))} is not ${article(String(params.type))}`,
        `Write ${article(String(params.type))}${says}.`,
      );
    case 'enum': {
      const allowed = (params.allowedValues as unknown[]).map(String);
      const meant = suggest(String(valueAt(value, path)), allowed);
      return here(
        `${quote(valueAt(value, path))} is not allowed`,
        meant === undefined
          ? `Write one of: ${allowed.join(', ')}.`
          : `Write ${meant} (or one of: ${allowed.join(', ')}).`,
      );
    }
    case 'pattern':
      return here(
        `${quote(valueAt(value, path))} has the wrong form`,
        `${schema?.description ?? ''} Form: ${schema?.pattern}`.trim(),
      );
    default:
      return here(
        `${quote(valueAt(value, path))} ${error.message}`,
        `${schema?.description ?? 'See docs/site-file.md.'}`,
      );
  }
}

const describe = (schema: SchemaNode | undefined): string =>
  schema?.description === undefined ? '' : ` ${schema.description}`;
const article = (type: string): string => `${/^[aeiou]/.test(type) ? 'an' : 'a'} ${type}`;
const quote = (value: unknown): string =>
  value === undefined ? 'nothing' : JSON.stringify(value).slice(0, 80);

function valueAt(value: unknown, path: Path): unknown {
  return path.reduce<unknown>(
    (at, part) =>
      at === null || typeof at !== 'object' ? undefined : (at as Record<string | number, unknown>)[part],
    value,
  );
}

function schemaAt(root: SchemaNode, path: Path): SchemaNode | undefined {
  return path.reduce<SchemaNode | undefined>(
    (at, part) => (typeof part === 'number' ? at?.items : at?.properties?.[part]),
    root,
  );
}
