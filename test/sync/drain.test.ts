import { expect, test } from 'vitest';
import { fill, someEvent } from './events.ts';
import { expectWhole, wantedIds } from './oracle.ts';
import { kept, startRegion, tempDir } from './region.ts';
import { openSiteStore, startSite } from './site.ts';

test('a backlog and live events arrive once, in order, without gaps', async () => {
  const region = await startRegion();
  const site = await startSite({ url: region.url });
  await fill(site.store, 2_000);
  await site.store.commit([{ op: 'append', event: someEvent('business', { classification: 'personal' }) }]);
  await fill(site.store, 300, { perCommit: 3 });
  await site.drained();
  await expectWhole(site.store, region.directUrl);
  const [status] = site.sync.status();
  expect(status).toMatchObject({
    state: 'up',
    backlogCount: 0,
    backlogBytes: 0,
    droppedCount: 0,
    reason: null,
  });
  await site.close();
  await region.close();
});

test('an outage shows as a backlog with its age, and drains when the link is back', async () => {
  const region = await startRegion();
  const site = await startSite({ url: region.url });
  await fill(site.store, 40);
  await site.drained();
  region.proxy.set({ cut: true });
  await fill(site.store, 400);
  const down = await site.until(
    ({ state, backlogCount, lanes }) =>
      state === 'down' && backlogCount >= 400 && lanes.every(({ oldestAt }) => oldestAt !== null),
    'a visible backlog',
  );
  expect(down.drainSeconds).toBeNull();
  expect(down.reason).not.toBeNull();
  expect(down.backlogBytes).toBeGreaterThan(400 * 300);
  for (const { count } of down.lanes) expect(count).toBeGreaterThanOrEqual(100);
  region.proxy.set({ cut: false });
  await site.drained();
  await expectWhole(site.store, region.directUrl);
  const changes = site.told.filter(({ type }) => type === 'holdfast.sync.uplink-changed.v1');
  expect(changes.map(({ data }) => (data as { state: string }).state)).toEqual(['up', 'down', 'up']);
  await site.close();
  await region.close();
});

test('a start after an orderly stop counts nothing anew and sends nothing twice', async () => {
  const region = await startRegion();
  const store = await openSiteStore(tempDir());
  const first = await startSite({ url: region.url, store });
  await fill(store, 400);
  await first.drained();
  await first.close();
  await fill(store, 40);
  const second = await startSite({ url: region.url, store });
  await second.drained();
  await expectWhole(store, region.directUrl);
  await second.close();
  await store.close();
  await region.close();
});

test('the safety lane overtakes a backlog of telemetry on a slow link', async () => {
  const region = await startRegion();
  const site = await startSite({ url: region.url });
  await site.until(({ state }) => state === 'up', 'up');
  region.proxy.set({ slow: true });
  // Text that does not compress, so that the link is what takes the time.
  for (let done = 0; done < 400; done += 100) {
    const ops = Array.from({ length: 100 }, () => ({
      op: 'append' as const,
      event: someEvent('telemetry', { text: Buffer.from(noise()).toString('base64') }),
    }));
    await site.store.commit(ops);
  }
  await site.store.commit([{ op: 'append', event: someEvent('safety') }]);
  const status = await site.until(
    ({ lanes }) => lanes.find(({ lane }) => lane === 'safety')?.acknowledgedSequence === 1,
    'the safety event to be acknowledged',
  );
  expect(status.lanes.find(({ lane }) => lane === 'telemetry')?.count).toBeGreaterThan(100);
  region.proxy.set({ slow: false });
  await site.drained();
  expect(await kept(region.directUrl, 'telemetry')).toHaveLength(
    (await wantedIds(site.store, 'telemetry')).length,
  );
  await site.close();
  await region.close();
});

/** 1.5 kB of bytes from a fixed generator (Park and Miller), different at each call. */
let seed = 7;
function noise(): Uint8Array {
  return Uint8Array.from({ length: 1_500 }, () => {
    seed = (seed * 48_271) % 2_147_483_647;
    return seed & 0xff;
  });
}

test('the trace of an event goes on in its envelope and in the delivery', async () => {
  let up = '';
  const region = await startRegion({
    tap: (direction, chunk) => {
      if (direction === 'up') up += chunk.toString('latin1');
      return 'pass';
    },
  });
  const site = await startSite({ url: region.url });
  const traceparent = `00-${'4b'.repeat(16)}-${'c7'.repeat(8)}-01`;
  await site.store.commit([{ op: 'append', event: someEvent('business', { traceparent }) }]);
  await site.drained();
  const [record] = await kept(region.directUrl, 'business');
  expect(record?.event).toMatchObject({ traceparent });
  expect(up).toMatch(/traceparent: 00-(4b){16}-(?!(c7){8})[0-9a-f]{16}-01/);
  await site.close();
  await region.close();
});
