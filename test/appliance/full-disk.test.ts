import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, onTestFinished, test } from 'vitest';

const entry = new URL('full-disk-child.ts', import.meta.url).pathname;

test('a site comes up on a disk without one free byte, says so, takes nothing new, and recovers', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-full-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  // A file system of its own in a mount namespace of its own, as in test/store/disk.test.ts.
  const dir = join(folder, 'disk');
  mkdirSync(dir);
  const asRoot = process.getuid?.() === 0 ? [] : ['--user', '--map-root-user'];
  const mount = 'mount -t tmpfs -o size=240m tmpfs "$0" && exec "$@"';
  const command = ['sh', '-c', mount, dir, process.execPath, entry, dir];
  const { stdout } = await promisify(execFile)('unshare', ['--mount', ...asRoot, ...command]);
  expect(JSON.parse(stdout)).toEqual({
    before: { order: 201, rings: false },
    full: { bavail: 0, order: 507 },
    after: { order: 201 },
  });
});
