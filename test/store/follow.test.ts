import { describe, expect, test } from 'vitest';
import { OFFSET_NONE, type Offset } from '#contracts/ids.ts';
import type { FollowOptions, LogRecord } from '#contracts/store.ts';
import { connectStore, type StoreHost } from '../../appliance/store/index.ts';
import { SKIP_OFFSETS } from '../../appliance/store/limits.ts';
import { append, openTestStore } from './site.ts';

const A = 'holdfast.test.a.v1';
const B = 'holdfast.test.b.v1';
const range = (first: number, last: number): number[] =>
  Array.from({ length: last - first + 1 }, (_, index) => first + index);

/** Follows, keeps what came, and tells when an offset has come. */
function collect(
  store: StoreHost,
  options: Partial<FollowOptions> = {},
  onBatch?: (batch: readonly LogRecord[]) => Promise<void>,
) {
  const offsets: number[] = [];
  const sizes: number[] = [];
  let check = (): void => {};
  const end = store.follow({ consumer: 'collector', batchCountMax: 100, ...options }, async (batch) => {
    await onBatch?.(batch);
    offsets.push(...batch.map(({ offset }) => offset));
    sizes.push(batch.length);
    check();
  });
  const until = (isThere: () => boolean): Promise<void> =>
    new Promise((resolve) => {
      check = () => isThere() && resolve();
      check();
    });
  return {
    offsets,
    sizes,
    end,
    until,
    reached: (last: number) => until(() => (offsets.at(-1) ?? 0) >= last),
  };
}
const appendMany = (store: StoreHost, count: number, type = A) =>
  store.commit(Array.from({ length: count }, (_, index) => append(`${index}`, { type })));
const mark = (consumer: string, offset: Offset) => ({ op: 'mark', consumer, offset }) as const;
const lastOf = (batch: readonly LogRecord[]): Offset => batch.at(-1)?.offset ?? OFFSET_NONE;

describe('following the log', () => {
  test('begins at the mark, catches up and lives on, without a gap or a repeat', async () => {
    const store = await openTestStore();
    const offsets = await appendMany(store, 250);
    await store.commit([mark('collector', offsets[9] ?? OFFSET_NONE)]);
    const follower = collect(store);
    const during = Array.from({ length: 200 }, () => store.commit([append('live'), append('live')]));
    await follower.reached(650);
    await Promise.all(during);
    expect(follower.offsets).toEqual(range(11, 650));
    expect(Math.max(...follower.sizes)).toBeLessThanOrEqual(100);
    await follower.end();
  });

  test('reads the file no more once it has caught up', async () => {
    const store = await openTestStore();
    const follower = collect(store);
    await appendMany(store, 1);
    await follower.reached(1);
    await appendMany(store, 1);
    await follower.reached(2);
    const { readCount } = store.stats();
    for (let last = 3; last <= 40; last += 1) {
      await appendMany(store, 1);
      await follower.reached(last);
    }
    expect(store.stats().readCount).toBe(readCount);
    await follower.end();
  });

  test('hands out one batch at a time, and what came meanwhile in the next', async () => {
    const store = await openTestStore();
    const release = Promise.withResolvers<void>();
    const entered = Promise.withResolvers<void>();
    let running = 0;
    const follower = collect(store, {}, async () => {
      running += 1;
      expect(running).toBe(1);
      entered.resolve();
      await release.promise;
      running -= 1;
    });
    await appendMany(store, 1);
    await entered.promise;
    await appendMany(store, 5);
    release.resolve();
    await follower.reached(6);
    expect(follower.offsets).toEqual(range(1, 6));
    await follower.end();
  });

  test('gives a slow handler everything, though more came than is kept for it', async () => {
    const store = await openTestStore();
    const release = Promise.withResolvers<void>();
    const entered = Promise.withResolvers<void>();
    const follower = collect(store, { batchCountMax: 1_000 }, async () => {
      entered.resolve();
      await release.promise;
    });
    await appendMany(store, 1);
    await entered.promise;
    for (let round = 0; round < 12; round += 1) await appendMany(store, 1_000);
    release.resolve();
    await follower.reached(12_001);
    expect(follower.offsets).toEqual(range(1, 12_001));
    await follower.end();
  });

  test('hands a rejected batch out again', async () => {
    const store = await openTestStore();
    let failures = 2;
    const follower = collect(store, {}, async () => {
      failures -= 1;
      if (failures >= 0) throw new Error('not now');
    });
    await appendMany(store, 3);
    await follower.reached(3);
    expect(follower.offsets).toEqual([1, 2, 3]);
    await follower.end();
  });

  test('does not hand out again what the handler had marked before it failed', async () => {
    const store = await openTestStore();
    const seen: number[][] = [];
    const follower = collect(store, {}, async (batch) => {
      seen.push(batch.map(({ offset }) => offset));
      if (seen.length > 1) return;
      await store.commit([mark('collector', batch[1]?.offset ?? OFFSET_NONE)]);
      throw new Error('after the commit');
    });
    await appendMany(store, 4);
    await follower.until(() => follower.sizes.length > 0);
    expect(seen).toEqual([
      [1, 2, 3, 4],
      [3, 4],
    ]);
    await follower.end();
  });

  test('ends after the running batch, and hands out nothing more', async () => {
    const store = await openTestStore();
    const release = Promise.withResolvers<void>();
    const entered = Promise.withResolvers<void>();
    const follower = collect(store, { batchCountMax: 1 }, async () => {
      entered.resolve();
      await release.promise;
    });
    await appendMany(store, 3);
    await entered.promise;
    const ended = follower.end();
    release.resolve();
    await ended;
    await appendMany(store, 3);
    expect(follower.offsets).toEqual([1]);
  });

  test('several followers with filters of their own each get theirs', async () => {
    const store = await openTestStore();
    const as = collect(store, { consumer: 'as', types: [A] });
    const bs = collect(store, { consumer: 'bs', types: [B] });
    const safety = collect(store, { consumer: 'safety', lanes: ['safety'] });
    for (let round = 0; round < 20; round += 1) {
      await store.commit([
        append('a', { type: A }),
        append('b', { type: B }),
        append('s', { type: A, lane: 'safety' }),
      ]);
    }
    await Promise.all([as.reached(60), bs.reached(59), safety.reached(60)]);
    expect(as.offsets).toEqual(range(1, 60).filter((offset) => offset % 3 !== 2));
    expect(bs.offsets).toEqual(range(1, 60).filter((offset) => offset % 3 === 2));
    expect(safety.offsets).toEqual(range(1, 60).filter((offset) => offset % 3 === 0));
    await Promise.all([as.end(), bs.end(), safety.end()]);
  });

  test('for one type among many others finds it without reading them, and its mark keeps up', async () => {
    const store = await openTestStore();
    for (let round = 0; round < 6; round += 1) await appendMany(store, 2_000, B);
    const [wanted = OFFSET_NONE] = await appendMany(store, 1, A);
    const marksFound: number[] = [];
    const follower = collect(store, { types: [A] }, async (batch) => {
      marksFound.push(await store.mark('collector'));
      await store.commit([mark('collector', lastOf(batch))]);
    });
    await follower.reached(wanted);
    expect(follower.offsets).toEqual([12_001]);
    const passed = headReached(store, 24_001);
    for (let round = 0; round < 6; round += 1) await appendMany(store, 2_000, B);
    await passed;
    // The next wanted record is handed out after the skip, so its handler finds the mark moved.
    const [next = OFFSET_NONE] = await appendMany(store, 1, A);
    await follower.reached(next);
    expect(marksFound[0]).toBe(0);
    expect(marksFound[1]).toBeGreaterThanOrEqual(24_001 - SKIP_OFFSETS);
    await follower.end();
  });

  test('never moves the mark of a consumer that owes one', async () => {
    const store = await openTestStore();
    const follower = collect(store, { types: [A] });
    await appendMany(store, 1, A);
    await follower.reached(1);
    for (let round = 0; round < 4; round += 1) await appendMany(store, 2_000, B);
    await appendMany(store, 1, A);
    await follower.reached(8_002);
    expect(await store.mark('collector')).toBe(0);
    await follower.end();
  });

  test('from another client of the same store sees what this one commits', async () => {
    const store = await openTestStore();
    const other = connectStore(store.connect());
    const seen = Promise.withResolvers<readonly LogRecord[]>();
    const end = other.follow({ consumer: 'other', batchCountMax: 10 }, async (batch) => seen.resolve(batch));
    await store.commit([append('x')]);
    expect((await seen.promise).map(({ event }) => event.subject)).toEqual(['x']);
    await end();
    await other.close();
  });
});

const headReached = (store: StoreHost, last: number): Promise<void> =>
  new Promise((resolve) => {
    const end = store.watchHead((head) => {
      if (head < last) return;
      end();
      resolve();
    });
  });

test('watching the head tells where it got to, until the end', async () => {
  const store = await openTestStore();
  const heads: number[] = [];
  const reached = headReached(store, 5);
  const end = store.watchHead((head) => heads.push(head));
  await appendMany(store, 2);
  await appendMany(store, 3);
  await reached;
  expect(heads.at(-1)).toBe(5);
  end();
  const more = headReached(store, 6);
  await appendMany(store, 1);
  await more;
  expect(heads.at(-1)).toBe(5);
});
