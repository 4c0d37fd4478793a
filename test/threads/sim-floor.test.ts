import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import { systemClock } from '#contracts/clock.ts';
import type { RobotState } from '#contracts/devices.ts';
import { silentLog } from '#contracts/log.ts';
import type { SiteFile } from '#contracts/site-file.ts';
import { parseSiteFile } from '../../appliance/site-file/index.ts';
import { type Floor, startFloor } from '../../appliance/threads/index.ts';
import { parseFloorMap, type Sim, startSim } from '../../drivers/sim/index.ts';
import { command } from '../support/floor-commands.ts';
import { until } from '../support/until.ts';

const demo = (file: string) => fileURLToPath(new URL(`../../appliance/demo/${file}`, import.meta.url));

/** The site of the demo on the ports of a simulated site, its line running all day. */
const NO_PORTS = { ports: { opcua: 1, modbus: 1, ros: 1, control: 1 } };
function demoSite({ ports }: Pick<Sim, 'ports'>): SiteFile {
  const values: Record<string, string | number> = {
    OPCUA_PORT: ports.opcua,
    MODBUS_PORT: ports.modbus,
    ROS_PORT: ports.ros,
    SIM_CONTROL_PORT: ports.control,
    REGION_PORT: 1,
    REGION_CONTROL_PORT: 1,
    REGION_TOKEN_FILE: '/nowhere',
    HTTP_PORT: 0,
    MQTT_PORT: 0,
    DEMO_DIR: demo('.'),
  };
  const text = readFileSync(demo('site.yaml'), 'utf8').replace(/\$\{([A-Z_]+)\}/g, (whole, name: string) =>
    String(values[name] ?? whole),
  );
  const site = parseSiteFile(text, 'site.yaml');
  return {
    ...site,
    safety: {
      ...site.safety,
      safeStates: [
        { target: 'packing-line', action: 'stop', restart: 'on-start' },
        ...site.safety.safeStates.filter(({ target }) => target !== 'packing-line'),
      ],
    },
  };
}

async function startDemoFloor(sim: Sim, dataDir: string) {
  const robots = new Map<string, RobotState>();
  const floor: Floor = await startFloor({
    siteFile: demoSite(sim),
    dataDir,
    epochs: new Map(),
    log: silentLog,
    clock: systemClock,
    onTags() {},
    onLink() {},
    onRobot: (state) => robots.set(state.robotId, state),
    onSafety() {},
    onCommand() {},
    onFatal(reason) {
      throw new Error(reason);
    },
  });
  floor.watchMain();
  onTestFinished(async () => {
    await floor.stop();
  });
  return { floor, robots };
}

const goTo = (place: string) =>
  command('amr-1', { capability: 'MobileRobot', action: 'goTo', args: { place } }, { timeoutMs: 60_000 });

test('on the simulated site: e-stop, reset and restart, with robots that keep what they were told', async () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'holdfast-sim-floor-'));
  onTestFinished(() => rmSync(dataDir, { recursive: true, force: true }));
  const map = parseFloorMap(readFileSync(demo('floor.map'), 'utf8'), 1);
  const sim = await startSim({
    map,
    places: demoSite(NO_PORTS).places,
    robots: 5,
    speed: 4,
    seed: 1,
    ports: { opcua: 0, modbus: 0, ros: 0, control: 0 },
  });
  onTestFinished(() => sim.close());
  const robot = (id = 'amr-1') => sim.state().robots.find((one) => one.id === id);

  const first = await startDemoFloor(sim, dataDir);
  const interlock = (floor: Floor) => floor.interlocks().find(({ id }) => id === 'e-stop-1');
  await until('the e-stop is seen released', () => interlock(first.floor)?.met);
  await until('the line was set running', () => sim.state().line.running);
  await until('the robot is seen', () => first.robots.get('amr-1'));

  const drive = goTo('rack-a11');
  const driving = first.floor.submit(drive);
  await until('the robot drives', () => first.robots.get('amr-1')?.moving);
  sim.fault('e-stop', true);
  expect(await driving).toMatchObject({ state: 'unknown', reason: expect.stringContaining('interrupted') });
  await until('the robot stands', () => robot()?.moving === false);
  await until('the line stands', () => sim.state().line.running === false);
  expect(await first.floor.reconcile(drive)).toEqual({ outcome: 'running' });
  expect(await first.floor.submit(goTo('rack-a01'))).toMatchObject({ state: 'refused' });

  sim.fault('e-stop', false);
  await until('a reset is asked for', () => interlock(first.floor)?.needsReset);
  expect(robot()?.moving).toBe(false);
  expect(await first.floor.resetInterlock('e-stop-1', 'olga')).toEqual({ allowed: true });
  await until('the robot goes on', () => robot()?.moving);
  await until('the line runs again', () => sim.state().line.running);
  await first.floor.stop();
  await until('the robot stands', () => robot()?.moving === false);

  // The next start brings back what the orderly stop had paused; the goal is the one of before.
  const second = await startDemoFloor(sim, dataDir);
  await until('the line runs again', () => sim.state().line.running);
  for (;;) {
    const outcome = await second.floor.reconcile(drive);
    if (outcome.outcome === 'done') break;
    expect(['running', 'unknown']).toContain(outcome.outcome);
    // On a slow machine the robot may miss the first heartbeats after its resume; then it asks for a person.
    const waiting = second.floor.interlocks().find(({ id }) => id === 'paused.amr-1');
    if (waiting?.needsReset) await second.floor.resetInterlock(waiting.id, 'olga');
    await pause(100);
  }
});
