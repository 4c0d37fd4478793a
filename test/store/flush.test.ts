import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { OFFSET_NONE } from '#contracts/ids.ts';
import { ensureDebianPackage } from '../support/debian-package.ts';
import { openTestStore, temporaryFolder } from './site.ts';

test('a flush that fails is answered by nobody as done, and ends the store for good', async () => {
  ensureDebianPackage('strace', 'command -v strace');
  const dir = temporaryFolder();
  const entry = new URL('flush-child.ts', import.meta.url).pathname;
  // Counted per thread; the start takes some twenty flushes, and every one after the 60th says EIO.
  const inject = 'inject=fsync,fdatasync:error=EIO:when=60+';
  const traced = ['-f', '--seccomp-bpf', '-o', '/dev/null', '-e', 'trace=fsync,fdatasync', '-e', inject];
  const { stdout } = await promisify(execFile)('strace', [...traced, process.execPath, entry, dir]);
  const told = JSON.parse(stdout) as {
    acknowledged: number;
    refused: string;
    afterwards: string;
    fatal: string;
  };
  expect(told.acknowledged).toBeGreaterThan(0);
  expect(told).toMatchObject({ refused: 'STORE_BROKEN', afterwards: 'STORE_BROKEN', fatal: 'STORE_BROKEN' });

  // The restart alone tells what was kept: all that was acknowledged, and perhaps the one without an answer.
  const store = await openTestStore({ dir });
  const records = await store.readLog(OFFSET_NONE, { countMax: 20_000 });
  expect([told.acknowledged, told.acknowledged + 1]).toContain(records.length);
  expect(records.map(({ event }) => event.subject)).toEqual(records.map((_, index) => String(index)));
  expect(await store.verify()).toMatchObject({ state: 'whole' });
});
