import { copyFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { expect, test } from 'vitest';
import type { Tap } from '../../sync/regional/index.ts';
import { fill } from './events.ts';
import { expectContiguous, expectWhole, idsOf, wantedIds } from './oracle.ts';
import { kept, startRegion, tempDir } from './region.ts';
import { openSiteStore, startSite } from './site.ts';

test('a frame that is cut in the middle is sent again, and stored once', async () => {
  let upBytes = 0;
  let cuts = 0;
  const tap: Tap = (direction, chunk) => {
    if (direction === 'down' || cuts >= 5) return 'pass';
    upBytes += chunk.length;
    // Past the header of the frame and within its body.
    if (upBytes < 3_000) return 'pass';
    upBytes = 0;
    cuts += 1;
    return 'cut';
  };
  const region = await startRegion({ tap });
  const site = await startSite({ url: region.url });
  await fill(site.store, 2_000);
  await site.drained();
  expect(cuts).toBe(5);
  await expectWhole(site.store, region.directUrl);
  await site.close();
  await region.close();
});

test('a frame whose answer is lost is not stored twice', async () => {
  let lost = 0;
  const tap: Tap = (direction, chunk) => {
    // The mark after a stored frame; the answer to the question for marks has a list.
    const text = chunk.toString('latin1');
    const vouches = direction === 'down' && text.includes('200 OK') && !text.includes('"marks"');
    if (!vouches || lost >= 4) return 'pass';
    lost += 1;
    return 'cut';
  };
  const region = await startRegion({ tap });
  const site = await startSite({ url: region.url });
  await fill(site.store, 1_200);
  await site.drained();
  expect(lost).toBe(4);
  await expectWhole(site.store, region.directUrl);
  await site.close();
  await region.close();
});

test('a link that breaks at random places loses and repeats nothing', async () => {
  let seed = 20_261_121;
  let cuts = 0;
  const chance = () => {
    seed = (seed * 48_271) % 2_147_483_647;
    return seed / 2_147_483_647;
  };
  const tap: Tap = () => {
    if (cuts >= 25 || chance() > 0.08) return 'pass';
    cuts += 1;
    return 'cut';
  };
  const region = await startRegion({ tap });
  const site = await startSite({ url: region.url, uplink: { batchCountMax: 20 } });
  for (let round = 0; round < 10; round += 1) {
    await fill(site.store, 200, { perCommit: 20 });
  }
  await site.drained();
  expect(cuts).toBeGreaterThan(10);
  await expectWhole(site.store, region.directUrl);
  await site.close();
  await region.close();
});

test('a region restored from an older copy gets again what it lost', async () => {
  const dir = tempDir();
  const copy = tempDir();
  const first = await startRegion({ dir });
  const store = await openSiteStore(tempDir());
  const site = await startSite({ url: first.url, store });
  await fill(store, 1_000);
  await site.drained();
  // The files as they are: the write-ahead log belongs to the copy.
  for (const file of readdirSync(dir)) copyFileSync(join(dir, file), join(copy, file));
  await fill(store, 1_000);
  await site.drained();
  await site.close();
  await first.close();

  const restored = await startRegion({ dir: copy });
  const before = await kept(restored.directUrl, 'telemetry');
  expect(before.length).toBeLessThan((await wantedIds(store, 'telemetry')).length);
  const again = await startSite({ url: restored.url, store });
  await again.drained();
  await expectWhole(store, restored.directUrl);
  const moved = again.told.filter(({ type }) => type === 'holdfast.sync.mark-moved.v1');
  expect(moved.map(({ data }) => (data as { direction: string }).direction)).toContain('behind');
  await again.close();
  await store.close();
  await restored.close();
});

test('a new epoch begins anew behind what the region has', async () => {
  const region = await startRegion();
  const store = await openSiteStore(tempDir());
  const first = await startSite({ url: region.url, store, epoch: 'one' });
  await fill(store, 400);
  await first.drained();
  await first.close();
  await fill(store, 200);
  const second = await startSite({ url: region.url, store, epoch: 'two' });
  await second.until(
    ({ lanes, backlogCount }) =>
      backlogCount === 0 && lanes.every(({ acknowledgedSequence }) => acknowledgedSequence >= 50),
    'the new epoch to be drained',
  );
  for (const lane of ['safety', 'telemetry', 'business'] as const) {
    const [one, two] = [await kept(region.directUrl, lane, 'one'), await kept(region.directUrl, lane, 'two')];
    expectContiguous(one);
    expectContiguous(two);
    expect(two.length).toBeGreaterThan(0);
    expect([...idsOf(one), ...idsOf(two)]).toEqual(await wantedIds(store, lane));
  }
  await second.close();
  await store.close();
  await region.close();
});

test('a region that knows more than our store is believed, and nothing new is lost', async () => {
  const region = await startRegion();
  const lost = await startSite({ url: region.url });
  await fill(lost.store, 400);
  await lost.drained();
  const had = await kept(region.directUrl, 'business');
  await lost.close();
  // The same site and epoch, with another store, which also starts anew on top of it.
  const store = await openSiteStore(tempDir());
  const start = await startSite({ url: region.url, store });
  await fill(store, 20);
  await start.until(({ lanes }) => lanes.every((one) => one.acknowledgedSequence > 100), 'the new store');
  expect(start.told.map(({ type }) => type)).toContain('holdfast.sync.mark-moved.v1');
  await start.close();
  const site = await startSite({ url: region.url, store });
  await fill(store, 200);
  await site.until(
    ({ lanes, backlogCount }) => backlogCount === 0 && lanes.every((one) => one.acknowledgedSequence > 150),
    'the new store to be drained',
  );
  const has = await kept(region.directUrl, 'business');
  expectContiguous(has);
  expect(idsOf(has)).toEqual([...idsOf(had), ...(await wantedIds(store, 'business'))]);
  expect(site.told.map(({ type }) => type)).not.toContain('holdfast.sync.mark-moved.v1');
  await site.close();
  await store.close();
  await region.close();
});

test('two stores under one name and epoch are found out, and the lane is held', async () => {
  const region = await startRegion();
  const only = { lanes: ['business' as const] };
  const first = await startSite({ url: region.url, uplink: only });
  await fill(first.store, 100, { lanes: ['business'] });
  await first.until(({ lanes }) => lanes[0]?.acknowledgedSequence === 100, 'the first store to be drained');
  // The copy numbered other events up to the same place, and the region's next mark falls between them.
  const copy = await startSite({ url: region.url, uplink: only });
  await copy.until(({ state }) => state === 'up', 'the copy to be up');
  await fill(first.store, 50, { lanes: ['business'] });
  await first.until(({ lanes }) => lanes[0]?.acknowledgedSequence === 150, 'more of the first');
  await fill(copy.store, 50, { lanes: ['business'] });
  const held = await copy.until(({ reason }) => reason !== null, 'the copy to be held');
  expect(held.reason).toContain('422');
  await copy.until(() => copy.told.some(({ type }) => type === 'holdfast.alarm.raised.v1'), 'an alarm');
  const records = await kept(region.directUrl, 'business');
  expect(idsOf(records)).toEqual(await wantedIds(first.store, 'business'));
  await copy.close();
  await first.close();
  await region.close();
});

test('a region that asks for records older than the log gets told that they are gone', async () => {
  const dir = tempDir();
  const first = await startRegion();
  const before = await openSiteStore(dir);
  await fill(before, 2_000, { lanes: ['business', 'telemetry'] });
  const site = await startSite({ url: first.url, store: before });
  await site.drained();
  await site.close();
  await before.close();
  await first.close();
  // What a retention of the log would do; the region then loses its archive.
  const database = new Database(join(dir, 'site.db'));
  const guards = database
    .prepare<[], { name: string; sql: string }>(
      "SELECT name, sql FROM sqlite_schema WHERE type = 'trigger' AND tbl_name = 'log'",
    )
    .all();
  for (const { name } of guards) database.exec(`DROP TRIGGER ${name}`);
  expect(database.prepare('DELETE FROM log WHERE offset <= 301').run().changes).toBe(301);
  for (const { sql } of guards) database.exec(sql);
  database.close();

  const empty = await startRegion();
  const store = await openSiteStore(dir);
  const again = await startSite({ url: empty.url, store });
  await again.until(
    ({ lanes, backlogCount }) =>
      backlogCount === 0 &&
      lanes.every(({ lane, acknowledgedSequence }) => lane === 'safety' || acknowledgedSequence > 0),
    'what is left to be sent',
  );
  await fill(store, 20, { lanes: ['business'] });
  await again.until(
    ({ lanes }) => lanes.find(({ lane }) => lane === 'business')?.acknowledgedSequence === 1_020,
    'new events behind the old numbers',
  );
  const records = await kept(empty.directUrl, 'business');
  expectContiguous(records);
  const events = records.filter(({ gap }) => gap === undefined);
  expect(idsOf(events)).toEqual(await wantedIds(store, 'business'));
  expect(records.filter(({ gap }) => gap !== undefined).map(({ gap }) => gap)).toEqual(['gone']);
  await again.close();
  await store.close();
  await empty.close();
});
