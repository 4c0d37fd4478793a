import { systemClock } from '#contracts/clock.ts';
import { silentLog } from '#contracts/log.ts';
import { openStore } from '../../appliance/store/index.ts';
import { startSync, syncStoreModule } from '../../sync/index.ts';
import { SITE_TOKEN } from './region.ts';
import { EPOCH, uplinkTo } from './site.ts';

/** A site as a process of its own, to be killed: `node site-process.ts <dir> <url> <batch> [crash point]`. */
const [dir, url, batch, crashPoint] = process.argv.slice(2);
if (dir === undefined || url === undefined) throw new Error('dir and url');
const store = await openStore({
  dir,
  modules: [syncStoreModule],
  log: silentLog,
  ...(crashPoint === undefined ? {} : { crashPoint }),
});
const sync = await startSync({
  site: 'lab',
  epoch: EPOCH,
  uplinks: [uplinkTo(url, { batchCountMax: Number(batch) })],
  store,
  clock: systemClock,
  random: Math.random,
  log: silentLog,
  secrets: async () => SITE_TOKEN,
  onStatus: ([status]) => console.log(JSON.stringify(status)),
  onEvent: () => {},
  onCrash: (error) => {
    console.error(error);
    process.exit(3);
  },
});
process.on('SIGTERM', async () => {
  await sync.stop();
  await store.close();
  process.exit(0);
});
