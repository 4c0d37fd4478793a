import { expect, test } from 'vitest';
import type { ChannelConfig } from '#contracts/notify.ts';
import { limits } from '../../appliance/notify/limits.ts';
import { until } from '../support/until.ts';
import { notice, startDesk } from './kit.ts';

const pages: ChannelConfig = { name: 'pages', kind: 'ui' };
test('the open pages show the newest, also after a restart', async () => {
  const desk = await startDesk({ channels: [pages] });
  let changes = 0;
  desk.notifier.onShown(() => {
    changes += 1;
  });
  for (let index = 0; index < limits.shownMax + 5; index += 1) {
    await desk.notifier.send(['pages'], notice(`n-${String(index).padStart(3, '0')}`));
  }
  const last = `n-${String(limits.shownMax + 4).padStart(3, '0')}`;
  await until('all are shown', () => desk.notifier.shown().at(-1)?.noticeId === last);
  expect(changes).toBe(limits.shownMax + 5);
  expect(desk.notifier.shown()).toHaveLength(limits.shownMax);
  await until('all are settled', () => desk.notifier.channels()[0]?.waitingCount === 0);
  const second = await desk.restart();
  expect(second.notifier.shown().at(-1)?.noticeId).toBe(last);
});
