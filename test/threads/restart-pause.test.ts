import { expect, test } from 'vitest';
import { RESTART_POLICY } from '../../appliance/threads/index.ts';
import { restartPauseMs } from '../../appliance/threads/restarting-worker.ts';

test('the pause before a restart doubles up to its limit, however often it failed', () => {
  expect([0, 1, 2, 5, 6, 7, 1_000].map((failures) => restartPauseMs(failures, RESTART_POLICY))).toEqual([
    250, 500, 1_000, 8_000, 15_000, 15_000, 15_000,
  ]);
});
