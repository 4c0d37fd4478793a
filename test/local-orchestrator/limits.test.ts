import { describe, expect, test } from 'vitest';
import type { LimitConfig } from '#contracts/limits.ts';
import { createLimits, type KeyedLimit } from '../../local-orchestrator/activities/limits.ts';
import { createFakeClock } from '../support/fake-clock.ts';

const settle = () => new Promise<void>((resolve) => setImmediate(resolve));

function createDesk(site: readonly LimitConfig[] = []) {
  const clock = createFakeClock();
  const granted: string[] = [];
  const limits = createLimits({ clock, site, granted: (holder) => granted.push(holder) });
  return { clock, granted, limits };
}
const zone = (key: string, concurrencyMax = 1): KeyedLimit => ({ name: 'zone', key, concurrencyMax });
const robot = (key: string): KeyedLimit => ({ name: 'robot', key, concurrencyMax: 1 });

describe('turns at a limit', () => {
  test('hold also when idle keys are cleared away while a turn at two of them is asked for', async () => {
    const { limits, granted } = createDesk();
    limits.begin();
    // Wherever the clearing begins, one of these asks just then.
    for (let index = 0; index < 1_100; index += 1) {
      limits.queue(`a-${index}`, [zone(`z-${index}`), robot(`r-${index}`)]);
      limits.queue(`b-${index}`, [zone(`z-${index}`)]);
      if (index % 2 === 0) limits.queue(`c-${index}`, [zone(`y-${index}`)]);
    }
    await settle();
    expect(granted.filter((holder) => holder.startsWith('b'))).toEqual([]);
  });

  test('come in order of arrival, so many at a time', async () => {
    const { limits, granted } = createDesk();
    limits.begin();
    for (const holder of ['a', 'b', 'c', 'd']) limits.queue(holder, [zone('z1', 2)]);
    limits.queue('e', [zone('z2')]);
    await settle();
    expect(granted).toEqual(['a', 'b', 'e']);
    limits.giveBack('b');
    limits.giveBack('a');
    await settle();
    expect(granted).toEqual(['a', 'b', 'e', 'c', 'd']);
    expect(limits.use()).toContainEqual({ name: 'zone', key: 'z1', running: 2, waiting: 0 });
  });

  test('are all of them or none: two steps that want the same two in turn never block each other', async () => {
    const { limits, granted } = createDesk();
    limits.begin();
    limits.queue('a', [zone('z1'), robot('r1')]);
    limits.queue('b', [robot('r1'), zone('z1')]);
    limits.queue('c', [zone('z1')]);
    await settle();
    expect(granted).toEqual(['a']);
    limits.giveBack('a');
    await settle();
    expect(granted).toEqual(['a', 'b']);
    limits.giveBack('b');
    await settle();
    expect(granted).toEqual(['a', 'b', 'c']);
  });

  test('who waits for several is not overtaken for ever by those who want one', async () => {
    const { limits, granted } = createDesk();
    limits.begin();
    limits.queue('holder', [zone('z1')]);
    limits.queue('both', [zone('z1'), robot('r1')]);
    limits.queue('late', [robot('r1')]);
    await settle();
    expect(granted).toEqual(['holder']);
    limits.giveBack('holder');
    limits.giveBack('both');
    await settle();
    expect(granted).toEqual(['holder', 'late']);
  });

  test('a rate lets so many begin in any minute', async () => {
    const { limits, granted, clock } = createDesk();
    limits.begin();
    const calls = { name: 'calls', key: 'wms', perMinuteMax: 2 };
    for (const holder of ['a', 'b', 'c', 'd']) {
      limits.queue(holder, [calls]);
      await clock.pass(10_000);
    }
    for (const holder of ['a', 'b']) limits.giveBack(holder);
    expect(granted).toEqual(['a', 'b']);
    await clock.pass(19_999);
    expect(granted).toEqual(['a', 'b']);
    await clock.pass(1);
    expect(granted).toEqual(['a', 'b', 'c']);
    await clock.pass(10_000);
    expect(granted).toEqual(['a', 'b', 'c', 'd']);
  });

  test('the site may narrow what a step says, for each key or for one', async () => {
    const { limits, granted } = createDesk([
      { name: 'zone', concurrencyMax: 2 },
      { name: 'zone', key: 'z1', concurrencyMax: 1 },
    ]);
    limits.begin();
    for (const holder of ['a', 'b']) limits.queue(holder, [zone('z1', 9)]);
    for (const holder of ['c', 'd', 'e']) limits.queue(holder, [{ name: 'zone', key: 'z2' }]);
    await settle();
    expect(granted).toEqual(['a', 'c', 'd']);
  });

  test('after a restart those that run take up their turns before anything is granted', async () => {
    const { limits, granted } = createDesk();
    limits.queue('waits', [zone('z1')]);
    limits.occupy('runs', [zone('z1')]);
    await settle();
    limits.begin();
    await settle();
    expect(granted).toEqual([]);
    limits.giveBack('runs');
    await settle();
    expect(granted).toEqual(['waits']);
  });

  test('who gives up while waiting is passed over, also in the moment in which its turn came', async () => {
    const { limits, granted } = createDesk();
    limits.begin();
    limits.queue('a', [zone('z1')]);
    limits.queue('b', [zone('z1')]);
    limits.queue('c', [zone('z1')]);
    await settle();
    limits.giveBack('b');
    limits.giveBack('a');
    limits.giveBack('c');
    await settle();
    expect(granted).toEqual(['a']);
    expect(limits.use()).toEqual([]);
  });
});
