import { join } from 'node:path';
import type { Clock, Random } from '#contracts/clock.ts';
import type { Reconciliation } from '#contracts/commands.ts';
import type {
  BrowseEntry,
  DeviceCall,
  Driver,
  DriverContext,
  Link,
  RobotState,
  WriteResult,
} from '#contracts/devices.ts';
import { ApplianceError, isApplianceError } from '#contracts/errors.ts';
import type { Log } from '#contracts/log.ts';
import type { CapabilityConfig, DeviceConfig } from '#contracts/site-devices.ts';
import type { PlaceConfig } from '#contracts/site-file.ts';
import type { TagPath, TagSample, TagValue } from '#contracts/tags.ts';
import { type CallRunner, createCallRunner } from './call-runner.ts';
import type { CallResult } from './capabilities/index.ts';
import { failed } from './common/write-tag.ts';
import { createDriver } from './registry.ts';
import { readSecret } from './secret.ts';
import { createUnmadeDriver } from './unmade-driver.ts';

export interface DriverHostOptions {
  readonly devices: readonly DeviceConfig[];
  readonly places: readonly PlaceConfig[];
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  /** Each device gets a folder of its own below it. */
  readonly dataDir: string;
  /** Turns `env:NAME` or `file:/path` into a secret; reads them itself when not given. */
  readonly secret?: (reference: string) => string;
  onTags(samples: readonly TagSample[]): void;
  /** Called on changes of state; for the time of the last data ask `links()`. */
  onLink(deviceId: string, link: Link): void;
  onRobot(state: RobotState): void;
}

/**
 * The devices of one thread. It does not know which thread that is.
 *
 * Call order: `start` once, then anything, then `close` once; after that nothing is reported any more. Only the
 * gate and the safe states may call `execute` and `write`.
 */
export interface DriverHost {
  start(): Promise<void>;
  /** Never rejects. The same command id is carried out once; asked again, it gets the first answer. */
  execute(call: DeviceCall): Promise<CallResult>;
  /** Asks the device; never moves anything, never rejects. */
  reconcile(call: DeviceCall): Promise<Reconciliation>;
  /** Never rejects. */
  write(path: TagPath, value: TagValue): Promise<WriteResult>;
  browse(deviceId: string, address?: string): Promise<readonly BrowseEntry[]>;
  /** Whether a capability id, a device id or a tag path belongs to a device of this host. */
  owns(target: string): boolean;
  links(): ReadonlyMap<string, Link>;
  counters(): ReadonlyMap<string, Readonly<Record<string, number>>>;
  close(): Promise<void>;
}

interface Target {
  readonly driver: Driver;
  readonly capability: CapabilityConfig;
}

/** Never throws: a device whose driver cannot be made is down, with the reason. */
export function createDriverHost(options: DriverHostOptions): DriverHost {
  const { devices, log } = options;
  const drivers = new Map<string, Driver>();
  const targets = new Map<string, Target>();
  const tagNames = new Map<string, ReadonlySet<string>>();
  let closed = false;

  for (const device of devices) {
    const driver = driverFor(contextFor(device, options, () => closed));
    drivers.set(device.id, driver);
    tagNames.set(device.id, new Set(device.tags.map(({ name }) => name)));
    for (const capability of device.capabilities) targets.set(capability.id, { driver, capability });
  }
  const runner: CallRunner = createCallRunner({ clock: options.clock, log });
  const driverOf = (deviceId: string): Driver => {
    const driver = drivers.get(deviceId);
    if (driver === undefined) throw new ApplianceError('DRV_UNKNOWN_DEVICE', { device: deviceId });
    return driver;
  };

  return {
    async start() {
      await Promise.all([...drivers.values()].map((driver) => driver.start()));
    },
    execute(call) {
      const target = targets.get(call.target);
      return runner.execute(call, target?.capability, (checked) => {
        if (target === undefined)
          throw new ApplianceError('DRV_UNSUPPORTED', { target: call.target, action: '' });
        return target.driver.execute(checked);
      });
    },
    async reconcile(call) {
      const target = targets.get(call.target);
      if (target === undefined) return { outcome: 'unknown', reason: `there is no ${call.target} here` };
      return runner.reconcile(call, () => target.driver.reconcile(call));
    },
    async write(path, value) {
      const [deviceId = '', tag = ''] = path.split('/');
      try {
        return await driverOf(deviceId).write(tag, value);
      } catch (error) {
        if (isApplianceError(error)) return failed(error);
        log.error({ err: error, path }, 'a driver threw while writing');
        return { state: 'unknown', reason: 'the driver failed while writing; see the log' };
      }
    },
    browse: async (deviceId, address) => driverOf(deviceId).browse(address),
    owns(target) {
      if (targets.has(target) || drivers.has(target)) return true;
      const [deviceId = '', tag = ''] = target.split('/');
      return tagNames.get(deviceId)?.has(tag) ?? false;
    },
    links: () => new Map([...drivers].map(([id, driver]) => [id, driver.link()])),
    counters: () => new Map([...drivers].map(([id, driver]) => [id, driver.counters()])),
    async close() {
      if (closed) return;
      closed = true;
      await Promise.all([...drivers.values()].map((driver) => driver.close()));
    },
  };
}

function driverFor(context: DriverContext): Driver {
  try {
    return createDriver(context);
  } catch (error) {
    context.log.error({ err: error }, 'no driver can be made of this device');
    return createUnmadeDriver(context, error instanceof Error ? error.message : String(error));
  }
}

function contextFor(
  device: DeviceConfig,
  options: DriverHostOptions,
  isClosed: () => boolean,
): DriverContext {
  const { clock, random, places } = options;
  return {
    device,
    places,
    clock,
    random,
    log: options.log.child({ device: device.id }),
    dataDir: join(options.dataDir, device.id),
    secret: options.secret ?? readSecret,
    onTags: (samples) => {
      if (!isClosed()) options.onTags(samples);
    },
    onLink: (link) => {
      if (!isClosed()) options.onLink(device.id, link);
    },
    onRobot: (state) => {
      if (!isClosed()) options.onRobot(state);
    },
  };
}
