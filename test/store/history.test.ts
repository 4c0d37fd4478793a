import { statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { TagSample, TagValue } from '#contracts/tags.ts';
import type { StoreHost } from '../../appliance/store/index.ts';
import { openTestStore, temporaryFolder } from './site.ts';

const good = { level: 'good' } as const;
const sample = (value: TagValue | null, sourceTimeMs: number, extra: Partial<TagSample> = {}): TagSample => ({
  path: 'line-1/speed',
  value,
  quality: good,
  sourceTimeMs,
  ...extra,
});

/** History is best effort and answers nothing, so wait until it has been written or dropped. */
async function written(store: StoreHost, count: number): Promise<void> {
  for (;;) {
    const { historyWrittenCount, historyDroppedCount } = store.stats();
    if (historyWrittenCount + historyDroppedCount >= count) return;
    await store.commit([]);
  }
}

describe('tag history', () => {
  test('gives back values, qualities and times of one tag, oldest first', async () => {
    const store = await openTestStore();
    const samples = [
      sample(1.5, 1_000),
      sample(true, 1_100, { path: 'line-1/eye' }),
      sample(null, 1_200, { quality: { level: 'bad', reason: 'link is down' } }),
      sample('text', 1_300, { quality: { level: 'uncertain', reason: 'late' } }),
      sample(-2, 1_400),
    ];
    store.history.write(samples);
    await written(store, 5);
    const range = { fromMs: 1_000, toMs: 1_400 };
    expect(await store.history.read('line-1/speed', range, 10)).toEqual([
      { value: 1.5, quality: good, sourceTimeMs: 1_000 },
      { value: null, quality: { level: 'bad', reason: 'link is down' }, sourceTimeMs: 1_200 },
      { value: 'text', quality: { level: 'uncertain', reason: 'late' }, sourceTimeMs: 1_300 },
    ]);
    expect(await store.history.read('line-1/eye', range, 10)).toEqual([
      { value: true, quality: good, sourceTimeMs: 1_100 },
    ]);
    expect(await store.history.read('line-9/none', range, 10)).toEqual([]);
  });

  test('gives the newest when there are more than asked for', async () => {
    const store = await openTestStore();
    store.history.write(Array.from({ length: 100 }, (_, index) => sample(index, index)));
    await written(store, 100);
    const points = await store.history.read('line-1/speed', { fromMs: 0, toMs: 100 }, 3);
    expect(points.map(({ value }) => value)).toEqual([97, 98, 99]);
  });

  test('sums up windows; bad values count but are no numbers', async () => {
    const store = await openTestStore();
    store.history.write([
      sample(4, 1_000),
      sample(2, 1_200),
      sample(99, 1_400, { quality: { level: 'bad', reason: 'x' } }),
      sample(8, 3_999),
      sample(true, 4_500),
    ]);
    await written(store, 5);
    const windows = await store.history.windows('line-1/speed', { fromMs: 1_000, toMs: 5_000 }, 1_000);
    expect(windows).toEqual([
      {
        fromMs: 1_000,
        count: 3,
        min: 2,
        max: 4,
        mean: 3,
        last: { value: 99, quality: { level: 'bad', reason: 'x' }, sourceTimeMs: 1_400 },
      },
      {
        fromMs: 3_000,
        count: 1,
        min: 8,
        max: 8,
        mean: 8,
        last: { value: 8, quality: good, sourceTimeMs: 3_999 },
      },
      {
        fromMs: 4_000,
        count: 1,
        min: null,
        max: null,
        mean: null,
        last: { value: true, quality: good, sourceTimeMs: 4_500 },
      },
    ]);
  });

  test('is a ring: the oldest go when its bytes are used up, and the file stops growing', async () => {
    const dir = temporaryFolder();
    const bytesMax = 1_048_576;
    const store = await openTestStore({ dir, history: { bytesMax } });
    const path = `line-1/${'x'.repeat(40)}` as const;
    const total = 40_000;
    for (let at = 0; at < total; at += 4_000) {
      store.history.write(
        Array.from({ length: 4_000 }, (_, i) => sample(`value number ${at + i}`, at + i, { path })),
      );
      await written(store, at + 4_000);
    }
    const points = await store.history.read(path, { fromMs: 0, toMs: total }, 20_000);
    expect(points.at(-1)?.sourceTimeMs).toBe(total - 1);
    expect(points[0]?.sourceTimeMs).toBeGreaterThan(0);
    await store.close();
    expect(statSync(join(dir, 'history.db')).size).toBeLessThan(bytesMax * 1.5);
  });

  test('lets go of what is older than its age', async () => {
    const store = await openTestStore({ history: { ageMsMax: -1 } });
    store.history.write(Array.from({ length: 10 }, (_, index) => sample(index, index)));
    await written(store, 10);
    expect(await store.history.read('line-1/speed', { fromMs: 0, toMs: 100 }, 10)).toEqual([]);
  });

  test('drops and counts what comes faster than it can be written', async () => {
    const store = await openTestStore();
    store.history.write(Array.from({ length: 60_000 }, (_, index) => sample(index, index)));
    await written(store, 60_000);
    expect(store.stats()).toMatchObject({ historyWrittenCount: 50_000, historyDroppedCount: 10_000 });
  });
});
