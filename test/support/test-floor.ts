import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { systemClock } from '#contracts/clock.ts';
import type { CommandChange } from '#contracts/commands.ts';
import type { Link } from '#contracts/devices.ts';
import type { SafetyRecord } from '#contracts/events/safety.ts';
import { silentLog } from '#contracts/log.ts';
import type { TagSample } from '#contracts/tags.ts';
import { type Floor, type FloorOptions, startFloor } from '../../appliance/threads/index.ts';
import { CELL, floorSite } from './floor-site.ts';
import { type ModbusSlave, startModbusSlave } from './modbus-slave.ts';
import { until } from './until.ts';

export interface TestFloor {
  readonly floor: Floor;
  readonly slave: ModbusSlave;
  readonly dataDir: string;
  readonly tags: Map<string, TagSample>;
  readonly links: Map<string, Link>;
  readonly safety: SafetyRecord[];
  readonly commands: CommandChange[];
  /** The e-stop's state on the slave; true lets the conveyor run. */
  eStopOk(ok: boolean): void;
}

/** A slave for tests whose first e-stop is released. */
export async function releasedSlave(): Promise<ModbusSlave> {
  const slave = await startModbusSlave();
  slave.bits.discrete[CELL.eStopOk] = true;
  onTestFinished(() => slave.close());
  return slave;
}

/** A floor on a real slave, up and met; ended with the test. */
export async function startTestFloor(
  options: Partial<Parameters<typeof floorSite>[0]> &
    Partial<FloorOptions> & { slave?: ModbusSlave; mainUp?: boolean } = {},
): Promise<TestFloor> {
  const slave = options.slave ?? (await releasedSlave());
  const dataDir = options.dataDir ?? mkdtempSync(join(tmpdir(), 'holdfast-floor-'));
  const seen = {
    tags: new Map<string, TagSample>(),
    links: new Map<string, Link>(),
    safety: [] as SafetyRecord[],
    commands: [] as CommandChange[],
  };
  const floor = await startFloor({
    siteFile: floorSite({ ...options, port: slave.port }),
    dataDir,
    epochs: options.epochs ?? new Map(),
    log: silentLog,
    clock: systemClock,
    onTags: (samples) => {
      for (const sample of samples) seen.tags.set(sample.path, sample);
    },
    onLink: (device, link) => seen.links.set(device, link),
    onRobot() {},
    onSafety: (record) => seen.safety.push(record),
    onCommand: (change) => seen.commands.push(change),
    onFatal(reason) {
      throw new Error(`the safety thread is lost: ${reason}`);
    },
    ...(options.spawn === undefined ? {} : { spawn: options.spawn }),
  });
  onTestFinished(async () => {
    await floor.stop();
    if (options.dataDir === undefined) rmSync(dataDir, { recursive: true, force: true });
  });
  if (options.mainUp ?? true) floor.watchMain();
  await until('every interlock is judged', () =>
    floor.interlocks().every(({ reason }) => !reason?.includes('has not been')),
  );
  const eStopOk = (ok: boolean) => {
    slave.bits.discrete[CELL.eStopOk] = ok;
  };
  return { floor, slave, dataDir, ...seen, eStopOk };
}
