import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { silentLog } from '#contracts/log.ts';
import type { Store, StoreOp } from '#contracts/store.ts';
import {
  ALARMS_CRITICAL_SHARE,
  ALARMS_MAX,
  type NewAlarm,
  openAlarms,
} from '../../appliance/floor/alarms.ts';
import { alarmStoreModule } from '../../appliance/floor/index.ts';
import { createFakeClock } from '../support/fake-clock.ts';
import { type KeptStore, keepStore } from '../support/keep-store.ts';

let kept: KeptStore;
beforeAll(async () => {
  kept = await keepStore([alarmStoreModule]);
});
afterAll(() => kept.end());

const clock = createFakeClock();
const open = (store: Store = kept.store) => openAlarms(store, 'test-site', clock, silentLog);
const alarm = (alarmId: string, severity: NewAlarm['severity'] = 'high'): NewAlarm => ({
  alarmId,
  severity,
  source: 'line-plc',
  text: `${alarmId} happened`,
  hint: 'Go and look.',
});
const kinds = async (alarmId: string) => (await kept.eventsOf(alarmId)).map(({ type }) => type.split('.')[2]);

describe('an alarm', () => {
  test('is raised once per cause, cleared once, and may come back', async () => {
    const alarms = await open();
    alarms.raise(alarm('once'));
    alarms.raise(alarm('once', 'critical'));
    expect(alarms.list()).toMatchObject([{ alarmId: 'once', severity: 'high', acknowledgedBy: null }]);
    alarms.clear('once');
    alarms.clear('once');
    expect(alarms.list()).toEqual([]);
    alarms.raise(alarm('once'));
    await alarms.settled();
    expect(await kinds('once')).toEqual(['raised', 'cleared', 'raised']);
    alarms.clear('once');
    await alarms.settled();
  });

  test('clearing what was never raised is no event', async () => {
    const alarms = await open();
    alarms.clear('never');
    await alarms.settled();
    expect(await kinds('never')).toEqual([]);
  });

  test('is stored in the order of raising and clearing, however fast', async () => {
    const alarms = await open();
    for (let round = 0; round < 20; round += 1) {
      alarms.raise(alarm('flutter'));
      alarms.clear('flutter');
    }
    await alarms.settled();
    expect(await kinds('flutter')).toEqual(Array.from({ length: 20 }, () => ['raised', 'cleared']).flat());
    expect((await open()).list()).toEqual([]);
  });

  test('survives a restart, with who has seen it', async () => {
    const alarms = await open();
    const raisedAt = new Date(clock.nowMs()).toISOString();
    alarms.raise(alarm('lasting'));
    alarms.raise(alarm('seen', 'low'));
    expect(await alarms.acknowledge('seen', 'mia')).toMatchObject({ acknowledgedBy: 'mia' });
    // The second one to see it changes nothing.
    expect(await alarms.acknowledge('seen', 'otto')).toMatchObject({ acknowledgedBy: 'mia' });
    await alarms.settled();
    await kept.reopen();
    const again = await open();
    expect(again.list()).toEqual([
      { ...alarm('lasting'), raisedAt, acknowledgedBy: null },
      { ...alarm('seen', 'low'), raisedAt, acknowledgedBy: 'mia' },
    ]);
    // The cause goes after the restart: it clears as if nothing had been.
    again.clear('lasting');
    again.clear('seen');
    await again.settled();
    expect(await kinds('seen')).toEqual(['raised', 'acknowledged', 'cleared']);
    expect((await open()).list()).toEqual([]);
  });

  test('that is not active cannot be acknowledged', async () => {
    const alarms = await open();
    await expect(alarms.acknowledge('nowhere', 'mia')).rejects.toMatchObject({ code: 'API_NOT_FOUND' });
  });

  test('that came back while somebody acknowledged the first is one nobody has seen', async () => {
    const alarms = await open();
    alarms.raise(alarm('back'));
    await alarms.settled();
    const acknowledged = alarms.acknowledge('back', 'mia');
    alarms.clear('back');
    alarms.raise(alarm('back'));
    await acknowledged;
    await alarms.settled();
    expect(alarms.list()).toMatchObject([{ alarmId: 'back', acknowledgedBy: null }]);
    expect((await open()).list()).toEqual(alarms.list());
    alarms.clear('back');
    await alarms.settled();
  });

  test('the worst come first, then the newest', async () => {
    const alarms = await open();
    alarms.raise(alarm('low', 'low'));
    alarms.raise(alarm('old-high', 'high'));
    await clock.pass(1_000);
    alarms.raise(alarm('new-high', 'high'));
    alarms.raise(alarm('critical', 'critical'));
    expect(alarms.list().map(({ alarmId }) => alarmId)).toEqual(['critical', 'new-high', 'old-high', 'low']);
    for (const { alarmId } of alarms.list()) alarms.clear(alarmId);
    await alarms.settled();
  });

  test('tells its listeners of each change, and of nothing else', async () => {
    const alarms = await open();
    let count = 0;
    alarms.onChange(() => {
      count += 1;
    });
    alarms.raise(alarm('told'));
    alarms.raise(alarm('told'));
    await alarms.acknowledge('told', 'mia');
    await alarms.acknowledge('told', 'mia');
    alarms.clear('told');
    alarms.clear('told');
    expect(count).toBe(3);
    await alarms.settled();
  });
});

test('a disk that takes nothing stops no alarm from ringing, and is told to the log', async () => {
  const errors: object[] = [];
  const broken = {
    query: async () => [],
    commit: async (_: readonly StoreOp[]) => {
      throw new Error('disk gone');
    },
  } as unknown as Store;
  const log = { ...silentLog, error: (fields: object) => void errors.push(fields) };
  const alarms = await openAlarms(broken, 'test-site', clock, log);
  alarms.raise(alarm('unstored', 'critical'));
  await alarms.settled();
  expect(alarms.list()).toMatchObject([{ alarmId: 'unstored' }]);
  expect(errors).toMatchObject([{ err: { message: 'disk gone' } }]);
  // An acknowledgement that is not on disk is none.
  await expect(alarms.acknowledge('unstored', 'mia')).rejects.toThrow('disk gone');
  expect(alarms.list()).toMatchObject([{ acknowledgedBy: null }]);
});

describe('a storm of alarms', () => {
  const quiet = { query: async () => [], commit: async () => [] } as unknown as Store;
  const severities = ['low', 'medium', 'high', 'critical'] as const;

  test('is bounded, and each severity leaves room for the graver ones', async () => {
    const alarms = await open(quiet);
    let count = 0;
    for (const severity of severities) {
      for (let nth = 0; nth < ALARMS_MAX * 2; nth += 1) alarms.raise(alarm(`${severity}-${nth}`, severity));
      const told = alarms.list().filter((each) => each.severity === severity).length;
      expect(told).toBeGreaterThanOrEqual(100);
      count += told;
    }
    expect(count).toBe(ALARMS_MAX + ALARMS_CRITICAL_SHARE);
    expect(
      alarms
        .list()
        .slice(0, ALARMS_CRITICAL_SHARE)
        .every((each) => each.severity === 'critical'),
    ).toBe(true);
  });

  test('is told to the log, with how many were not: at once, then once a minute', async () => {
    const lines: object[] = [];
    const log = { ...silentLog, error: (fields: object) => void lines.push(fields) };
    const alarms = await openAlarms(quiet, 'test-site', clock, log);
    for (let nth = 0; nth < ALARMS_MAX + 10; nth += 1) alarms.raise(alarm(`storm-${nth}`));
    expect(alarms.untoldCount()).toBe(10);
    expect(lines).toMatchObject([{ alarmId: `storm-${ALARMS_MAX}`, severity: 'high', untoldCount: 1 }]);
    await clock.pass(60_000);
    alarms.raise(alarm('later'));
    expect(lines[1]).toMatchObject({ alarmId: 'later', untoldCount: 11 });
  });

  test('that is over leaves room again', async () => {
    const alarms = await open(quiet);
    for (let nth = 0; nth < ALARMS_MAX; nth += 1) alarms.raise(alarm(`storm-${nth}`));
    alarms.raise(alarm('untold'));
    alarms.clear('storm-0');
    alarms.raise(alarm('untold'));
    expect(alarms.list().map(({ alarmId }) => alarmId)).toContain('untold');
  });
});
