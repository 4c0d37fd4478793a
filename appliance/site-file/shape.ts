import type { TSchema } from 'typebox';
import { Default, Errors } from 'typebox/value';
import { ModbusDevice, OpcuaDevice, RosbridgeDevice, SiteFile } from '#contracts/site-file.ts';
import { suggest } from '#contracts/suggest.ts';
import { type Path, pathOf } from '#contracts/yaml-place.ts';

/** One mistake, before it has a line: where, what is wrong, what to write instead. */
export interface Mistake {
  readonly path: Path;
  /** The mistake is the key itself rather than its value. */
  readonly atKey: boolean;
  readonly problem: string;
  readonly cure: string;
}

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

const deviceSchemas: Record<string, TSchema> = {
  opcua: OpcuaDevice,
  modbus: ModbusDevice,
  rosbridge: RosbridgeDevice,
};

/**
 * Fills in the defaults. Each device by the schema of its driver, since a union with a mistake in it takes none.
 */
export function withDefaults(written: unknown): unknown {
  const devices = deviceList(written);
  if (devices === undefined) return Default(SiteFile, written);
  const filled = devices.map((device) => {
    const driver = (device as { driver?: unknown } | null)?.driver;
    const schema = typeof driver === 'string' ? deviceSchemas[driver] : undefined;
    return schema === undefined ? device : Default(schema, device);
  });
  return Default(SiteFile, { ...(written as object), devices: filled });
}

/** Compares a parsed site file with the schema. Devices are compared with the schema of their driver. */
export function shapeMistakes(value: unknown): readonly Mistake[] {
  const mistakes: Mistake[] = [];
  const devices = deviceList(value);
  for (const error of Errors(SiteFile, value)) {
    const path = pathOf(error.instancePath);
    if (path[0] === 'devices' && path.length >= 2 && devices !== undefined) continue;
    mistakes.push(...explain(SiteFile as SchemaNode, value, path, error));
  }
  devices?.forEach((device, index) => {
    mistakes.push(...deviceMistakes(device, ['devices', index]));
  });
  return mistakes;
}

function deviceList(value: unknown): readonly unknown[] | undefined {
  const devices = (value as { devices?: unknown } | null)?.devices;
  return Array.isArray(devices) ? devices : undefined;
}

function deviceMistakes(device: unknown, at: Path): readonly Mistake[] {
  const driver = (device as { driver?: unknown } | null)?.driver;
  const schema = typeof driver === 'string' ? deviceSchemas[driver] : undefined;
  if (schema === undefined) {
    const names = Object.keys(deviceSchemas).join(', ');
    const meant = typeof driver === 'string' ? suggest(driver, Object.keys(deviceSchemas)) : undefined;
    return [
      {
        path: [...at, 'driver'],
        atKey: false,
        problem:
          driver === undefined ? 'a device needs a driver' : `there is no driver ${JSON.stringify(driver)}`,
        cure: meant === undefined ? `Write one of: ${names}.` : `Write ${meant}.`,
      },
    ];
  }
  return Errors(schema, device).flatMap((error) =>
    explain(schema as SchemaNode, device, pathOf(error.instancePath), error).map((mistake) => ({
      ...mistake,
      path: [...at, ...mistake.path],
    })),
  );
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
