import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { OFFSET_NONE, offset } from '#contracts/ids.ts';
import { silentLog } from '#contracts/log.ts';
import { openStore, type StoreHost } from '../../appliance/store/index.ts';
import { append, openTestStore } from './site.ts';

const A = 'holdfast.test.a.v1';
const B = 'holdfast.test.b.v1';

/** Ten rounds of: a business A, a telemetry B, a safety A, a restricted audit B. One store for all who only read. */
let store: StoreHost;
let dir: string;
beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'holdfast-read-'));
  store = await openStore({ dir, modules: [], log: silentLog, disk: { reserveBytes: 0 } });
  for (let round = 0; round < 10; round += 1) {
    await store.commit([
      append(`a${round}`, { type: A, lane: 'business' }),
      append(`b${round}`, { type: B, lane: 'telemetry' }),
      append(`s${round}`, { type: A, lane: 'safety' }),
      append(`r${round}`, { type: B, lane: 'audit', classification: 'restricted' }),
    ]);
  }
});
afterAll(async () => {
  await store.close();
  rmSync(dir, { recursive: true, force: true });
});
const offsetsOf = (records: readonly { offset: number }[]) => records.map((record) => record.offset);

describe('reading the log', () => {
  test.each([
    ['one type', { types: [A] }, [1, 3, 5, 7, 9]],
    ['one lane', { lanes: ['safety'] }, [3, 7, 11, 15, 19]],
    ['several lanes, in order of offsets', { lanes: ['telemetry', 'safety'] }, [2, 3, 6, 7, 10]],
    ['type and lane', { types: [B], lanes: ['audit'] }, [4, 8, 12, 16, 20]],
    ['nothing that exists', { types: ['holdfast.test.none.v1'] }, []],
    ['everything', {}, [1, 2, 3, 4, 5]],
  ] as const)('by %s', async (_, filter, expected) => {
    expect(offsetsOf(await store.readLog(OFFSET_NONE, { ...filter, countMax: 5 }))).toEqual(expected);
  });

  test('goes on behind an offset', async () => {
    const records = await store.readLog(offset(33), { lanes: ['safety'], countMax: 5 });
    expect(offsetsOf(records)).toEqual([35, 39]);
  });

  test('as stored text stops behind the bytes it was allowed, with one record at least', async () => {
    const all = { lane: 'audit', classifications: ['restricted'], countMax: 100 } as const;
    const whole = await store.readRaw(OFFSET_NONE, { ...all, bytesMax: 1_000_000 });
    expect(offsetsOf(whole)).toEqual([4, 8, 12, 16, 20, 24, 28, 32, 36, 40]);
    expect(JSON.parse(whole[0]?.json ?? '')).toMatchObject({ subject: 'r0', lane: 'audit' });
    expect(await store.readRaw(OFFSET_NONE, { ...all, bytesMax: 1 })).toHaveLength(1);
    const none = await store.readRaw(OFFSET_NONE, { ...all, classifications: ['public'], bytesMax: 1_000 });
    expect(none).toEqual([]);
  });

  test('is tallied by lane and classification, without the ends', async () => {
    const tally = await store.tally(offset(4), offset(9));
    const counts = tally.map(({ lane, classification, count }) => [lane, classification, count]);
    expect(counts.sort()).toEqual([
      ['audit', 'restricted', 1],
      ['business', 'internal', 2],
      ['safety', 'internal', 1],
      ['telemetry', 'internal', 1],
    ]);
    const [record] = await store.readRaw(offset(7), {
      lane: 'audit',
      classifications: ['restricted'],
      countMax: 1,
      bytesMax: 1,
    });
    const audit = tally.find(({ lane }) => lane === 'audit');
    expect(audit).toMatchObject({ bytes: record?.json.length, firstTime: audit?.lastTime });
  });

  test('by several callers at once gives each its own answer', async () => {
    const reads = Array.from({ length: 500 }, (_, index) =>
      store.readLog(offset(index % 40), { countMax: 1 }),
    );
    const firsts = (await Promise.all(reads)).map(([record]) => record?.offset);
    expect(firsts).toEqual(Array.from({ length: 500 }, (_, index) => (index % 40) + 1));
  });
});

describe('a query', () => {
  test('that no module brings is refused with its name', async () => {
    const store = await openTestStore();
    await expect(store.query('jobs.none')).rejects.toMatchObject({
      code: 'STORE_STATEMENT',
      details: { statement: 'jobs.none' },
    });
  });

  test('can join the log', async () => {
    const events = {
      name: 'events',
      migrations: [],
      writes: {},
      reads: { about: 'SELECT offset, lane FROM log_events WHERE subject = :subject' },
    };
    const store = await openTestStore({ modules: [events] });
    await store.commit([append('x', { lane: 'audit' }), append('y')]);
    expect(await store.query('events.about', { subject: 'x' })).toEqual([{ offset: 1, lane: 'audit' }]);
  });
});
