import { execFile } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, onTestFinished, test } from 'vitest';

const run = promisify(execFile);
const root = new URL('../../', import.meta.url).pathname;

test('the example runs as it stands in a package of its own, which knows us by name only', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'holdfast-example-'));
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }));
  writeFileSync(join(dir, 'package.json'), JSON.stringify({ name: 'our-sagas', type: 'module' }));
  mkdirSync(join(dir, 'node_modules'));
  // What `npm install <folder>` does.
  symlinkSync(root, join(dir, 'node_modules/holdfast'), 'dir');
  cpSync(join(root, 'examples'), dir, { recursive: true });

  const { NODE_OPTIONS: _ours, NODE_V8_COVERAGE: _theirs, ...env } = process.env;
  const args = ['--test', '--test-reporter=tap', 'quarantine.test.ts'];
  const { stdout } = await run(process.execPath, args, { cwd: dir, env });
  expect(stdout).toMatch(/# pass 18\b/);
  expect(stdout).toMatch(/# fail 0\b/);
});

test('a failure names its seed, and the seed can be repeated', async () => {
  const program = `
    import { chanceOf, eachSeed } from 'holdfast/test-kit';
    await eachSeed({ seeds: 50 }, async (seed) => {
      console.log('ran', seed);
      if (chanceOf(seed, 'luck')() > 0.9) throw new Error('bad luck');
    });`;
  const outcome = (env: Record<string, string>) =>
    run(process.execPath, ['--input-type=module', '--eval', program], {
      cwd: root,
      env: { ...process.env, ...env },
    }).then(
      () => ({ stdout: '', stderr: '' }),
      (error: { stdout: string; stderr: string }) => error,
    );
  const first = await outcome({});
  const [, seed = ''] =
    /seed (\d+) failed; repeat it with HOLDFAST_SEED=\1\nbad luck/.exec(first.stderr) ?? [];
  expect(Number(seed)).toBeGreaterThan(0);
  const again = await outcome({ HOLDFAST_SEED: seed });
  expect(again.stdout).toBe(`ran ${seed}\n`);
  expect(again.stderr).toContain(`seed ${seed} failed`);
});
