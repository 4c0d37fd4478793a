import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { AnyEvent } from '#contracts/events/envelope.ts';
import { OFFSET_NONE } from '#contracts/ids.ts';
import { silentLog } from '#contracts/log.ts';
import type { StoreModule } from '#contracts/store.ts';
import { openStore, type StoreHost } from '../../appliance/store/index.ts';
import { waitsFor } from './pass-until.ts';

/** A real store in a folder of its own, for the cases of one file. */
export interface KeptStore {
  readonly dir: string;
  readonly store: StoreHost;
  /** What is in the log, in its order. */
  events(): Promise<readonly AnyEvent[]>;
  eventsOf(correlationId: string): Promise<readonly AnyEvent[]>;
  /** Closes the store and opens it again from the same folder. */
  reopen(): Promise<void>;
  end(): Promise<void>;
}

export async function keepStore(modules: readonly StoreModule[]): Promise<KeptStore> {
  const dir = mkdtempSync(join(tmpdir(), 'holdfast-store-'));
  const open = async () => waitsFor(await openStore({ dir, modules: [...modules], log: silentLog }));
  let store = await open();
  const events = async () => (await store.readLog(OFFSET_NONE, { countMax: 10_000 })).map((row) => row.event);
  return {
    dir,
    get store() {
      return store;
    },
    events,
    eventsOf: async (correlationId) =>
      (await events()).filter(({ correlationid }) => correlationid === correlationId),
    async reopen() {
      await store.close();
      store = await open();
    },
    async end() {
      await store.close();
      rmSync(dir, { recursive: true, force: true });
    },
  };
}
