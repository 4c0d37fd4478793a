import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { DeviceCall } from '#contracts/devices.ts';
import type { SiteFile } from '#contracts/site-file.ts';
import { parseSiteFile } from '../../appliance/site-file/index.ts';
import { parseFloorMap, type Sim, startSim } from '../../drivers/sim/index.ts';
import { callOf, type Recorder, recordHost } from './recorder.ts';

/** The demo's own site file against the simulated site: every driver, every kind of capability it names. */
const demo = new URL('../../appliance/demo/', import.meta.url);
const read = (name: string) => readFileSync(new URL(name, demo), 'utf8');
let sim: Sim;
let site: SiteFile;

beforeAll(async () => {
  const places = siteFor({ opcua: 1, modbus: 1, ros: 1, control: 1 }).places;
  sim = await startSim({ map: parseFloorMap(read('floor.map'), 1), places, robots: 5, speed: 100 });
  site = siteFor(sim.ports);
});
afterAll(async () => {
  await sim.close();
});

function siteFor(ports: Sim['ports']): SiteFile {
  const values: Record<string, string | number> = {
    OPCUA_PORT: ports.opcua,
    MODBUS_PORT: ports.modbus,
    ROS_PORT: ports.ros,
    HTTP_PORT: 0,
    DEMO_DIR: demo.pathname,
  };
  const text = read('site.yaml').replace(/\$\{([A-Z_]+)\}/g, (_, name: string) =>
    String(values[name] ?? 4321),
  );
  return parseSiteFile(text, 'site.yaml');
}

/** The drivers on the site, with the heartbeat that lets the line run. */
async function onSite(): Promise<Recorder & { stopHeart(): void }> {
  const recorder = recordHost({ devices: site.devices, places: site.places });
  await recorder.host.start();
  await Promise.all(site.devices.map(({ id }) => recorder.untilLink('up', id)));
  let count = 0;
  const heart = setInterval(() => {
    count += 1;
    void recorder.host.write('line-plc/heartbeat', count);
  }, 200);
  return { ...recorder, stopHeart: () => clearInterval(heart) };
}

const run = async (host: Recorder['host'], target: string, call: DeviceCall['call']) =>
  host.execute(callOf(target, call, { timeoutMs: 50_000 }));

test('every tag of the demo site is read, good', async () => {
  const { until, last, stopHeart } = await onSite();
  for (const device of site.devices) {
    for (const { name } of device.tags) {
      await until(`${device.id}/${name}`, () => last(`${device.id}/${name}`)?.quality.level === 'good');
    }
  }
  stopHeart();
});

test('a tote is picked, dropped and conveyed, and the site did each once', async () => {
  const { host, until, last, robots, stopHeart } = await onSite();
  await until('the PLC hears us', () => last('line-plc/heartbeat-ok')?.value === true);
  for (const target of ['packing-line', 'infeed-drive', 'sorter-drive', 'lanes-drive']) {
    expect(await run(host, target, { capability: 'Conveyor', action: 'run', args: {} })).toMatchObject({
      state: 'verified',
    });
  }

  // Without a heartbeat since the last test the robot has paused itself, and stays so until it is told.
  const own = () => robots.findLast(({ robotId }) => robotId === 'amr-1');
  await until('the robot is known', () => own() !== undefined);
  if (own()?.pausedBy === 'heartbeat') {
    expect(await run(host, 'amr-1', { capability: 'MobileRobot', action: 'resume', args: {} })).toMatchObject(
      {
        state: 'verified',
      },
    );
  }

  const [stock] = read('inventory.csv').split('\n').slice(1);
  const [sku = '', place = ''] = stock?.split(',') ?? [];
  const pick = {
    capability: 'MobileRobot',
    action: 'pick',
    args: { toteId: 'tote-1', lines: [{ sku, quantity: 1, place }] },
  } as const;
  expect(await run(host, 'amr-1', pick)).toEqual({
    state: 'verified',
    data: { lines: [{ sku, quantity: 1, seenSku: sku, place }] },
  });
  await until(
    'it carries the tote',
    () => robots.findLast(({ robotId }) => robotId === 'amr-1')?.toteId === 'tote-1',
  );
  const drop = {
    capability: 'MobileRobot',
    action: 'drop',
    args: { toteId: 'tote-1', place: 'induct' },
  } as const;
  expect(await run(host, 'amr-1', drop)).toEqual({ state: 'verified', data: { place: 'induct' } });
  const call = callOf('packing-line', {
    capability: 'Conveyor',
    action: 'convey',
    args: { toteId: 'tote-1', to: 'packing-2' },
  });
  expect(await host.execute({ ...call, timeoutMs: 50_000 })).toEqual({
    state: 'verified',
    data: { lane: 'packing-2' },
  });
  expect(await run(host, 'amr-1', { capability: 'MobileRobot', action: 'park', args: {} })).toMatchObject({
    state: 'verified',
  });
  const light = {
    capability: 'StackLight',
    action: 'set',
    args: { colour: 'amber', mode: 'blink' },
  } as const;
  expect(await run(host, 'line-light', light)).toMatchObject({ state: 'verified' });
  const divert = { capability: 'Diverter', action: 'divert', args: { to: 'packing-3' } } as const;
  expect(await run(host, 'diverter-3', divert)).toMatchObject({ state: 'verified' });
  stopHeart();
  const facts = sim.ledger();
  const verbs = facts.flatMap((fact) =>
    fact.kind === 'goal.accepted' && fact.robot === 'amr-1' ? [fact.verb] : [],
  );
  expect(verbs).toEqual(['pick', 'drop', 'park']);
  expect(facts.filter(({ kind }) => kind === 'request.accepted').length).toBe(1);
  expect(facts).toContainEqual(
    expect.objectContaining({ kind: 'tote.arrived', tote: 'tote-1', lane: 'packing-2' }),
  );
});

test('a cut PLC link makes its tags bad and leaves the robots up', async () => {
  const { untilLink, last, links, stopHeart } = await onSite();
  sim.fault('plc-link-cut', true);
  await untilLink('down', 'line-plc');
  await untilLink('down', 'drives');
  expect(last('line-plc/e-stop-ok')?.quality.level).toBe('bad');
  expect(links.filter(({ device, link }) => device.startsWith('amr') && link.state === 'down')).toEqual([]);
  sim.fault('plc-link-cut', false);
  await untilLink('up', 'line-plc');
  await untilLink('up', 'drives');
  stopHeart();
});

test('a lost robot is told as lost, and is itself again afterwards', async () => {
  const { until, robots, stopHeart } = await onSite();
  const activity = () => robots.findLast(({ robotId }) => robotId === 'amr-2')?.activity;
  await until('amr-2 is known', () => activity() !== undefined);
  sim.fault('robot-lost', true, 'amr-2');
  await until('lost', () => activity() === 'lost');
  sim.fault('robot-lost', false, 'amr-2');
  await until('found', () => activity() !== 'lost');
  stopHeart();
});
