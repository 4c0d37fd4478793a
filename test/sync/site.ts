import type { UplinkStatus } from '#contracts/api.ts';
import { systemClock } from '#contracts/clock.ts';
import { type AnyEvent, type Lane, lanes } from '#contracts/events/envelope.ts';
import { offset } from '#contracts/ids.ts';
import { silentLog } from '#contracts/log.ts';
import type { UplinkConfig } from '#contracts/site-file.ts';
import { openStore, type StoreHost } from '../../appliance/store/index.ts';
import { type Sync, startSync, syncStoreModule } from '../../sync/index.ts';
import { SITE_TOKEN, tempDir } from './region.ts';

export const EPOCH = 'epoch-1';

export function uplinkTo(url: string, changes: Partial<UplinkConfig> = {}): UplinkConfig {
  return {
    id: 'region',
    url,
    token: 'env:TOKEN',
    lanes: [...lanes],
    classificationMax: 'internal',
    batchCountMax: 100,
    batchBytesMax: 1_000_000,
    retry: { firstMs: 20, maxMs: 200 },
    backlogBytesMax: 1_000_000_000,
    ...changes,
  };
}

/** A site with a real store and its sync, in this thread. */
export interface Site {
  readonly store: StoreHost;
  readonly sync: Sync;
  /** Events that sync itself has told. */
  readonly told: readonly AnyEvent[];
  /** Resolves when a status satisfies `test`; looks at every status that is posted and at least every 50 ms. */
  until(test: (status: UplinkStatus) => boolean, what: string): Promise<UplinkStatus>;
  /** Everything that may leave is acknowledged. */
  drained(): Promise<void>;
  close(): Promise<void>;
}

export const openSiteStore = (dir: string): Promise<StoreHost> =>
  openStore({ dir, modules: [syncStoreModule], log: silentLog });

export async function startSite(options: {
  readonly url: string;
  readonly dir?: string;
  readonly store?: StoreHost;
  readonly epoch?: string;
  readonly site?: string;
  readonly token?: string | (() => string);
  readonly uplink?: Partial<UplinkConfig>;
}): Promise<Site> {
  const store = options.store ?? (await openSiteStore(options.dir ?? tempDir()));
  const told: AnyEvent[] = [];
  let crash: unknown = null;
  const sync = await startSync({
    site: options.site ?? 'lab',
    epoch: options.epoch ?? EPOCH,
    uplinks: [uplinkTo(options.url, options.uplink)],
    store,
    clock: systemClock,
    random: Math.random,
    log: silentLog,
    secrets: async () => {
      const { token = SITE_TOKEN } = options;
      return typeof token === 'string' ? token : token();
    },
    onStatus: () => {},
    onEvent: (event) => told.push(event),
    onCrash: (error) => {
      crash = error;
    },
  });
  const until: Site['until'] = async (test, what) => {
    const endsMs = Date.now() + 20_000;
    for (;;) {
      if (crash !== null) throw crash;
      const [status] = sync.status();
      if (status !== undefined && test(status)) return status;
      if (Date.now() > endsMs) throw new Error(`not reached: ${what}; ${JSON.stringify(status)}`);
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  };
  return {
    store,
    sync,
    told,
    until,
    async drained() {
      for (;;) {
        const before = await store.head();
        await until(({ backlogCount, state }) => backlogCount === 0 && state === 'up', 'drained');
        const ids = await eligible(store);
        const acknowledged = sync.status()[0]?.lanes ?? [];
        const done = acknowledged.every(({ lane, acknowledgedSequence }) => {
          return acknowledgedSequence >= (ids.get(lane)?.length ?? 0);
        });
        // The uplink writes events about itself, which have to leave as well.
        if (done && before === (await store.head())) return;
      }
    },
    async close() {
      await sync.stop();
      if (options.store === undefined) await store.close();
    },
  };
}

/** Ids per lane, in log order, of what may leave under the default policy. */
export async function eligible(store: StoreHost): Promise<ReadonlyMap<Lane, string[]>> {
  const ids = new Map<Lane, string[]>(lanes.map((lane) => [lane, []]));
  let after = offset(0);
  for (;;) {
    const records = await store.readLog(after, { countMax: 5_000 });
    const last = records.at(-1);
    if (last === undefined) return ids;
    for (const { event } of records) {
      if (event.classification === 'public' || event.classification === 'internal') {
        ids.get(event.lane)?.push(event.id);
      }
    }
    after = last.offset;
  }
}
