import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import { loadSiteFile } from '../../appliance/site-file/index.ts';
import { build, type Resource } from './overlay.ts';

const run = promisify(execFile);
const root = new URL('../../', import.meta.url).pathname;
const base = join(root, 'k3s-manifests/base');
const overlay = join(root, 'k3s-manifests/overlays/example-site');

const moduleOf = ({ apiVersion }: Resource) =>
  `kubernetes-models/${apiVersion.replace('/v1', '').replace(/^v1$/, '')}${apiVersion.includes('/') ? '/' : ''}v1`;

/** The validators of the schemas: required fields, types, formats. They let unknown fields pass. */
async function schemaProblems(resources: readonly Resource[]): Promise<string[]> {
  const problems: string[] = [];
  for (const resource of resources) {
    const models = (await import(moduleOf(resource))) as Record<
      string,
      new (
        data: unknown,
      ) => { validate(): void }
    >;
    const Model = models[resource.kind];
    if (Model === undefined) throw new Error(`no schema for ${resource.apiVersion} ${resource.kind}`);
    try {
      new Model(resource).validate();
    } catch (error) {
      problems.push(`${resource.kind}: ${(error as Error).message}`);
    }
  }
  return problems;
}

/** The type checker, which knows every property and refuses the others at any depth. */
async function unknownFields(resources: readonly Resource[]): Promise<string> {
  const cache = join(root, 'node_modules/.cache');
  mkdirSync(cache, { recursive: true });
  const dir = mkdtempSync(join(cache, 'k3s-'));
  try {
    const lines = resources.map(
      (resource, index) =>
        `import type { I${resource.kind} as T${index} } from '${moduleOf(resource)}';\nexport const r${index}: T${index} = ${JSON.stringify(resource)};`,
    );
    writeFileSync(join(dir, 'manifests.ts'), lines.join('\n'));
    const compilerOptions = { noEmit: true, strict: true, skipLibCheck: true, module: 'nodenext', types: [] };
    writeFileSync(join(dir, 'tsconfig.json'), JSON.stringify({ compilerOptions, files: ['manifests.ts'] }));
    return await run(process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), '-p', dir]).then(
      () => '',
      (error: { stdout: string }) => error.stdout,
    );
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

describe('the manifests', () => {
  test.each([
    ['base', base, 6],
    ['overlay', overlay, 6],
  ])(
    '%s fits the Kubernetes schemas, field by field',
    async (_, folder, count) => {
      const resources = build(folder);
      expect(resources).toHaveLength(count);
      expect(await schemaProblems(resources)).toEqual([]);
      expect(await unknownFields(resources)).toBe('');
    },
    120_000,
  );

  test('both checks see a mistake', async () => {
    const withSpec = (spec: object) =>
      build(base).map((resource) =>
        resource.kind === 'Service' ? { ...resource, spec } : resource,
      ) as Resource[];
    expect((await schemaProblems(withSpec({ ports: [{ port: 'https' }] }))).join()).toContain('Service');
    expect(await unknownFields(withSpec({ ports: [{ port: 443, targetPrt: 'https' }] }))).toContain(
      'targetPrt',
    );
  }, 120_000);

  test('the patches of the overlay take hold', () => {
    const set = JSON.stringify(build(overlay).find(({ kind }) => kind === 'StatefulSet'));
    expect(set).toContain('local-path');
    expect(set).toContain('"memory":"2Gi"');
    expect(set).toContain('readOnlyRootFilesystem');
    const policy = build(overlay).find(({ kind }) => kind === 'NetworkPolicy') as unknown as {
      spec: { egress: unknown[] };
    };
    expect(policy.spec.egress).toHaveLength(3);
  });

  test('their site files are correct', () => {
    expect(loadSiteFile(join(base, 'site.yaml')).http.tls).toBe(true);
    expect(loadSiteFile(join(overlay, 'site.yaml')).safety.interlocks).toHaveLength(1);
  });
});
