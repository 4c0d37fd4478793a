import { afterEach, describe, expect, test } from 'vitest';
import { systemClock } from '#contracts/clock.ts';
import { OFFSET_NONE } from '#contracts/ids.ts';
import type { Store, StoreOp } from '#contracts/store.ts';
import { type CrashPoint, localCrashPoints, openLocalDisk } from '../../appliance/store/index.ts';
import { until } from '../support/until.ts';
import { append, jobs, openTestStore, testEvent } from './site.ts';

const addJob = (id: string): StoreOp => ({ op: 'run', statement: 'jobs.add', params: { id, step: 0 } });
const advance = (id: string): StoreOp => ({
  op: 'run',
  statement: 'jobs.advance',
  params: { id, step: 0 },
  changes: 1,
});
const modules = [jobs];
const disks: { close(): void }[] = [];
afterEach(() => {
  for (const disk of disks.splice(0)) disk.close();
});
const openDisk = () => {
  const disk = openLocalDisk(modules);
  disks.push(disk);
  return disk;
};

/** The store in one thread stands for the real one in tests, so it must keep the same contract. */
const kinds: [string, () => Promise<Store>][] = [
  ['with its threads', () => openTestStore()],
  ['in one thread', async () => openDisk().start({ clock: systemClock })],
];

describe.each(kinds)('a store %s', (_name, open) => {
  test('keeps all of a commit or nothing, and its neighbours', async () => {
    const store = await open();
    const one = store.commit([append('a'), addJob('a'), append('b')]);
    const bad = store.commit([append('lost'), addJob('lost'), advance('nobody')]);
    const two = store.commit([append('c')]);
    expect(await one).toEqual([1, 2]);
    await expect(bad).rejects.toMatchObject({
      code: 'STORE_CONFLICT',
      details: { statement: 'jobs.advance' },
    });
    expect(await two).toEqual([3]);
    expect(await store.query('jobs.all')).toEqual([{ id: 'a', step: 0 }]);
    const records = await store.readLog(OFFSET_NONE, { countMax: 10 });
    expect(records.map(({ event }) => event.subject)).toEqual(['a', 'b', 'c']);
    expect(await store.head()).toBe(3);
  });

  test('takes an event once', async () => {
    const store = await open();
    const event = testEvent('once');
    await store.commit([{ op: 'append', event }]);
    await expect(store.commit([addJob('x'), { op: 'append', event }])).rejects.toMatchObject({
      code: 'STORE_DUPLICATE',
      details: { eventId: event.id, offset: 1 },
    });
    expect(await store.query('jobs.all')).toEqual([]);
  });

  test('refuses a statement that nobody brings', async () => {
    const store = await open();
    await expect(store.query('jobs.nothing')).rejects.toMatchObject({ code: 'STORE_STATEMENT' });
    await expect(store.commit([{ op: 'run', statement: 'a.b', params: {} }])).rejects.toMatchObject({
      code: 'STORE_STATEMENT',
    });
  });

  test('hands the log to a follower in order, from its mark on, then live', async () => {
    const store = await open();
    await store.commit([append('a'), append('b')]);
    const seen: string[] = [];
    const unfollow = store.follow({ consumer: 'me', batchCountMax: 1 }, async (records) => {
      for (const { event, offset } of records) {
        await store.commit([{ op: 'mark', consumer: 'me', offset }]);
        seen.push(event.subject);
      }
    });
    await until('two came', () => seen.length === 2);
    await store.commit([append('c')]);
    await until('the third came', () => seen.length === 3);
    await unfollow();
    expect(seen).toEqual(['a', 'b', 'c']);
    expect(await store.mark('me')).toBe(3);
  });
});

test.each(
  localCrashPoints,
)('cut off at %s, a store has kept whole commits, and those it has answered', async (at) => {
  const disk = openDisk();
  const first = disk.start({ clock: systemClock });
  await first.commit([append('before'), addJob('before')]);
  let cuts: CrashPoint[] = [];
  const store = disk.start({
    clock: systemClock,
    isCutAt: (point) => point === at,
    onCut: (point) => (cuts = [...cuts, point]),
  });
  const answered: string[] = [];
  const commit = (id: string) =>
    void store
      .commit([append(id), addJob(id), { op: 'mark', consumer: 'me', offset: 1 as never }])
      .then(() => answered.push(id));
  for (const id of ['one', 'two', 'three']) commit(id);
  await until('it is cut off', () => cuts.length > 0);
  expect(cuts).toEqual([at]);

  const after = disk.start({ clock: systemClock });
  const kept = (await after.query('jobs.all')).map(({ id }) => id);
  const logged = (await after.readLog(OFFSET_NONE, { countMax: 10 })).map(({ event }) => event.subject);
  expect(logged.toSorted()).toEqual(kept.map(String).toSorted());
  expect(kept).toEqual(expect.arrayContaining(['before', ...answered]));
  const isWritten = at === 'after-commit-before-answer' || at === 'after-answer';
  expect(kept).toHaveLength(isWritten ? 4 : 1);
  expect(answered).toEqual([]); // the answers had left the store, and reached nobody
  expect(await after.commit([append('next')])).toEqual([kept.length + 1]);
});
