import { expect, test } from 'vitest';
import {
  CHECKPOINT_PAGES,
  WAL_PAGES_MAX,
  WAL_REMAINDER_PAGES,
  WAL_RESTART_PAGES,
} from '../../appliance/store/limits.ts';
import { walAct } from '../../appliance/store/writer/wal-care.ts';
import { append, openTestStore } from './site.ts';

test.each([
  ['nothing to copy', 5_000, 5_000, false, 'none'],
  ['little to copy', CHECKPOINT_PAGES - 1, 0, false, 'none'],
  ['enough to copy', CHECKPOINT_PAGES, 0, false, 'ask-keeper'],
  ['enough to copy, by a keeper at work', CHECKPOINT_PAGES, 0, true, 'none'],
  ['a long log, copied but for a little', WAL_RESTART_PAGES, WAL_RESTART_PAGES - 10, false, 'copy-now'],
  [
    'a long log with much to copy',
    WAL_RESTART_PAGES,
    WAL_RESTART_PAGES - WAL_REMAINDER_PAGES - 1,
    false,
    'ask-keeper',
  ],
  ['a long log that the keeper copies', WAL_RESTART_PAGES, WAL_RESTART_PAGES - 10, true, 'none'],
  ['a log without end', WAL_PAGES_MAX, 0, true, 'copy-now'],
] as const)('%s', (_, pages, copied, isKeeperBusy, act) => {
  expect(walAct(pages, copied, isKeeperBusy)).toBe(act);
});

test('the write-ahead log starts again from its beginning under load', async () => {
  const store = await openTestStore();
  const bulk = 'x'.repeat(100_000);
  // Where the disk is slow the log has to grow to its end before it is begun again.
  const bytesMax = 2 * WAL_PAGES_MAX * 4_096;
  let written = 0;
  let longest = 0;
  let hasShrunk = false;
  const lane = async (): Promise<void> => {
    while (!hasShrunk && written < bytesMax) {
      written += 10 * bulk.length;
      await store.commit(Array.from({ length: 10 }, () => append('x', { data: { bulk } })));
      const { walBytes } = store.stats();
      hasShrunk ||= walBytes < longest;
      longest = Math.max(longest, walBytes);
    }
  };
  await Promise.all([lane(), lane()]);
  expect(longest).toBeGreaterThan(CHECKPOINT_PAGES * 4_096);
  expect(hasShrunk).toBe(true);
});
