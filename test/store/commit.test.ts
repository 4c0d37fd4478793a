import { describe, expect, test } from 'vitest';
import { OFFSET_NONE, offset } from '#contracts/ids.ts';
import type { StoreModule, StoreOp } from '#contracts/store.ts';
import { append, jobs, openTestStore, testEvent } from './site.ts';

const addJob = (id: string, step = 0): StoreOp => ({
  op: 'run',
  statement: 'jobs.add',
  params: { id, step },
});
const subjects = (records: readonly { event: { subject: string } }[]) =>
  records.map(({ event }) => event.subject);

describe('a commit', () => {
  test('answers with the offsets of its events, in order, and can be read at once', async () => {
    const store = await openTestStore();
    expect(await store.commit([append('a'), addJob('j'), append('b')])).toEqual([1, 2]);
    expect(await store.commit([append('c')])).toEqual([3]);
    expect(await store.head()).toBe(3);
    expect(await store.query('jobs.all')).toEqual([{ id: 'j', step: 0 }]);
    const records = await store.readLog(OFFSET_NONE, { countMax: 10 });
    expect(subjects(records)).toEqual(['a', 'b', 'c']);
  });

  test('gives back the event as it was at the time of the call', async () => {
    const store = await openTestStore();
    const event = testEvent('order "7"\n', { data: { text: 'Grüße, ☃', list: [1, null, { deep: true }] } });
    const asCommitted = structuredClone(event);
    const committed = store.commit([{ op: 'append', event }]);
    event.subject = 'changed afterwards';
    await committed;
    const [record] = await store.readLog(OFFSET_NONE, { countMax: 1 });
    expect(record?.event).toEqual(asCommitted);
  });

  test('that misses its expected changes leaves nothing, and its neighbours in the batch stay', async () => {
    const store = await openTestStore();
    const good = (id: string) => store.commit([append(id), addJob(id)]);
    const bad = store.commit([
      append('lost'),
      addJob('lost'),
      { op: 'run', statement: 'jobs.advance', params: { id: 'nobody', step: 0 }, changes: 1 },
    ]);
    const settled = await Promise.allSettled([good('one'), bad, good('two')]);
    expect(settled.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    await expect(bad).rejects.toMatchObject({
      code: 'STORE_CONFLICT',
      details: { statement: 'jobs.advance', got: 0, wanted: 1 },
    });
    expect(await store.query('jobs.all')).toEqual([
      { id: 'one', step: 0 },
      { id: 'two', step: 0 },
    ]);
    expect(subjects(await store.readLog(OFFSET_NONE, { countMax: 10 }))).toEqual(['one', 'two']);
    expect(await store.verify()).toEqual({ state: 'whole', checkedCount: 2, head: 2 });
    expect(store.stats()).toMatchObject({ head: 2, eventCount: 2, conflictCount: 1 });
  });

  test('of a key that exists is a conflict', async () => {
    const store = await openTestStore();
    await store.commit([addJob('j')]);
    await expect(store.commit([append('x'), addJob('j')])).rejects.toMatchObject({ code: 'STORE_CONFLICT' });
    expect(await store.head()).toBe(0);
  });

  test('sent again is refused whole, with the offset of the first time', async () => {
    const store = await openTestStore();
    const ops: StoreOp[] = [
      append('a'),
      append('b'),
      { op: 'run', statement: 'jobs.count', params: {}, changes: 1 },
    ];
    await store.commit([append('before')]);
    await store.commit(ops);
    await expect(store.commit(ops)).rejects.toMatchObject({
      code: 'STORE_DUPLICATE',
      retryable: false,
      details: { offset: 2 },
    });
    expect(await store.query('jobs.total')).toEqual([{ count: 1 }]);
    expect(await store.head()).toBe(3);
  });

  test('that holds an event twice is refused, wherever in a long run of events it is', async () => {
    const store = await openTestStore();
    const many = Array.from({ length: 40 }, (_, index) => append(`e${index}`));
    const [, , , , fifth] = many;
    const twice = [...many.slice(0, 20), ...(fifth === undefined ? [] : [fifth]), ...many.slice(20)];
    await expect(store.commit(twice)).rejects.toMatchObject({
      code: 'STORE_DUPLICATE',
      details: { offset: 5 },
    });
    expect(await store.head()).toBe(0);
    expect(await store.commit(many)).toHaveLength(40);
    const another = [append('new'), ...many.slice(30)];
    await expect(store.commit(another)).rejects.toMatchObject({ details: { offset: 31 } });
    expect(await store.verify()).toMatchObject({ state: 'whole', checkedCount: 40 });
  });

  test.each([
    ['an unknown statement', { op: 'run', statement: 'jobs.nope', params: {} }, 'STORE_STATEMENT'],
    ['a missing parameter', { op: 'run', statement: 'jobs.add', params: { id: 'j' } }, 'STORE_STATEMENT'],
    ['a broken rule of the table', addJob('j', -1), 'STORE_STATEMENT'],
    ['a mark behind the end', { op: 'mark', consumer: 'c', offset: offset(99) }, 'STORE_STATEMENT'],
  ] satisfies [string, StoreOp, string][])('with %s is refused alone', async (_, op, code) => {
    const store = await openTestStore();
    const [bad, good] = await Promise.allSettled([
      store.commit([append('bad'), op]),
      store.commit([append('good')]),
    ]);
    expect(bad).toMatchObject({ status: 'rejected', reason: { code } });
    expect(good).toMatchObject({ status: 'fulfilled', value: [1] });
  });

  test('whose constraint shows only at the end takes no neighbour with it', async () => {
    const late: StoreModule = {
      name: 'late',
      migrations: [
        `CREATE TABLE parent (id TEXT PRIMARY KEY) STRICT;
         CREATE TABLE child (parent TEXT NOT NULL REFERENCES parent (id) DEFERRABLE INITIALLY DEFERRED) STRICT;`,
      ],
      writes: { add: 'INSERT INTO child (parent) VALUES (:parent)' },
      reads: {},
    };
    const store = await openTestStore({ modules: [jobs, late] });
    const orphan: StoreOp = { op: 'run', statement: 'late.add', params: { parent: 'none' } };
    const settled = await Promise.allSettled([
      store.commit([append('one')]),
      store.commit([append('orphan'), orphan]),
      store.commit([append('two')]),
    ]);
    expect(settled.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    expect(subjects(await store.readLog(OFFSET_NONE, { countMax: 10 }))).toEqual(['one', 'two']);
    expect(await store.verify()).toMatchObject({ state: 'whole' });
  });

  test('that is too large is refused before it is sent', async () => {
    const store = await openTestStore();
    const huge = append('huge', { data: 'x'.repeat(5 * 1024 * 1024) });
    await expect(store.commit([huge])).rejects.toMatchObject({ code: 'STORE_TOO_LARGE' });
    const many = Array.from({ length: 20_001 }, () => addJob('j'));
    await expect(store.commit(many)).rejects.toMatchObject({ code: 'STORE_TOO_LARGE' });
  });

  test('after the close is refused', async () => {
    const store = await openTestStore();
    await store.close();
    await expect(store.commit([append('late')])).rejects.toMatchObject({ code: 'STORE_CLOSED' });
    await expect(store.query('jobs.all')).rejects.toMatchObject({ code: 'STORE_CLOSED' });
  });

  test('on its way when the store is closed is written and answered', async () => {
    const store = await openTestStore();
    const commits = Array.from({ length: 2_000 }, (_, index) => store.commit([append(`e${index}`)]));
    const closed = store.close();
    const offsets = (await Promise.all(commits)).flat();
    await closed;
    expect(offsets).toEqual(Array.from({ length: 2_000 }, (_, index) => index + 1));
  });
});

describe('a mark', () => {
  const mark = (at: number): StoreOp => ({ op: 'mark', consumer: 'reader', offset: offset(at) });

  test('moves with its effect, and never backwards', async () => {
    const store = await openTestStore();
    expect(await store.mark('reader')).toBe(0);
    await store.commit([append('a'), append('b'), append('c'), mark(3)]);
    await store.commit([mark(1)]);
    expect(await store.mark('reader')).toBe(3);
  });

  test('stays when its commit is refused', async () => {
    const store = await openTestStore();
    await store.commit([append('a'), addJob('j')]);
    await expect(store.commit([mark(1), addJob('j')])).rejects.toMatchObject({ code: 'STORE_CONFLICT' });
    expect(await store.mark('reader')).toBe(0);
  });
});
