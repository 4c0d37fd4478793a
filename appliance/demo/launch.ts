import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { request } from 'undici';
import { API_PREFIX, type SiteSummary } from '#contracts/api.ts';
import { systemClock } from '#contracts/clock.ts';
import type { Log } from '#contracts/log.ts';
import { type RunningSite, startSite } from '../compose.ts';
import { loadReplayMapping, readReplay } from '../intake/index.ts';
import { localToken } from '../run-file.ts';
import { loadSite } from '../site-sagas.ts';
import { type ChildProgram, startProgram } from './child-program.ts';
import { type OrderSink, startFeeder } from './feeder.ts';

const here = (file: string) => fileURLToPath(new URL(file, import.meta.url));
const simProgram = here('../../drivers/sim/main.ts');
const regionProgram = here('../../sync/regional/main.ts');

export interface DemoOptions {
  /** Holds the site's data, the region's, and the logs of both programs. */
  readonly dir: string;
  readonly httpPort: number;
  readonly mqttPort: number;
  /** How much faster than life totes and robots move. */
  readonly speed: number;
  readonly feed: boolean;
  readonly log: Log;
  readonly say: (line: string) => void;
}

export interface RunningDemo {
  /** Address of the pages, with a one-time code. */
  readonly url: string;
  readonly site: RunningSite;
  /** In order: no more orders, then the site, then region and floor. */
  stop(): Promise<void>;
}

interface SimPorts {
  readonly opcua: number;
  readonly modbus: number;
  readonly ros: number;
  readonly control: number;
}

interface RegionPorts {
  readonly port: number;
  readonly proxyPort: number;
  readonly controlPort: number;
}

/** Id of the site in site.yaml. */
const DEMO_SITE = 'demo';
/** Robots in site.yaml. */
const DEMO_ROBOTS = 5;
const FEED_INTERVAL_MS = 4_000;
const FEED_RUNNING_MAX = 8;
const FIRST_ORDER_MS_MAX = 60_000;

/** Starts the whole demo; resolves when orders flow. What was started is stopped again when a part fails. */
export async function startDemo(options: DemoOptions): Promise<RunningDemo> {
  const siteDir = join(options.dir, 'site');
  mkdirSync(siteDir, { recursive: true, mode: 0o700 });
  const stops: (() => Promise<void> | void)[] = [];
  const stop = async () => {
    for (const each of stops.splice(0).reverse()) await each();
  };
  try {
    options.say('starting the region (a receiver on this machine) ...');
    const region = await startRegion(options.dir);
    stops.push(() => region.stop());
    options.say('starting the simulated warehouse ...');
    const sim = await startSim(options);
    stops.push(() => sim.stop());

    options.say('starting Holdfast ...');
    const sitePath = await writeSiteFile(options, sim.said, region.said);
    const site = await startSite({
      siteFile: loadSite(sitePath),
      sitePath,
      dataDir: siteDir,
      log: options.log,
    });
    stops.push(() => site.stop());
    const sink = orderSink(site.url, localToken(siteDir));
    if (options.feed) {
      stops.push(await feed(options, sink));
      options.say('waiting for the first order to move ...');
      await firstOrder(sink);
    }
    return { url: `${site.url}/?code=${await site.oneTimeCode()}`, site, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

function startRegion(dir: string): Promise<ChildProgram<RegionPorts>> {
  const tokenFile = writeRegionTokens(dir);
  const data = join(dir, 'region');
  mkdirSync(data, { recursive: true, mode: 0o700 });
  const args = ['--port', '0', '--control-port', '0', '--data', data, '--token-file', tokenFile];
  return startProgram('region', regionProgram, args, join(dir, 'region.log'));
}

const regionTokenFile = (dir: string) => join(dir, 'region-token');

/** One secret, as the site reads it and as the receiver does. */
function writeRegionTokens(dir: string): string {
  const siteSide = regionTokenFile(dir);
  if (!existsSync(siteSide))
    writeFileSync(siteSide, `${randomBytes(32).toString('base64url')}\n`, { mode: 0o600 });
  const token = readFileSync(siteSide, 'utf8').trim();
  const regionSide = join(dir, 'region-tokens.json');
  writeFileSync(regionSide, `${JSON.stringify({ sites: { [DEMO_SITE]: token }, readers: [] })}\n`, {
    mode: 0o600,
  });
  return regionSide;
}

function startSim({ dir, speed }: DemoOptions): Promise<ChildProgram<SimPorts>> {
  const ports = ['--opcua-port', '0', '--modbus-port', '0', '--ros-port', '0', '--control-port', '0'];
  const floor = ['--map', here('floor.map'), '--places', here('site.yaml'), '--robots', String(DEMO_ROBOTS)];
  const kept = ['--pki-dir', join(dir, 'sim'), '--state', join(dir, 'floor.json')];
  const args = [...ports, ...floor, '--speed', String(speed), ...kept];
  return startProgram('simulated warehouse', simProgram, args, join(dir, 'sim.log'));
}

/** Fills the ports of this start into the demo's site file. */
async function writeSiteFile(options: DemoOptions, sim: SimPorts, region: RegionPorts): Promise<string> {
  const values: Record<string, string | number> = {
    OPCUA_PORT: sim.opcua,
    MODBUS_PORT: sim.modbus,
    ROS_PORT: sim.ros,
    SIM_CONTROL_PORT: sim.control,
    REGION_PORT: region.proxyPort,
    REGION_CONTROL_PORT: region.controlPort,
    REGION_TOKEN_FILE: regionTokenFile(options.dir),
    HTTP_PORT: await freePort(options.httpPort),
    MQTT_PORT: await freePort(options.mqttPort),
    DEMO_DIR: here('.').replace(/\/$/, ''),
  };
  const text = readFileSync(here('site.yaml'), 'utf8').replace(/\$\{([A-Z_]+)\}/g, (whole, name: string) =>
    String(values[name] ?? whole),
  );
  const path = join(options.dir, 'site.yaml');
  writeFileSync(path, text);
  return path;
}

/** The wanted port, or any free one when somebody else has it. */
async function freePort(wanted: number): Promise<number> {
  const tryPort = (port: number) =>
    new Promise<number | undefined>((resolve) => {
      const server = createServer();
      server.once('error', () => resolve(undefined));
      server.listen(port, '127.0.0.1', () => {
        const address = server.address();
        server.close(() =>
          resolve(typeof address === 'object' && address !== null ? address.port : undefined),
        );
      });
    });
  return (await tryPort(wanted)) ?? (await tryPort(0)) ?? 0;
}

async function feed(options: DemoOptions, sink: OrderSink): Promise<() => void> {
  const items = await readReplay(here('orders.csv'), loadReplayMapping(here('orders-mapping.yaml')));
  return startFeeder({
    items,
    sink,
    clock: systemClock,
    log: options.log,
    stateFile: join(options.dir, 'feeder.json'),
    intervalMs: FEED_INTERVAL_MS,
    runningMax: FEED_RUNNING_MAX,
  });
}

function orderSink(url: string, token: string): OrderSink {
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
  return {
    async post(order) {
      const answer = await request(`${url}${API_PREFIX}/orders`, {
        method: 'POST',
        headers,
        body: JSON.stringify(order),
      });
      await answer.body.dump();
      return { status: answer.statusCode };
    },
    async running() {
      const answer = await request(`${url}${API_PREFIX}/summary`, { headers });
      return ((await answer.body.json()) as SiteSummary).ordersRunning;
    },
  };
}

async function firstOrder(sink: OrderSink): Promise<void> {
  const giveUpMs = systemClock.monotonicMs() + FIRST_ORDER_MS_MAX;
  while ((await sink.running()) === 0 && systemClock.monotonicMs() < giveUpMs) {
    await new Promise<void>((resolve) => systemClock.after(200, resolve));
  }
}
