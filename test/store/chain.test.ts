import { join } from 'node:path';
import Database from 'better-sqlite3';
import { expect, test } from 'vitest';
import { CHAIN_START, chainHash, chainProblem, type StoredRow } from '../../appliance/store/chain.ts';
import { append, openTestStore, temporaryFolder, testEvent } from './site.ts';

/** Changes the file behind the store's back, as somebody with a database tool would. */
async function tamperedStore(sql: string, count = 5_000) {
  const dir = temporaryFolder();
  const store = await openTestStore({ dir });
  for (let left = count; left > 0; left -= 500) {
    await store.commit(Array.from({ length: 500 }, () => append('x')));
  }
  await store.close();
  const db = new Database(join(dir, 'site.db'));
  db.exec('DROP TRIGGER log_keeps_rows; DROP TRIGGER log_loses_no_rows');
  db.exec(sql);
  db.close();
  return openTestStore({ dir });
}

test.each([
  [
    'an envelope',
    "UPDATE log SET envelope = replace(envelope, 'about-x', 'about-y') WHERE offset = 2345",
    2345,
    /hash/,
  ],
  ['a column', "UPDATE log SET subject = 'other' WHERE offset = 17", 17, /subject differs/],
  ['a kind', "UPDATE log_kind SET lane = 'telemetry'", 1, /lane differs/],
  ['a hash', 'UPDATE log SET hash = zeroblob(32) WHERE offset = 4999', 4999, /hash/],
  ['a missing row', 'DELETE FROM log WHERE offset = 3000', 3000, /missing/],
  [
    'two rows that changed places',
    'UPDATE log SET offset = 9999 WHERE offset = 7; UPDATE log SET offset = 7 WHERE offset = 8; UPDATE log SET offset = 8 WHERE offset = 9999',
    7,
    /hash/,
  ],
] as const)('the walk finds %s and says where', async (_, sql, at, problem) => {
  const store = await tamperedStore(sql);
  const check = await store.verify();
  expect(check).toMatchObject({ state: 'broken', at, problem: expect.stringMatching(problem) });
});

test('the start warns of a break near the end', async () => {
  const store = await tamperedStore(
    "UPDATE log SET envelope = replace(envelope, 'about-x', 'about-y') WHERE offset = 4990",
  );
  const finding = store.selfCheck.findings.find(({ check }) => check === 'log-end');
  expect(finding).toMatchObject({ level: 'warn', words: expect.stringContaining('4990') });
});

test('the log itself refuses to be changed', async () => {
  const dir = temporaryFolder();
  const store = await openTestStore({ dir });
  await store.commit([append('x')]);
  await store.close();
  const db = new Database(join(dir, 'site.db'));
  expect(() => db.exec("UPDATE log SET subject = 'y'")).toThrow(/append-only/);
  expect(() => db.exec('DELETE FROM log')).toThrow(/append-only/);
  db.close();
});

test('a row fits only behind the one before it', () => {
  const event = testEvent('x');
  const envelope = JSON.stringify(event);
  const row: StoredRow = {
    offset: 1,
    envelope,
    hash: chainHash(CHAIN_START, 1, envelope),
    event_id: event.id,
    type: event.type,
    lane: event.lane,
    classification: event.classification,
    subject: event.subject,
    correlation: event.correlationid,
    time: event.time,
  };
  expect(chainProblem(row, { offset: 0, hash: CHAIN_START })).toBeNull();
  expect(chainProblem(row, { offset: 0, hash: 'f'.repeat(64) })).toMatch(/hash/);
  expect(chainProblem(row, { offset: 1, hash: CHAIN_START })).toMatch(/row 2 is missing/);
});
