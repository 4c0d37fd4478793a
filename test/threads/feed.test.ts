import { expect, test } from 'vitest';
import type { TagPath, TagSample } from '#contracts/tags.ts';
import { createFeed, type FeedBatch } from '../../appliance/threads/feed.ts';

const sample = (path: TagPath, value: number): TagSample => ({
  path,
  value,
  quality: { level: 'good' },
  sourceTimeMs: value,
});

function rig(samplesMax?: number) {
  const batches: FeedBatch[] = [];
  return { batches, feed: createFeed((batch) => batches.push(batch), samplesMax) };
}

test('nothing to tell is not told', () => {
  const { feed, batches } = rig();
  feed.flush();
  expect(batches).toEqual([]);
});

test('every sample arrives in order while the other side keeps up', () => {
  const { feed, batches } = rig();
  feed.tags([sample('a/x', 1), sample('a/x', 2)]);
  feed.flush();
  feed.taken();
  feed.tags([sample('a/x', 3)]);
  feed.flush();
  expect(batches.map(({ samples }) => samples.map(({ value }) => value))).toEqual([[1, 2], [3]]);
});

test('one batch is under way at a time; past the limit only the newest of each tag waits', () => {
  const { feed, batches } = rig(4);
  feed.tags([sample('a/x', 0)]);
  feed.flush();
  for (let value = 1; value <= 100; value += 1) {
    feed.tags([sample('a/x', value), sample('a/y', -value)]);
    feed.flush();
  }
  expect(batches).toHaveLength(1);
  feed.taken();
  feed.flush();
  const waited = batches[1]?.samples ?? [];
  expect(waited.length).toBeLessThanOrEqual(4);
  expect(waited.findLast(({ path }) => path === 'a/x')?.value).toBe(100);
  expect(waited.findLast(({ path }) => path === 'a/y')?.value).toBe(-100);
});

test('of links and robots the newest state is told', () => {
  const { feed, batches } = rig();
  feed.link('a', { state: 'connecting', sinceMs: 1 });
  feed.link('a', { state: 'up', sinceMs: 2, heardAtMs: 2 });
  feed.flush();
  expect(batches[0]?.links).toEqual([['a', { state: 'up', sinceMs: 2, heardAtMs: 2 }]]);
});
