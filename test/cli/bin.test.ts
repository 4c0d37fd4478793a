import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { expect, test } from 'vitest';
import { temporaryFolder } from '../store/site.ts';

const bin = fileURLToPath(new URL('../../bin/holdfast.mjs', import.meta.url));

/** Lets programs see `node:module` as Node 20 has it. */
const hidesNewNames = `
import { registerHooks } from 'node:module';
const source = "export const createRequire = process.getBuiltinModule('node:module').createRequire;";
const old = 'data:text/javascript,' + encodeURIComponent(source);
registerHooks({
  resolve: (name, context, next) =>
    name === 'node:module' && context.parentURL?.includes('/bin/')
      ? { url: old, shortCircuit: true }
      : next(name, context),
});
`;

test.each(['the Node of today', 'a Node that cannot keep compiled code'])('begins on %s', (_words) => {
  const hooks = join(temporaryFolder(), 'hooks.mjs');
  writeFileSync(hooks, hidesNewNames);
  const old = _words.startsWith('a Node') ? ['--import', pathToFileURL(hooks).href] : [];
  const { status, stdout, stderr } = spawnSync(process.execPath, [...old, bin, '--help'], {
    encoding: 'utf8',
  });
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  expect(stdout).toContain('The runtime of one warehouse site.');
});
