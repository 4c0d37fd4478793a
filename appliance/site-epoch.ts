import { ApplianceError } from '#contracts/errors.ts';
import { uuidv7 } from '#contracts/ids.ts';
import type { Store, StoreModule } from '#contracts/store.ts';

export const siteStoreModule: StoreModule = {
  name: 'site',
  migrations: [
    `CREATE TABLE site_epoch (
       one   INTEGER PRIMARY KEY CHECK (one = 1),
       epoch TEXT NOT NULL,
       site  TEXT NOT NULL
     ) STRICT;`,
  ],
  writes: {
    begin: 'INSERT INTO site_epoch (one, epoch, site) VALUES (1, :epoch, :site) ON CONFLICT DO NOTHING',
  },
  reads: { epoch: 'SELECT epoch, site FROM site_epoch' },
};

/**
 * Names this store towards the region: numbers of records are counted within it. A new data folder is a new
 * epoch, so that its records are not taken for those of the lost one.
 *
 * Errors: CFG_OTHER_SITE when the folder holds the records of another site.
 */
export async function siteEpoch(store: Store, site: string, dataDir: string, nowMs: number): Promise<string> {
  await store.commit([{ op: 'run', statement: 'site.begin', params: { epoch: uuidv7(nowMs), site } }]);
  const [row] = await store.query('site.epoch');
  if (row !== undefined && row.site !== site) {
    throw new ApplianceError('CFG_OTHER_SITE', { dataDir, kept: row.site, site });
  }
  return String(row?.epoch);
}
