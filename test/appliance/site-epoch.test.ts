import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { silentLog } from '#contracts/log.ts';
import { siteEpoch, siteStoreModule } from '../../appliance/site-epoch.ts';
import { openStore } from '../../appliance/store/index.ts';

test('a store keeps its epoch and is not taken for that of another site', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'site-epoch-'));
  const store = await openStore({ dir, modules: [siteStoreModule], log: silentLog });
  try {
    const epoch = await siteEpoch(store, 'hall-1', dir, 1_000);
    expect(await siteEpoch(store, 'hall-1', dir, 2_000)).toBe(epoch);
    await expect(siteEpoch(store, 'hall-2', dir, 3_000)).rejects.toMatchObject({ code: 'CFG_OTHER_SITE' });
  } finally {
    await store.close();
    rmSync(dir, { recursive: true, force: true });
  }
});
