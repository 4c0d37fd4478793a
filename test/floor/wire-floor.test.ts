import { describe, expect, test } from 'vitest';
import type { Command } from '#contracts/commands.ts';
import type { AnyEvent } from '#contracts/events/envelope.ts';
import type { DeviceConfig } from '#contracts/site-devices.ts';
import type { Alarms } from '../../appliance/floor/alarms.ts';
import { createDeviceRegistry, createTagTable, watchFloor, wireFloor } from '../../appliance/floor/index.ts';
import { parseSiteFile } from '../../appliance/site-file/index.ts';
import { createFakeClock } from '../support/fake-clock.ts';

const siteFile = parseSiteFile(
  `
site: { id: test-site, name: Test }
devices:
  - id: plc
    name: Line PLC
    driver: modbus
    connection: { host: 127.0.0.1, port: 502, unitId: 1 }
    tags:
      - { name: run, address: coil:0, type: boolean, access: read-write }
      - { name: e-stop-ok, address: discrete:0, type: boolean, event: true }
    capabilities:
      - { id: conveyor-1, kind: Conveyor, bind: { run: run } }
safety:
  interlocks:
    - { id: e-stop-1, text: e-stop 1 is pressed, tag: plc/e-stop-ok, is: true, protects: [conveyor-1] }
`,
  'site.yaml',
);

function wired() {
  const clock = createFakeClock();
  const events: AnyEvent[] = [];
  const alarmIds = new Set<string>();
  const states: string[] = [];
  const trips: string[] = [];
  const devices: readonly DeviceConfig[] = siteFile.devices;
  const tags = createTagTable(devices, clock.nowMs());
  const alarms = {
    raise: ({ alarmId }: { alarmId: string }) => void alarmIds.add(alarmId),
    clear: (alarmId: string) => void alarmIds.delete(alarmId),
    list: () => [],
  } as unknown as Alarms;
  const ears = wireFloor({
    siteFile,
    clock,
    recorder: {
      record: (event) => void events.push(event),
      flush: async () => undefined,
      droppedCount: () => 0,
    },
    tags,
    registry: createDeviceRegistry({ devices, threadOf: () => 'safety', tags, nowMs: clock.nowMs() }),
    watch: watchFloor(alarms, clock, siteFile),
    onCommandState: (state) => states.push(state),
    onInterlockTrip: (interlock) => trips.push(interlock),
  });
  return { clock, ears, events, alarmIds, states, trips };
}

const command: Command = {
  commandId: 'c-1',
  target: 'conveyor-1',
  call: { capability: 'Conveyor', action: 'run', args: {} },
  expiresAtMs: 1,
  timeoutMs: 1,
  epoch: 3,
  requestedBy: { kind: 'saga', id: 'saga-1' },
  reason: 'tote to packing',
  correlationId: 'A-1',
  traceparent: '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01',
};

describe('what the floor reports', () => {
  test('of tags becomes an event where the site file asks for one', () => {
    const { ears, events } = wired();
    const good = { quality: { level: 'good' as const }, sourceTimeMs: 1_789_000_000_000 };
    ears.onTags([
      { path: 'plc/run', value: true, ...good },
      { path: 'plc/e-stop-ok', value: true, ...good },
    ]);
    ears.onTags([{ path: 'plc/e-stop-ok', value: true, ...good, sourceTimeMs: 1_789_000_001_000 }]);
    expect(events).toMatchObject([
      {
        type: 'holdfast.tag.changed.v1',
        subject: 'plc/e-stop-ok',
        source: '/sites/test-site/tags',
        data: { value: true, quality: 'good' },
      },
    ]);
  });

  test('of links becomes an event at once and an alarm after a while', async () => {
    const { ears, events, alarmIds, clock } = wired();
    ears.onLink('plc', { state: 'up', sinceMs: 1, heardAtMs: 1 });
    ears.onLink('plc', { state: 'up', sinceMs: 1, heardAtMs: 900 });
    ears.onLink('plc', { state: 'down', reason: 'cable', sinceMs: 2, retryAtMs: 3 });
    expect(events.map(({ data }) => (data as { state: string }).state)).toEqual(['up', 'down']);
    expect(alarmIds.size).toBe(0);
    await clock.pass(3_000);
    expect([...alarmIds]).toEqual(['device-down/plc']);
  });

  test('of an interlock is a safety event at its own time, an alarm and a figure', () => {
    const { ears, events, alarmIds, trips } = wired();
    const tripped = { interlock: 'e-stop-1', reason: 'pressed', protects: ['conveyor-1'], reactionMs: 2 };
    ears.onSafety({ kind: 'interlock-tripped', subject: 'e-stop-1', atMs: 1_789_000_000_000, data: tripped });
    expect(events).toMatchObject([
      { lane: 'safety', time: new Date(1_789_000_000_000).toISOString(), data: { reactionMs: 2 } },
    ]);
    expect([[...alarmIds], trips]).toEqual([['interlock/e-stop-1'], ['e-stop-1']]);
    ears.onSafety({
      kind: 'interlock-cleared',
      subject: 'e-stop-1',
      atMs: 1_789_000_005_000,
      data: { interlock: 'e-stop-1', resetBy: 'mia' },
    });
    expect([[...alarmIds], trips]).toEqual([[], ['e-stop-1']]);
    expect(events[1]).toMatchObject({
      type: 'holdfast.safety.interlock-cleared.v1',
      data: { resetBy: 'mia' },
    });
  });

  test('of a command is an audit event of its order and trace, and a figure', () => {
    const { ears, events, states } = wired();
    ears.onCommand({ command, state: 'requested', atMs: 5 });
    ears.onCommand({ command, state: 'refused', atMs: 6, reason: 'e-stop', interlocks: ['e-stop-1'] });
    expect(states).toEqual(['requested', 'refused']);
    expect(events).toMatchObject([
      { type: 'holdfast.command.requested.v1', correlationid: 'A-1', data: { commandId: 'c-1' } },
      {
        type: 'holdfast.command.changed.v1',
        lane: 'audit',
        traceparent: command.traceparent,
        data: { state: 'refused', reason: 'e-stop', interlocks: ['e-stop-1'], epoch: 3, action: 'run' },
      },
    ]);
  });

  test('of a robot is an event of its command', () => {
    const { ears, events } = wired();
    const state = {
      robotId: 'amr-1',
      pose: { x: 1, y: 2, heading: 0 },
      battery: 0.5,
      activity: 'driving' as const,
      moving: true,
      toteId: null,
      commandId: 'c-9',
      place: null,
      atMs: 1,
    };
    ears.onRobot(state);
    ears.onRobot({ ...state, pose: { x: 5, y: 5, heading: 1 } });
    expect(events).toMatchObject([
      { subject: 'amr-1', correlationid: 'c-9', source: '/sites/test-site/driver/amr-1' },
    ]);
  });
});
