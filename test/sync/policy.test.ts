import { expect, test } from 'vitest';
import { fill, someEvent } from './events.ts';
import { expectContiguous, idsOf, wantedIds } from './oracle.ts';
import { kept, startRegion, tempDir } from './region.ts';
import { openSiteStore, startSite } from './site.ts';

test('what may not leave stays, and takes no number', async () => {
  const region = await startRegion();
  const store = await openSiteStore(tempDir());
  const classes = ['public', 'internal', 'personal', 'restricted'] as const;
  for (let round = 0; round < 25; round += 1) {
    await store.commit(
      classes.map((classification) => ({
        op: 'append' as const,
        event: someEvent('business', { classification, text: classification }),
      })),
    );
  }
  await fill(store, 50, { lanes: ['telemetry'] });
  const site = await startSite({
    url: region.url,
    store,
    uplink: { lanes: ['safety', 'audit', 'business'] },
  });
  await site.until(({ backlogCount, lanes }) => backlogCount === 0 && lanes.length === 3, 'drained');
  await site.until(
    ({ lanes }) => lanes.find(({ lane }) => lane === 'business')?.acknowledgedSequence === 50,
    'all of business',
  );
  const business = await kept(region.directUrl, 'business');
  expectContiguous(business);
  expect(idsOf(business)).toEqual(await wantedIds(store, 'business'));
  expect(await kept(region.directUrl, 'telemetry')).toEqual([]);
  await site.close();
  await store.close();
  await region.close();
});

test('a stricter policy withholds what already has its number, and the stream goes on', async () => {
  // The region takes the site's question for marks, and no frame gets through.
  let frames = 0;
  const blocked = await startRegion({
    tap: (direction, chunk) => {
      if (direction === 'down' || !chunk.includes('POST /sync/v1/frames')) return 'pass';
      frames += 1;
      return 'cut';
    },
  });
  const store = await openSiteStore(tempDir());
  const secret = someEvent('business', { classification: 'personal', text: 'Erika Mustermann' });
  const plain = [someEvent('business'), someEvent('business')];
  await store.commit([
    { op: 'append', event: plain[0] ?? secret },
    { op: 'append', event: secret },
  ]);
  const only = { lanes: ['business' as const] };
  const loose = await startSite({
    url: blocked.url,
    store,
    uplink: { ...only, classificationMax: 'personal' },
  });
  await loose.until(({ state }) => state === 'down', 'frames to be refused');
  expect(frames).toBeGreaterThan(0);
  await loose.close();
  await blocked.close();

  const region = await startRegion();
  const strict = await startSite({ url: region.url, store, uplink: only });
  await store.commit([{ op: 'append', event: plain[1] ?? secret }]);
  await strict.until(({ lanes }) => lanes[0]?.acknowledgedSequence === 3, 'three numbers');
  const records = await kept(region.directUrl, 'business');
  expect(records.map(({ gap, event }) => gap ?? event?.id)).toEqual([plain[0]?.id, 'withheld', plain[1]?.id]);
  expectContiguous(records);
  expect(JSON.stringify(records)).not.toContain('Mustermann');
  await strict.close();
  await store.close();
  await region.close();
});

test('a looser policy does not reach back', async () => {
  const region = await startRegion();
  const store = await openSiteStore(tempDir());
  const [before, after] = [1, 2].map(() => someEvent('business', { classification: 'personal' }));
  if (before === undefined || after === undefined) throw new Error('two events');
  await store.commit([
    { op: 'append', event: before },
    { op: 'append', event: someEvent('business') },
  ]);
  const only = { lanes: ['business' as const] };
  const strict = await startSite({ url: region.url, store, uplink: only });
  await strict.until(({ lanes }) => lanes[0]?.acknowledgedSequence === 1, 'the internal event');
  await strict.close();
  const loose = await startSite({
    url: region.url,
    store,
    uplink: { ...only, classificationMax: 'personal' },
  });
  await store.commit([{ op: 'append', event: after }]);
  await loose.until(({ lanes }) => lanes[0]?.acknowledgedSequence === 2, 'the new personal event');
  const ids = idsOf(await kept(region.directUrl, 'business'));
  expect(ids).toContain(after.id);
  expect(ids).not.toContain(before.id);
  await loose.close();
  await store.close();
  await region.close();
});

test('without room telemetry goes, oldest first, and nothing else', async () => {
  const region = await startRegion();
  region.proxy.set({ cut: true });
  const site = await startSite({ url: region.url, uplink: { backlogBytesMax: 3_000_000 } });
  const lanes = ['telemetry', 'business', 'telemetry', 'telemetry', 'safety', 'telemetry'] as const;
  await fill(site.store, 9_000, { lanes, text: 'x'.repeat(200) });
  // Room is made while the log is still being counted: wait for both.
  await site.until(
    ({ droppedCount, lanes: all }) =>
      droppedCount > 0 && all.find(({ lane }) => lane === 'business')?.count === 1_500,
    'telemetry to be given up and every business record to be kept',
  );
  region.proxy.set({ cut: false });
  await site.until(({ backlogCount, state }) => backlogCount === 0 && state === 'up', 'drained');
  const [status] = site.sync.status();
  const dropped = site.told.filter(({ type }) => type === 'holdfast.sync.records-dropped.v1');
  const counts = dropped.map(({ data }) => (data as { count: number }).count);
  expect(counts.reduce((sum, count) => sum + count, 0)).toBe(status?.droppedCount);
  for (const lane of ['safety', 'business'] as const) {
    expect(idsOf(await kept(region.directUrl, lane))).toEqual(await wantedIds(site.store, lane));
  }
  const telemetry = await kept(region.directUrl, 'telemetry');
  expectContiguous(telemetry);
  const wanted = await wantedIds(site.store, 'telemetry');
  expect(telemetry.length + (status?.droppedCount ?? 0)).toBe(wanted.length);
  // Frames that had their number before the room ended are kept; behind them the oldest went.
  const kepts = new Set(idsOf(telemetry));
  expect(wanted.filter((id) => kepts.has(id))).toEqual(idsOf(telemetry));
  expect(idsOf(telemetry).at(-1)).toBe(wanted.at(-1));
  const audit = idsOf(await kept(region.directUrl, 'audit'));
  for (const { id } of dropped) expect(audit).toContain(id);
  await site.close();
  await region.close();
});
