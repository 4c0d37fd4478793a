import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { systemClock } from '#contracts/clock.ts';
import type { DeviceCall, Link, RobotState } from '#contracts/devices.ts';
import { silentLog } from '#contracts/log.ts';
import type { DeviceConfig } from '#contracts/site-devices.ts';
import type { PlaceConfig } from '#contracts/site-file.ts';
import type { TagPath, TagSample } from '#contracts/tags.ts';
import { createDriverHost, type DriverHost } from '../../drivers/index.ts';

/** A driver host and everything it reported, in order. Closed when the test ends. */
export interface Recorder {
  readonly host: DriverHost;
  readonly samples: TagSample[];
  readonly links: { device: string; link: Link }[];
  readonly robots: RobotState[];
  readonly dataDir: string;
  /** Last report on a tag. */
  last(path: TagPath): TagSample | undefined;
  /** Resolves once it holds; looked at after each report. */
  until(what: string, holds: () => boolean): Promise<void>;
  untilLink(state: Link['state'], device?: string): Promise<void>;
  untilGood(path: TagPath): Promise<TagSample>;
}

export interface RecorderOptions {
  readonly devices: readonly DeviceConfig[];
  readonly places?: readonly PlaceConfig[];
  readonly dataDir?: string;
  readonly secret?: (reference: string) => string;
}

export function recordHost({ devices, places = [], dataDir, secret }: RecorderOptions): Recorder {
  const folder = dataDir ?? mkdtempSync(join(tmpdir(), 'holdfast-drivers-'));
  const samples: TagSample[] = [];
  const links: Recorder['links'] = [];
  const robots: RobotState[] = [];
  const latest = new Map<string, TagSample>();
  const states = new Map<string, Link['state']>();
  const waiting = new Set<() => void>();
  const reported = () => {
    for (const look of [...waiting]) look();
  };
  const host = createDriverHost({
    devices,
    places,
    clock: systemClock,
    random: () => 0.1,
    log: silentLog,
    dataDir: folder,
    ...(secret === undefined ? {} : { secret }),
    onTags(batch) {
      for (const sample of batch) {
        samples.push(sample);
        latest.set(sample.path, sample);
      }
      reported();
    },
    onLink(device, link) {
      links.push({ device, link });
      states.set(device, link.state);
      reported();
    },
    onRobot(state) {
      robots.push(state);
      reported();
    },
  });
  onTestFinished(async () => {
    await host.close();
    if (dataDir === undefined) rmSync(folder, { recursive: true, force: true });
  });

  const until = (_what: string, holds: () => boolean) =>
    new Promise<void>((resolve) => {
      const look = () => {
        if (!holds()) return;
        waiting.delete(look);
        resolve();
      };
      waiting.add(look);
      look();
    });
  const [first] = devices;
  return {
    host,
    samples,
    links,
    robots,
    dataDir: folder,
    last: (path) => latest.get(path),
    until,
    untilLink: (state, device = first?.id ?? '') =>
      until(`link ${state}`, () => states.get(device) === state),
    async untilGood(path) {
      await until(`${path} good`, () => latest.get(path)?.quality.level === 'good');
      const sample = latest.get(path);
      if (sample === undefined) throw new Error(`${path} was never reported`);
      return sample;
    },
  };
}

let calls = 0;
/** A call with an id of its own. */
export function callOf(
  target: string,
  call: DeviceCall['call'],
  options: { commandId?: string; timeoutMs?: number } = {},
): DeviceCall {
  calls += 1;
  return {
    commandId: options.commandId ?? `command-${calls}`,
    target,
    call,
    timeoutMs: options.timeoutMs ?? 10_000,
  };
}
