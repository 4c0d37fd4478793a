import { execFile } from 'node:child_process';
import {
  cpSync,
  globSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import ts from 'typescript';
import { afterAll, beforeAll, expect, test } from 'vitest';

const run = promisify(execFile);
const root = new URL('../../', import.meta.url).pathname;
const consumer = mkdtempSync(join(tmpdir(), 'holdfast-consumer-'));
const installed = join(consumer, 'node_modules/holdfast');
const { NODE_OPTIONS: _ours, NODE_V8_COVERAGE: _theirs, ...env } = process.env;

const node = (args: readonly string[], { cwd = consumer, seed = '' } = {}) =>
  run(process.execPath, args, { cwd, env: seed === '' ? env : { ...env, HOLDFAST_SEED: seed } }).then(
    ({ stdout, stderr }) => ({ code: 0, stdout, stderr }),
    ({ code, stdout, stderr }: { code: number; stdout: string; stderr: string }) => ({
      code,
      stdout,
      stderr,
    }),
  );

/** `npm install holdfast-0.1.0.tgz`, with the packages that it asks for taken from here instead of from a registry. */
async function install(tarball: string): Promise<void> {
  mkdirSync(installed, { recursive: true });
  await run('tar', ['-xzf', tarball, '-C', installed, '--strip-components=1']);
  const { dependencies } = JSON.parse(readFileSync(join(installed, 'package.json'), 'utf8'));
  // What the consumer brings itself.
  for (const name of [...Object.keys(dependencies), '@types/node']) {
    const link = join(consumer, 'node_modules', name);
    mkdirSync(dirname(link), { recursive: true });
    symlinkSync(join(root, 'node_modules', name), link, 'dir');
  }
}

/** What a strict compiler has against the code of the consumer, and against ours. */
function complaints(): string {
  const compilerOptions = {
    ...{ target: 'es2024', lib: ['es2024', 'esnext.disposable'], module: 'nodenext', types: ['node'] },
    ...{ strict: true, exactOptionalPropertyTypes: true, noUncheckedIndexedAccess: true },
    ...{ allowImportingTsExtensions: true, noEmit: true },
  };
  const config = { compilerOptions, include: ['*.ts'] };
  const file = join(consumer, 'tsconfig.json');
  const { fileNames, options } = ts.parseJsonConfigFileContent(config, ts.sys, consumer, undefined, file);
  const program = ts.createProgram(fileNames, options);
  // Other people's declarations take most of the time, and are not what is looked at.
  const looked = program
    .getSourceFiles()
    .filter(({ fileName }) => fileName.startsWith(installed) || !fileName.includes('/node_modules/'));
  expect(looked.length).toBeGreaterThan(fileNames.length);
  const found = [
    ...program.getOptionsDiagnostics(),
    ...looked.flatMap((source) => [...program.getSemanticDiagnostics(source)]),
  ];
  return ts.formatDiagnostics(found, ts.createCompilerHost(options));
}

beforeAll(async () => {
  await run('npm', ['pack', '--pack-destination', consumer], { cwd: root });
  const [tarball = ''] = globSync(join(consumer, 'holdfast-*.tgz'));
  await install(tarball);
  writeFileSync(join(consumer, 'package.json'), JSON.stringify({ name: 'our-sagas', type: 'module' }));
  cpSync(join(root, 'examples'), consumer, { recursive: true });
}, 300_000);
afterAll(() => rmSync(consumer, { recursive: true, force: true }));

test('the package holds what those who write sagas need, and no source of ours', () => {
  expect(readdirSync(installed).sort()).toEqual([
    'LICENSE',
    'README.md',
    'bin',
    'dist',
    'docs',
    'examples',
    'package.json',
  ]);
  const sources = globSync('**/*.ts', { cwd: installed, exclude: ['**/*.d.ts'] });
  expect(sources.sort()).toEqual(['examples/quarantine.test.ts', 'examples/quarantine.ts']);
});

test('the example runs as it stands in a package of its own', async () => {
  const { stdout } = await node(['--test', '--test-reporter=tap', 'quarantine.test.ts']);
  expect(stdout).toMatch(/ok \d+ - a lot rests for thirty days, and a person releases it/);
  expect(stdout).toMatch(/# pass 18\b/);
  expect(stdout).toMatch(/# fail 0\b/);
});

test('its declarations are whole, and tell a mistake from what is right', async () => {
  writeFileSync(
    join(consumer, 'mistakes.ts'),
    `import { defineSaga, goOn, localActivity } from 'holdfast/sagas';
     import { faultOn, startTestSite } from 'holdfast/test-kit';
     const weigh = localActivity<{ lot: string }, { grams: number }>('scale.weigh', 1);
     const weighing = defineSaga<{ lot: string }>('weighing')
       .step('weigh', weigh, { title: 'Weigh', input: ({ input }) => ({ lot: input.lot }) });
     // @ts-expect-error no step of this name came before
     weighing.end({ title: 'Weighing', version: 1, output: ({ steps }) => steps.measure.grams });
     // @ts-expect-error a site has no such option
     await startTestSite({ seeds: 7 });
     // @ts-expect-error no such fault
     faultOn('scale.weigh', 'bad-luck');
     export const routes = [goOn];`,
  );
  expect(complaints()).toBe('');
});

test.each([
  ['of the package', consumer, []],
  ['of a checkout, from its sources', root, ['--conditions=holdfast-source']],
])('a failure names its seed, and the seed can be repeated: the kit %s', async (_whose, cwd, conditions) => {
  const program = `
    import { chanceOf, eachSeed } from 'holdfast/test-kit';
    await eachSeed({ seeds: 50 }, async (seed) => {
      console.log('ran', seed);
      if (chanceOf(seed, 'luck')() > 0.9) throw new Error('bad luck');
    });`;
  const args = [...conditions, '--input-type=module', '--eval', program];
  const first = await node(args, { cwd });
  const [, seed = ''] =
    /seed (\d+) failed; repeat it with HOLDFAST_SEED=\1\nbad luck/.exec(first.stderr) ?? [];
  expect(Number(seed)).toBeGreaterThan(0);
  const again = await node(args, { cwd, seed });
  expect(again.stdout).toBe(`ran ${seed}\n`);
  expect(again.stderr).toContain(`seed ${seed} failed`);
});

test('its command says where the box is to be had', async () => {
  const { code, stderr } = await node([join(installed, 'bin/holdfast.mjs'), 'demo']);
  expect(stderr).toContain('the box itself runs from a checkout');
  expect(code).toBe(1);
});
