import { describe, expect, test } from 'vitest';
import { createLimits } from '../../local-orchestrator/activities/limits.ts';
import { defineSaga } from '../../local-orchestrator/index.ts';
import { createFakeClock } from '../support/fake-clock.ts';
import { until } from '../support/until.ts';
import { type Numbers, passUntil, startNumbers, work } from './numbers.ts';
import { temporaryFolder } from './site.ts';

const MINUTE_MS = 60_000;
const PER_MINUTE = 3;

describe('a rate over a restart', () => {
  const calling = defineSaga<Numbers>('calling')
    .step('call', work, {
      title: 'Call',
      input: ({ input }) => input,
      limits: () => [{ name: 'calls', key: 'wms', perMinuteMax: PER_MINUTE }],
    })
    .end({ title: 'Calling', version: 1 });

  test('lets no second burst through', async () => {
    const clock = createFakeClock();
    const dir = temporaryFolder();
    const begunMs: number[] = [];
    const behave = () => {
      begunMs.push(clock.nowMs());
      return null;
    };
    const first = await startNumbers({ dir, clock, sagas: [calling], behave });
    for (let nth = 0; nth < 2 * PER_MINUTE; nth += 1)
      await first.orchestrator.startSaga('calling', `s-${nth}`, { value: 1 });
    await until('a burst has gone through', () => first.ended.size === PER_MINUTE);
    await first.close();
    await clock.pass(10_000);

    const second = await startNumbers({ dir, clock, sagas: [calling], behave });
    await until('the others wait', () => second.orchestrator.stats().limits[0]?.waiting === PER_MINUTE);
    expect(second.calls).toEqual([]);
    await passUntil(clock, 1_000, 'all are through', () => second.ended.size === PER_MINUTE);
    for (const [nth, atMs] of begunMs.entries())
      expect(atMs - (begunMs[nth - PER_MINUTE] ?? 0)).toBeGreaterThanOrEqual(MINUTE_MS);
  });

  test('holds nobody back when the process was down for longer', async () => {
    const clock = createFakeClock();
    const dir = temporaryFolder();
    const first = await startNumbers({ dir, clock, sagas: [calling] });
    for (let nth = 0; nth < PER_MINUTE; nth += 1)
      await first.orchestrator.startSaga('calling', `s-${nth}`, { value: 1 });
    await until('a burst has gone through', () => first.ended.size === PER_MINUTE);
    await first.close();
    await clock.pass(MINUTE_MS);

    const second = await startNumbers({ dir, clock, sagas: [calling] });
    await second.orchestrator.startSaga('calling', 's-9', { value: 1 });
    await until('it is through at once', () => second.ended.has('s-9'));
  });
});

describe('turns of the process before', () => {
  const wms = { name: 'calls', key: 'wms', perMinuteMax: PER_MINUTE };
  const startDesk = () => {
    const clock = createFakeClock();
    const granted: string[] = [];
    return { clock, granted, limits: createLimits({ clock, site: [], granted: (id) => granted.push(id) }) };
  };

  test('count at each limit that goes by the minute, as long as they are not a minute old', async () => {
    const { clock, granted, limits } = startDesk();
    await clock.pass(MINUTE_MS);
    const nowMs = clock.monotonicMs();
    limits.begin({ begunMs: [nowMs - 50_000, nowMs - 1_000], fullMs: Number.NEGATIVE_INFINITY });
    for (const holder of ['a', 'b', 'c']) limits.queue(holder, [wms]);
    limits.queue('free', [{ name: 'zone', key: 'z1', concurrencyMax: 1 }]);
    await clock.pass(0);
    expect(granted).toEqual(['a', 'free']);
    await clock.pass(10_000);
    expect(granted).toEqual(['a', 'free', 'b']);
    await clock.pass(49_000);
    expect(granted).toEqual(['a', 'free', 'b', 'c']);
  });

  test('of which not all are known leave no room until the known ones count alone', async () => {
    const { clock, granted, limits } = startDesk();
    await clock.pass(MINUTE_MS);
    limits.begin({ begunMs: [], fullMs: clock.monotonicMs() - 20_000 });
    limits.queue('a', [wms]);
    await clock.pass(39_999);
    expect(granted).toEqual([]);
    await clock.pass(1);
    expect(granted).toEqual(['a']);
  });
});
