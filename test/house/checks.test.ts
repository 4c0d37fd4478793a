import { execFile } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import { generatedDocs } from '../../scripts/docs/generate.ts';

const run = promisify(execFile);
const root = new URL('../../', import.meta.url).pathname;
const bin = (name: string) => join(root, 'node_modules/.bin', name);

/** Output of a checker that found something; empty when it is content. */
async function complaints(command: string, args: readonly string[]): Promise<string> {
  return run(command, [...args], { cwd: root, maxBuffer: 64 * 1024 * 1024 }).then(
    () => '',
    (error: { stdout: string; stderr: string }) => `${error.stdout}\n${error.stderr}`,
  );
}

describe('the tree', () => {
  test('types check in the strictest mode', async () => {
    expect(
      await complaints(process.execPath, [
        join(root, 'node_modules/typescript/bin/tsc'),
        '-p',
        'tsconfig.json',
      ]),
    ).toBe('');
    expect(
      await complaints(process.execPath, [
        join(root, 'node_modules/typescript/bin/tsc'),
        '-p',
        'ui/tsconfig.json',
      ]),
    ).toBe('');
  }, 180_000);

  test('is formatted and lints clean', async () => {
    expect(await complaints(bin('biome'), ['check', '--error-on-warnings', '.'])).toBe('');
  }, 120_000);

  test('generated documents are those the contracts give', () => {
    const stale = [...generatedDocs()].filter(
      ([path, content]) =>
        !existsSync(join(root, path)) || readFileSync(join(root, path), 'utf8') !== content,
    );
    expect(
      stale.map(([path]) => path),
      'run "npm run docs"',
    ).toEqual([]);
    const made = new Set([...generatedDocs().keys()].map((path) => path.split('/').slice(1).join('/')));
    const left = readdirSync(join(root, 'docs/contracts'), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name).slice(join(root, 'docs/').length))
      .filter((path) => !made.has(path));
    expect(left, 'files no contract gives any more').toEqual([]);
  });

  test('every room tells what lives in it', () => {
    const rooms = [
      'contracts',
      'drivers',
      'local-orchestrator',
      'safety',
      'sync',
      'appliance',
      'ui',
      'k3s-manifests',
      'bench',
      'test',
    ];
    expect(rooms.filter((room) => !existsSync(join(root, room, 'README.md')))).toEqual([]);
  });
});
