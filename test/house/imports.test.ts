import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';

const run = promisify(execFile);
const root = new URL('../../', import.meta.url).pathname;
const cruiser = join(root, 'node_modules/dependency-cruiser/bin/dependency-cruise.mjs');
const rooms = [
  'contracts',
  'drivers',
  'local-orchestrator',
  'safety',
  'sync',
  'appliance',
  'ui/src',
  'bench',
  'scripts',
];

interface Violation {
  readonly rule: { readonly name: string };
  readonly from: string;
  readonly to: string;
}

async function violations(
  folder: string,
  places: readonly string[],
): Promise<{ count: number; found: string[] }> {
  const config = join(root, '.dependency-cruiser.cjs');
  const args = [cruiser, '--config', config, '--output-type', 'json', ...places];
  // It exits with the number of errors; what it found is in its output either way.
  const { stdout } = await run(process.execPath, args, { cwd: folder, maxBuffer: 64 * 1024 * 1024 }).catch(
    (error: { stdout: string }) => error,
  );
  const report = JSON.parse(stdout) as { summary: { violations: Violation[]; totalCruised: number } };
  return {
    count: report.summary.totalCruised,
    found: report.summary.violations.map(({ rule, from, to }) => `${rule.name}: ${from} → ${to}`),
  };
}

describe('the house', () => {
  test('no import crosses a wall', async () => {
    const { count, found } = await violations(root, rooms);
    expect(count).toBeGreaterThan(50);
    expect(found).toEqual([]);
  });

  test('the rules see a crossing when there is one', async () => {
    const house = mkdtempSync(join(root, 'node_modules', '.cache-house-'));
    try {
      for (const room of ['contracts', 'safety', 'sync', 'appliance/a', 'appliance/b']) {
        mkdirSync(join(house, room), { recursive: true });
      }
      writeFileSync(join(house, 'package.json'), '{"type":"module"}');
      writeFileSync(
        join(house, 'tsconfig.json'),
        '{"compilerOptions":{"module":"nodenext","allowImportingTsExtensions":true,"noEmit":true}}',
      );
      writeFileSync(join(house, 'sync/inner.ts'), 'export const inner = 1;\n');
      writeFileSync(join(house, 'sync/index.ts'), "export { inner } from './inner.ts';\n");
      writeFileSync(
        join(house, 'safety/index.ts'),
        "import { inner } from '../sync/index.ts';\nexport const gate = inner;\n",
      );
      writeFileSync(
        join(house, 'contracts/tags.ts'),
        "import { gate } from '../safety/index.ts';\nexport const tag = gate;\n",
      );
      writeFileSync(join(house, 'appliance/b/inner.ts'), 'export const b = 1;\n');
      writeFileSync(
        join(house, 'appliance/a/index.ts'),
        "import { b } from '../b/inner.ts';\nimport { inner } from '../../sync/inner.ts';\nexport const a = b + inner;\n",
      );
      const { found } = await violations(house, ['contracts', 'safety', 'sync', 'appliance']);
      expect(found.map((line) => line.split(':')[0]).sort()).toEqual([
        'appliance-rooms-have-one-door',
        'contracts-import-nothing-of-ours',
        'rooms-have-one-door',
        'safety-knows-no-neighbour',
      ]);
    } finally {
      rmSync(house, { recursive: true, force: true });
    }
  });
});
