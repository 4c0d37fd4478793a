import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'vite';

const ui = new URL('../../ui/', import.meta.url).pathname;

export interface BuiltPages {
  readonly folder: string;
  remove(): Promise<void>;
}

/** Builds the pages into a folder of its own, so that nobody else's build is waited for or disturbed. */
export async function buildPages(): Promise<BuiltPages> {
  const folder = await mkdtemp(join(tmpdir(), 'holdfast-ui-'));
  await build({
    root: ui,
    configFile: join(ui, 'vite.config.ts'),
    logLevel: 'error',
    build: { outDir: folder, emptyOutDir: true },
  });
  return { folder, remove: () => rm(folder, { recursive: true, force: true }) };
}
