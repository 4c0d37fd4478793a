import { Worker } from 'node:worker_threads';
import { expect, test } from 'vitest';
import type { UplinkStatus } from '#contracts/api.ts';
import { silentLog } from '#contracts/log.ts';
import { startUplink } from '../../appliance/threads/index.ts';
import { fill } from './events.ts';
import { expectContiguous, idsOf, wantedIds } from './oracle.ts';
import { kept, SITE_TOKEN, startRegion, tempDir } from './region.ts';
import { EPOCH, openSiteStore, uplinkTo } from './site.ts';

test('the uplink thread drains, survives its own death, and stops in order', async () => {
  const region = await startRegion();
  // Cut, so that the first thread dies with everything still before it.
  region.proxy.set({ cut: true });
  const store = await openSiteStore(tempDir());
  await fill(store, 2_000);
  const workers: Worker[] = [];
  const asked: string[] = [];
  let told: (status: UplinkStatus) => void = () => {};
  const until = (test: (status: UplinkStatus) => boolean) =>
    new Promise<void>((resolve) => {
      told = (status) => {
        if (test(status)) resolve();
      };
    });
  const handle = await startUplink({
    siteFile: { uplinks: [uplinkTo(region.url, { batchCountMax: 20 })] },
    site: 'lab',
    epoch: EPOCH,
    storePort: store.connect,
    log: silentLog,
    secrets(reference) {
      asked.push(reference);
      return SITE_TOKEN;
    },
    onStatus: ([status]) => status !== undefined && told(status),
    onEvent: () => {},
    restart: { silenceMsMax: 5_000, firstMs: 20, maxMs: 100, steadyMs: 60_000 },
    spawn(entry, options) {
      const worker = new Worker(entry, options);
      workers.push(worker);
      return worker;
    },
  });
  await until(({ backlogCount, state }) => backlogCount >= 2_000 && state === 'down');
  const fell = until(({ reason }) => reason?.includes('thread ended') === true);
  await workers[0]?.terminate();
  await fell;
  region.proxy.set({ cut: false });
  await until(({ state }) => state === 'up');
  expect(workers.length).toBe(2);
  expect(handle.restartCount()).toBe(1);
  await fill(store, 400);
  await until(({ lanes }) => lanes.every(({ acknowledgedSequence }) => acknowledgedSequence >= 600));
  await handle.stop();
  expect(new Set(asked)).toEqual(new Set(['env:TOKEN']));
  for (const lane of ['safety', 'business', 'telemetry', 'audit'] as const) {
    const records = await kept(region.directUrl, lane);
    expectContiguous(records);
    // What the uplink tells of itself at the very end leaves with the next start.
    expect(idsOf(records)).toEqual((await wantedIds(store, lane)).slice(0, records.length));
    expect(records.length).toBeGreaterThanOrEqual(600);
  }
  await store.close();
  await region.close();
});

test('a site without uplinks has no thread', async () => {
  const handle = await startUplink({
    siteFile: { uplinks: [] },
    site: 'lab',
    epoch: EPOCH,
    storePort: () => {
      throw new Error('nobody needs a port');
    },
    log: silentLog,
    secrets: () => '',
    onStatus: () => {},
    onEvent: () => {},
  });
  expect(handle.status()).toEqual([]);
  await handle.stop();
});
