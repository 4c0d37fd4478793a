import { describe, expect, test } from 'vitest';
import type { Link, RobotState } from '#contracts/devices.ts';
import type { DeviceConfig } from '#contracts/site-devices.ts';
import { createDeviceRegistry, createTagTable } from '../../appliance/floor/index.ts';
import { parseSiteFile } from '../../appliance/site-file/index.ts';

const { devices } = parseSiteFile(
  `
site: { id: test-site, name: Test }
devices:
  - id: line-plc
    name: Line PLC
    driver: modbus
    connection: { host: 127.0.0.1, port: 502, unitId: 1 }
    tags:
      - { name: run, address: coil:0, type: boolean, access: read-write }
      - { name: speed, address: holding:0, type: int16, unit: m/s }
    capabilities:
      - { id: conveyor-1, kind: Conveyor, bind: { run: run } }
  - id: fleet
    driver: rosbridge
    connection: { url: "ws://127.0.0.1:9090" }
    capabilities:
      - { id: amr-1, kind: MobileRobot }
  - id: second
    driver: rosbridge
    connection: { url: "ws://127.0.0.1:9090", namespace: /second }
    capabilities:
      - { id: amr-2, kind: MobileRobot }
`,
  'site.yaml',
) as { devices: DeviceConfig[] };

const parts = () => {
  const tags = createTagTable(devices, 1_000);
  return {
    tags,
    registry: createDeviceRegistry({
      devices,
      threadOf: (device) => (device === 'line-plc' ? 'safety' : 'field'),
      tags,
      nowMs: 1_000,
    }),
  };
};
const up: Link = { state: 'up', sinceMs: 2_000, heardAtMs: 3_000 };
const down: Link = { state: 'down', reason: 'no answer', sinceMs: 4_000, retryAtMs: 5_000 };
const robot = (robotId: string, more: Partial<RobotState> = {}): RobotState => ({
  robotId,
  pose: { x: 1, y: 2, heading: 3 },
  battery: 0.5,
  activity: 'driving',
  moving: true,
  toteId: 'tote-1',
  commandId: 'c-1',
  place: null,
  atMs: 3_000,
  ...more,
});

describe('the registry', () => {
  test('knows every device of the site file before any has spoken', () => {
    const { registry } = parts();
    expect(registry.devices()).toMatchObject([
      {
        id: 'line-plc',
        name: 'Line PLC',
        driver: 'modbus',
        thread: 'safety',
        link: 'connecting',
        linkReason: null,
        linkSince: new Date(1_000).toISOString(),
        heardAt: null,
        capabilities: [{ id: 'conveyor-1', kind: 'Conveyor' }],
        tags: [
          { path: 'line-plc/run', value: null, quality: { level: 'bad', reason: 'never read' } },
          { path: 'line-plc/speed', unit: 'm/s' },
        ],
      },
      { id: 'fleet', name: 'fleet', thread: 'field', link: 'connecting' },
      { id: 'second', name: 'second', thread: 'field', link: 'connecting' },
    ]);
    expect(registry.robots(() => null)).toEqual([]);
  });

  test('tells a link with what it was before', () => {
    const { registry } = parts();
    const seen: string[] = [];
    registry.onLink((device, link, before) => seen.push(`${device} ${before.state} ${link.state}`));
    registry.setLink('line-plc', up);
    registry.setLink('line-plc', down);
    expect(seen).toEqual(['line-plc connecting up', 'line-plc up down']);
    // When it was heard last stays known while it is away.
    const heardAt = new Date(3_000).toISOString();
    expect(registry.devices()[0]).toMatchObject({ link: 'down', linkReason: 'no answer', heardAt });
    registry.setLink('line-plc', { state: 'connecting', sinceMs: 4_000 });
    expect(registry.devices()[0]).toMatchObject({ link: 'connecting', heardAt });
    expect(registry.link('nobody')).toMatchObject({ state: 'connecting' });
  });

  test('loses a robot with the link that carried it, once, and not the robots of others', () => {
    const { registry } = parts();
    registry.setLink('fleet', up);
    registry.setRobot(robot('amr-1'));
    const seen: string[] = [];
    registry.onRobot((state, before) => seen.push(`${state.robotId} ${before?.activity} ${state.activity}`));
    registry.setLink('line-plc', down);
    expect(seen).toEqual([]);
    registry.setLink('fleet', down);
    registry.setLink('fleet', { state: 'connecting', sinceMs: 6_000 });
    expect(seen).toEqual(['amr-1 driving lost']);
    expect(registry.robotStates()).toEqual([
      robot('amr-1', { activity: 'lost', moving: false, atMs: 4_000 }),
    ]);
    // It is found when it speaks.
    registry.setRobot(robot('amr-1'));
    expect(seen.at(-1)).toBe('amr-1 lost driving');
  });

  test('shows a robot with the order it serves', () => {
    const { registry } = parts();
    registry.setRobot(robot('amr-1'));
    registry.setRobot(robot('amr-2', { toteId: null }));
    expect(registry.robots((id) => (id === 'amr-1' ? 'A-1' : null))).toMatchObject([
      { robotId: 'amr-1', orderId: 'A-1', x: 1, y: 2, heading: 3, toteId: 'tote-1' },
      { robotId: 'amr-2', orderId: null, toteId: null },
    ]);
  });

  test('a listener that leaves twice takes no other with it', () => {
    const { registry } = parts();
    const heard: string[] = [];
    const leave = registry.onRobot(() => heard.push('first'));
    registry.onRobot(() => heard.push('second'));
    leave();
    leave();
    registry.setRobot(robot('amr-1'));
    expect(heard).toEqual(['second']);
  });
});

describe('the tag table', () => {
  const good = (path: 'line-plc/run' | 'line-plc/speed' | 'line-plc/ghost', value: number | boolean) => ({
    path,
    value,
    quality: { level: 'good' as const },
    sourceTimeMs: 5_000,
  });
  test('keeps the latest of declared tags, with the unit of the site file', () => {
    const { tags } = parts();
    tags.apply([good('line-plc/speed', 3), good('line-plc/ghost', 1)]);
    expect(tags.get('line-plc/speed')).toEqual({ ...good('line-plc/speed', 3), unit: 'm/s' });
    expect(tags.get('line-plc/ghost')).toBeUndefined();
    expect(tags.ofDevice('nobody')).toEqual([]);
  });

  test('tells of what changed in value or quality, not of a newer time', () => {
    const { tags } = parts();
    const told: string[] = [];
    tags.onChange((samples) => told.push(samples.map(({ path, value }) => `${path}=${value}`).join(' ')));
    tags.apply([good('line-plc/speed', 3), good('line-plc/run', true)]);
    tags.apply([{ ...good('line-plc/speed', 3), sourceTimeMs: 9_000 }, good('line-plc/run', false)]);
    expect(tags.get('line-plc/speed')?.sourceTimeMs).toBe(9_000);
    tags.apply([{ ...good('line-plc/speed', 3), quality: { level: 'bad', reason: 'link down' } }]);
    tags.apply([{ ...good('line-plc/speed', 3), quality: { level: 'bad', reason: 'link down' } }]);
    tags.apply([{ ...good('line-plc/speed', 3), quality: { level: 'bad', reason: 'bad word' } }]);
    expect(told).toEqual([
      'line-plc/speed=3 line-plc/run=true',
      'line-plc/run=false',
      'line-plc/speed=3',
      'line-plc/speed=3',
    ]);
  });
});
