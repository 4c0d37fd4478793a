import { expect, test } from 'vitest';
import type { Interlock } from '#contracts/api.ts';
import { resetInterlock } from '../../appliance/reset-interlock.ts';

const watchdog: Interlock = {
  id: 'watchdog.main',
  text: 'The main thread answers',
  met: false,
  needsReset: true,
  reason: 'it was silent for 3 s',
  protects: ['conveyor-1'],
};

const floorOf = (list: Interlock[], allowed = true) => ({
  interlocks: () => list,
  async resetInterlock() {
    if (allowed) list.length = 0;
    return allowed
      ? ({ allowed: true } as const)
      : ({ allowed: false, reason: 'it is still pressed' } as const);
  },
});

test('one that was there only to be reset is met and gone', async () => {
  expect(await resetInterlock(floorOf([watchdog]), 'watchdog.main', 'ann')).toEqual({
    ...watchdog,
    met: true,
    needsReset: false,
    reason: null,
  });
});

test('one that there never was is not found, and one that may not be reset says why', async () => {
  await expect(resetInterlock(floorOf([]), 'none', 'ann')).rejects.toMatchObject({ code: 'API_NOT_FOUND' });
  await expect(resetInterlock(floorOf([watchdog], false), 'watchdog.main', 'ann')).rejects.toMatchObject({
    code: 'SAFE_RESET_REFUSED',
    details: { reason: 'it is still pressed' },
  });
});
