#!/usr/bin/env node
// The command on whatever Node the machine has: sets the checkout up if need be, then goes on with the
// pinned Node, which runs TypeScript as it is.
import { spawn } from 'node:child_process';
import { accessSync, constants, existsSync } from 'node:fs';
// As a whole: Node 20 has not every name of it, and would refuse to begin.
import * as nodeModule from 'node:module';
import { fileURLToPath } from 'node:url';

const main = fileURLToPath(new URL('../appliance/cli/main.ts', import.meta.url));
if (!existsSync(main)) {
  // npm packs every command of a package, also into what is packed for those who write sagas.
  console.error(
    'holdfast: this package is for writing and testing sagas; the box itself runs from a checkout.',
  );
  process.exit(1);
}
const { pinnedNode, setUp } = await import('../scripts/setup.mjs');
if (pinnedNode() === undefined) setUp();
const node = pinnedNode();

// Compiled code is kept beside the packages, where only who may change the program may write; worker threads
// read the variable. Half of the time of a start is compiling.
const cache = fileURLToPath(new URL('../node_modules/.cache/holdfast-compiled', import.meta.url));
function keepCompiledCode() {
  try {
    accessSync(fileURLToPath(new URL('../node_modules', import.meta.url)), constants.W_OK);
    process.env.NODE_COMPILE_CACHE ??= cache;
    nodeModule.enableCompileCache?.(process.env.NODE_COMPILE_CACHE);
  } catch {
    // A read-only installation compiles at each start.
  }
}
keepCompiledCode();

if (node === undefined || process.execPath === node) {
  process.argv[1] = main;
  await import(main);
} else {
  const child = spawn(node, [main, ...process.argv.slice(2)], { stdio: 'inherit' });
  // The terminal sends Ctrl-C to both; a service manager signals only this process.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  child.on('error', (error) => {
    console.error(`holdfast: the pinned Node at ${node} does not start: ${error.message}`);
    process.exit(1);
  });
  child.on('exit', (code, signal) => process.exit(code ?? (signal === 'SIGINT' ? 130 : 143)));
}
