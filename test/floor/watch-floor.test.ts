import { beforeEach, describe, expect, test } from 'vitest';
import type { Interlock, UplinkStatus } from '#contracts/api.ts';
import type { Link } from '#contracts/devices.ts';
import type { Alarms, NewAlarm } from '../../appliance/floor/alarms.ts';
import {
  DEVICE_DOWN_MS,
  type FloorWatch,
  UPLINK_DOWN_MS,
  watchFloor,
} from '../../appliance/floor/watch-floor.ts';
import { parseSiteFile } from '../../appliance/site-file/index.ts';
import { createFakeClock, type FakeClock } from '../support/fake-clock.ts';

const siteFile = parseSiteFile(
  `
site: { id: test-site, name: Test }
places:
  - { id: shelf-1, kind: rack, x: 1, y: 2 }
devices:
  - id: amr-1-bridge
    driver: rosbridge
    connection: { url: 'ws://127.0.0.1:9090' }
    capabilities:
      - { id: amr-1, kind: MobileRobot }
notify:
  - { name: wall, kind: ui }
uplinks:
  - { id: region, url: 'https://region.example', token: 'env:TOKEN' }
`,
  'site.yaml',
);
const rung: NewAlarm[] = [];
let clock: FakeClock;
let watch: FloorWatch;
const active = () => rung.map(({ alarmId }) => alarmId);
/** While it is true there is no room for another alarm. */
let isFull = false;
const alarms: Pick<Alarms, 'raise' | 'clear' | 'list'> = {
  list: () => rung.map((alarm) => ({ ...alarm, raisedAt: '', acknowledgedBy: null })),
  raise(alarm) {
    if (!isFull && !active().includes(alarm.alarmId)) rung.push(alarm);
  },
  clear(alarmId) {
    const at = active().indexOf(alarmId);
    if (at >= 0) rung.splice(at, 1);
  },
};
beforeEach(() => {
  rung.length = 0;
  isFull = false;
  clock = createFakeClock();
  watch = watchFloor(alarms as Alarms, clock, siteFile);
});

const up: Link = { state: 'up', sinceMs: 0, heardAtMs: 0 };
const down: Link = { state: 'down', reason: 'no answer', sinceMs: 0, retryAtMs: 1 };
const connecting: Link = { state: 'connecting', sinceMs: 0 };
const uplink = (state: UplinkStatus['state'], reason: string | null = null): UplinkStatus => ({
  id: 'region',
  url: 'https://region.example',
  state,
  reason,
  since: '2026-11-21T06:00:00.000Z',
  lanes: [],
  backlogCount: 0,
  backlogBytes: 0,
  ratePerSecond: 0,
  drainSeconds: null,
  droppedCount: 0,
});

describe('a device', () => {
  test('that hiccups rings no bell', async () => {
    watch.link('plc', 'Line PLC', down);
    await clock.pass(DEVICE_DOWN_MS - 1);
    watch.link('plc', 'Line PLC', up);
    await clock.pass(10 * DEVICE_DOWN_MS);
    expect(active()).toEqual([]);
  });

  test('that stays away rings once, with its name and the reason, until it is back', async () => {
    watch.link('plc', 'Line PLC', down);
    // Tries and failures in between begin no new wait.
    await clock.pass(1_000);
    watch.link('plc', 'Line PLC', connecting);
    watch.link('plc', 'Line PLC', down);
    await clock.pass(DEVICE_DOWN_MS - 1_000);
    expect(rung).toMatchObject([
      {
        alarmId: 'device-down/plc',
        severity: 'high',
        source: 'plc',
        text: 'Line PLC is not connected: no answer',
      },
    ]);
    watch.link('plc', 'Line PLC', connecting);
    expect(active()).toEqual(['device-down/plc']);
    watch.link('plc', 'Line PLC', up);
    expect(active()).toEqual([]);
    watch.link('plc', 'Line PLC', down);
    await clock.pass(DEVICE_DOWN_MS);
    expect(active()).toEqual(['device-down/plc']);
  });

  test('for whose alarm there was no room rings when there is, if it is still away', async () => {
    isFull = true;
    watch.link('plc', 'Line PLC', down);
    watch.link('drives', 'Drives', down);
    await clock.pass(10 * DEVICE_DOWN_MS);
    watch.link('drives', 'Drives', up);
    isFull = false;
    await clock.pass(DEVICE_DOWN_MS);
    expect(active()).toEqual(['device-down/plc']);
  });

  test('that has only begun to connect is no alarm', async () => {
    watch.link('plc', 'Line PLC', connecting);
    await clock.pass(60_000);
    expect(active()).toEqual([]);
  });

  test('is told apart from the others', async () => {
    watch.link('plc', 'Line PLC', down);
    watch.link('drives', 'Drives', down);
    await clock.pass(DEVICE_DOWN_MS);
    watch.link('plc', 'Line PLC', up);
    expect(active()).toEqual(['device-down/drives']);
  });
});

describe('the uplink', () => {
  test('may be away for a while, then it is a low alarm until it is back', async () => {
    watch.uplink(uplink('down', 'connection refused'));
    await clock.pass(UPLINK_DOWN_MS - 1);
    watch.uplink(uplink('down', 'connection refused'));
    expect(active()).toEqual([]);
    await clock.pass(1);
    expect(rung).toMatchObject([{ alarmId: 'uplink-down/region', severity: 'low' }]);
    expect(rung[0]?.text).toContain('connection refused');
    watch.uplink(uplink('idle'));
    expect(active()).toEqual([]);
  });
});

describe('an interlock', () => {
  test('rings at once and critically, until it is cleared', () => {
    watch.interlock('e-stop-1', 'e-stop 1 is pressed', true);
    expect(rung).toMatchObject([
      { alarmId: 'interlock/e-stop-1', severity: 'critical', text: 'e-stop 1 is pressed' },
    ]);
    watch.interlock('e-stop-1', '', false);
    expect(active()).toEqual([]);
  });
});

test('what waits when the site stops rings no more', async () => {
  watch.link('plc', 'Line PLC', down);
  watch.uplink(uplink('down'));
  watch.stop();
  await clock.pass(60_000);
  expect(active()).toEqual([]);
});

test('what the site file no longer names rings no more after a start', () => {
  const known = [
    'device-down/amr-1-bridge',
    'uplink-down/region',
    'channel-down/wall',
    'recovery-held/amr-1',
    'replenish-held/shelf-1',
  ];
  const gone = known.map((id) => `${id}-gone`);
  const others = ['disk-full', 'orders-held', 'task-overdue/t-1', 'rollout/pick-order', 'interlock/door'];
  for (const alarmId of [...known, ...gone, ...others]) {
    rung.push({ alarmId, severity: 'high', source: 's', text: 't', hint: 'h' });
  }
  watchFloor(alarms as Alarms, clock, siteFile);
  expect(active()).toEqual([...known, ...others]);
});

describe('the list of interlocks', () => {
  const row = (id: string, met: boolean): Interlock => ({
    id,
    text: id,
    met,
    needsReset: false,
    reason: null,
    protects: [],
  });

  test('ends the alarm of one that tripped before a restart and holds now, or is no more', () => {
    for (const id of ['door', 'gate', 'watchdog.main']) watch.interlock(id, 'open', true);
    watch.interlocks([row('door', false), row('gate', false)]);
    expect(active()).toEqual(['interlock/door', 'interlock/gate']);
    watch.interlocks([row('door', true), row('gate', false)]);
    expect(active()).toEqual(['interlock/gate']);
  });

  test('a trip that is told after it was over rings no bell', () => {
    watch.interlocks([row('door', true)]);
    watch.interlock('door', 'open', true);
    expect(active()).toEqual([]);
  });
});
