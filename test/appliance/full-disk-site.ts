import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { silentLog } from '#contracts/log.ts';
import { startSite } from '../../appliance/compose.ts';
import { loadSite } from '../../appliance/site-sagas.ts';

/** A site without devices on the folder that it is given. Says its address. */
const [dir = ''] = process.argv.slice(2);
const sitePath = join(dir, 'site.yaml');
if (!existsSync(sitePath)) {
  writeFileSync(
    sitePath,
    `site: { id: hall, name: Hall, timeZone: UTC }
http: { port: 0 }
mqtt: { port: 0 }
places: [{ id: rack-1, kind: rack, x: 1, y: 1 }, { id: packing-1, kind: packing, x: 2, y: 1 }]
inventory: [{ sku: MUG, place: rack-1, quantity: 50 }]
intake: { defaultDestination: packing-1 }
devices: []
`,
  );
}
const site = await startSite({
  siteFile: loadSite(sitePath),
  sitePath,
  dataDir: join(dir, 'data'),
  log: silentLog,
});
console.log(site.url);
