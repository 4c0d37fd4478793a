import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';

export type Resource = { apiVersion: string; kind: string; metadata: { name: string } } & Record<
  string,
  unknown
>;

interface Kustomization {
  readonly resources?: readonly string[];
  readonly patches?: readonly { path: string; target?: { kind: string; name: string } }[];
}

const read = (folder: string, file: string): unknown => parse(readFileSync(join(folder, file), 'utf8'));
export const kustomization = (folder: string) => read(folder, 'kustomization.yaml') as Kustomization;

/** What `kubectl kustomize` would make of a folder, as far as these manifests use it: resources and patches. */
export function build(folder: string): readonly Resource[] {
  const { resources = [], patches = [] } = kustomization(folder);
  let built = resources.flatMap((entry) =>
    entry.endsWith('.yaml') ? [read(folder, entry) as Resource] : build(join(folder, entry)),
  );
  for (const { path, target } of patches) {
    const patch = read(folder, path);
    const wanted = target ?? named(patch as Resource);
    const found = built.find((each) => each.kind === wanted.kind && each.metadata.name === wanted.name);
    if (found === undefined)
      throw new Error(`${path} patches ${wanted.kind} ${wanted.name}, which is not there`);
    const patched = (
      Array.isArray(patch) ? patch.reduce(applyOperation, found) : merge(found, patch)
    ) as Resource;
    built = built.map((each) => (each === found ? patched : each));
  }
  return built;
}

const named = (patch: Resource) => ({ kind: patch.kind, name: patch.metadata.name });

/** Strategic merge: maps merge, containers merge by name, other lists are replaced. */
function merge(base: unknown, patch: unknown, key = ''): unknown {
  if (Array.isArray(base) && Array.isArray(patch) && key === 'containers') {
    return base.map((item: { name: string }) =>
      merge(item, patch.find((other: { name: string }) => other.name === item.name) ?? {}),
    );
  }
  if (!isMap(base) || !isMap(patch)) return patch;
  const merged: Record<string, unknown> = { ...base };
  for (const [name, value] of Object.entries(patch)) merged[name] = merge(base[name], value, name);
  return merged;
}

/** RFC 6902, `add` only: the one operation the overlays use. */
function applyOperation(base: unknown, operation: { op: string; path: string; value: unknown }): unknown {
  if (operation.op !== 'add') throw new Error(`operation ${operation.op} is not expected`);
  const copy = structuredClone(base);
  const parts = operation.path.slice(1).split('/');
  const last = parts.pop() ?? '';
  const parent = parts.reduce<unknown>(
    (at, part) => (isMap(at) || Array.isArray(at) ? at[part as never] : undefined),
    copy,
  );
  if (Array.isArray(parent) && last === '-') parent.push(operation.value);
  else if (isMap(parent)) parent[last] = operation.value;
  else throw new Error(`there is nothing at ${operation.path}`);
  return copy;
}

const isMap = (value: unknown): value is Record<string, unknown> =>
  value !== null && typeof value === 'object' && !Array.isArray(value);
