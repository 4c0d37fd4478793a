import { onTestFinished } from 'vitest';
import { silentLog } from '#contracts/log.ts';
import type { StoreModule } from '#contracts/store.ts';
import { openStore, type StoreHost } from '../../appliance/store/index.ts';
import { waitsFor } from '../support/pass-until.ts';
import { temporaryFolder } from './site.ts';

/** A real store with a few tables only. Closed when the test is over. */
export async function openSmallStore(
  modules: readonly StoreModule[],
  dir: string = temporaryFolder(),
): Promise<StoreHost> {
  const store = waitsFor(await openStore({ dir, modules, log: silentLog, disk: { reserveBytes: 0 } }));
  onTestFinished(() => store.close());
  return store;
}
