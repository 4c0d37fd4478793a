import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { parse, stringify } from 'yaml';
import type { LedgerEntry } from '../../drivers/sim/index.ts';
import { keptPort, onKeptPort } from '../support/kept-port.ts';

export const root = new URL('../../', import.meta.url).pathname;
const cli = join(root, 'appliance/cli/main.ts');
const demoDir = join(root, 'appliance/demo');
const SITE_TOKEN = 'the-token-of-the-site-in-this-test';
export const READER_TOKEN = 'the-token-of-a-reader-in-this-test';

export interface WholeSiteOptions {
  /** Physics so many times as fast as the clock. */
  readonly speed: number;
  readonly inventoryCsv?: string;
  readonly serviceSkus?: readonly string[];
  /** The floor outlives its process, for those who end it and start it again. */
  readonly keepsFloor?: boolean;
}

export interface Answer {
  readonly status: number;
  readonly body: unknown;
}

/** Floor, region and appliance as processes; the test breaks them and asks them. */
export interface WholeSite {
  readonly dir: string;
  readonly dataDir: string;
  readonly regionUrl: string;
  readonly siteUrl: () => string;
  startAppliance(): Promise<void>;
  /** Kills it as a power cut would; resolves when it is gone. */
  killAppliance(): Promise<void>;
  /** SIGTERM; resolves with its exit code. */
  stopAppliance(): Promise<number | null>;
  endFloor(signal: 'SIGTERM' | 'SIGKILL'): Promise<void>;
  /** Once more, on the same ports, as cables stay where they are. */
  startFloor(): Promise<void>;
  /** The API as the tools on the box use it. */
  ask(method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<Answer>;
  fault(program: 'sim' | 'region', id: string, active: boolean, target?: string): Promise<void>;
  ledger(after?: number): Promise<LedgerEntry[]>;
  cli(...args: readonly string[]): ChildProcess;
  close(): Promise<void>;
}

interface Program {
  readonly process: ChildProcess;
  readonly line: string;
}

/** Starts a program and waits for a line; its log is printed when it fails to say it. */
async function start(name: string, dir: string, args: readonly string[], ready: RegExp): Promise<Program> {
  const logFile = join(dir, `${name}.log`);
  const log = openSync(logFile, 'a');
  const child = spawn(process.execPath, [...args], { stdio: ['ignore', 'pipe', log, 'ipc'], cwd: root });
  let said = '';
  const line = new Promise<string>((resolve, reject) => {
    child.stdout?.on('data', (chunk: Buffer) => {
      said += chunk.toString();
      const found = said.split('\n').find((each) => ready.test(each));
      if (found !== undefined) resolve(found);
    });
    child.once('exit', (code, signal) =>
      reject(
        new Error(`${name} ended early (${signal ?? code}): ${readFileSync(logFile, 'utf8').slice(-3_000)}`),
      ),
    );
  });
  return { process: child, line: await line };
}

async function end(child: ChildProcess, signal: NodeJS.Signals): Promise<number | null> {
  if (child.exitCode !== null || child.signalCode !== null) return child.exitCode;
  const gone = once(child, 'exit');
  child.kill(signal);
  await gone;
  return child.exitCode;
}

export async function startWholeSite(options: WholeSiteOptions): Promise<WholeSite> {
  const dir = mkdtempSync(join(tmpdir(), 'holdfast-e2e-'));
  const dataDir = join(dir, 'site');
  mkdirSync(join(dir, 'region'));
  writeFileSync(join(dir, 'token'), SITE_TOKEN);
  writeFileSync(
    join(dir, 'tokens.json'),
    JSON.stringify({ sites: { demo: SITE_TOKEN }, readers: [READER_TOKEN] }),
  );

  // Floor and site keep their ports over a restart, so that those who talk to them find them again.
  const floor = await onKeptPort(async (opcua) => {
    const ports = { opcua, modbus: await keptPort(), ros: await keptPort(), control: await keptPort() };
    return { ports, sim: await startSim(dir, options, ports) };
  });
  let { sim } = floor;
  const simPorts: SimPorts = floor.ports;
  const regionArgs = ['--port', '0', '--control-port', '0', '--data', join(dir, 'region')];
  const region = await start(
    'region',
    dir,
    [join(root, 'sync/regional/main.ts'), ...regionArgs, '--token-file', join(dir, 'tokens.json')],
    /^\{/,
  );
  const regionPorts = JSON.parse(region.line) as { url: string; proxyPort: number; controlPort: number };
  const sitePath = writeSiteFile(dir, options, simPorts, regionPorts, await keptPort());

  let appliance: ChildProcess | undefined;
  const siteUrl = () => (JSON.parse(readFileSync(join(dataDir, 'run.json'), 'utf8')) as { url: string }).url;
  const post = async (url: string, body: object): Promise<void> => {
    const headers = { 'content-type': 'application/json' };
    const response = await fetch(url, { method: 'POST', headers, body: JSON.stringify(body) });
    if (!response.ok) throw new Error(`${url}: ${response.status} ${await response.text()}`);
  };
  const controls = { sim: simPorts.control, region: regionPorts.controlPort };

  return {
    dir,
    dataDir,
    regionUrl: regionPorts.url,
    siteUrl,
    async startAppliance() {
      const args = ['run', '--site', sitePath, '--data', dataDir];
      appliance = (await start('appliance', dir, [cli, ...args], /Holdfast is ready/)).process;
    },
    async killAppliance() {
      if (appliance !== undefined) await end(appliance, 'SIGKILL');
    },
    async endFloor(signal) {
      await end(sim.process, signal);
    },
    async startFloor() {
      sim = await startSim(dir, options, simPorts);
    },
    stopAppliance: () => (appliance === undefined ? Promise.resolve(null) : end(appliance, 'SIGTERM')),
    async ask(method, path, body, more = {}) {
      const token = readFileSync(join(dataDir, 'local-token'), 'utf8').trim();
      const response = await fetch(`${siteUrl()}/api/v1${path}`, {
        method,
        headers: {
          authorization: `Bearer ${token}`,
          ...more,
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      const text = await response.text();
      return { status: response.status, body: text === '' ? undefined : (JSON.parse(text) as unknown) };
    },
    fault: (program, id, active, target) =>
      post(`http://127.0.0.1:${controls[program]}/faults/${id}`, {
        active,
        ...(target === undefined ? {} : { target }),
      }),
    async ledger(after = 0) {
      const response = await fetch(`http://127.0.0.1:${simPorts.control}/ledger?after=${after}`);
      return ((await response.json()) as { entries: LedgerEntry[] }).entries;
    },
    cli: (...args) =>
      spawn(process.execPath, [cli, ...args], { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] }),
    async close() {
      for (const child of [appliance, region.process, sim.process]) {
        if (child !== undefined) await end(child, 'SIGKILL');
      }
      // HOLDFAST_KEEP=1 leaves logs and data behind, to look into a failure.
      if (process.env.HOLDFAST_KEEP === undefined) rmSync(dir, { recursive: true, force: true });
    },
  };
}

interface SimPorts {
  readonly opcua: number;
  readonly modbus: number;
  readonly ros: number;
  readonly control: number;
}

function startSim(
  dir: string,
  { speed, keepsFloor }: WholeSiteOptions,
  { opcua, modbus, ros, control }: SimPorts,
): Promise<Program> {
  const flags = {
    map: join(demoDir, 'floor.map'),
    places: join(demoDir, 'site.yaml'),
    robots: 5,
    speed,
    'opcua-port': opcua,
    'modbus-port': modbus,
    'ros-port': ros,
    'control-port': control,
    ...(keepsFloor && { state: join(dir, 'floor.json') }),
  };
  const args = Object.entries(flags).flatMap(([name, value]) => [`--${name}`, String(value)]);
  return start('sim', dir, [join(root, 'drivers/sim/main.ts'), ...args], /^\{/);
}

/** The demo's site file with the ports of this run, and with the stock of the orders to come. */
function writeSiteFile(
  dir: string,
  options: WholeSiteOptions,
  sim: SimPorts,
  region: { proxyPort: number; controlPort: number },
  httpPort: number,
): string {
  const values: Record<string, string | number> = {
    OPCUA_PORT: sim.opcua,
    MODBUS_PORT: sim.modbus,
    ROS_PORT: sim.ros,
    SIM_CONTROL_PORT: sim.control,
    REGION_PORT: region.proxyPort,
    REGION_CONTROL_PORT: region.controlPort,
    REGION_TOKEN_FILE: join(dir, 'token'),
    HTTP_PORT: httpPort,
    MQTT_PORT: 0,
    DEMO_DIR: demoDir,
  };
  const text = readFileSync(join(demoDir, 'site.yaml'), 'utf8').replace(
    /\$\{([A-Z_]+)\}/g,
    (whole, name: string) => String(values[name] ?? whole),
  );
  const site = parse(text) as { inventoryFile: string; intake: { serviceSkus?: readonly string[] } };
  if (options.inventoryCsv !== undefined) {
    site.inventoryFile = join(dir, 'inventory.csv');
    writeFileSync(site.inventoryFile, options.inventoryCsv);
  }
  if (options.serviceSkus !== undefined) site.intake.serviceSkus = options.serviceSkus;
  const path = join(dir, 'site.yaml');
  writeFileSync(path, stringify(site));
  return path;
}

/** Waits until a peer tells what was waited for; a network that is away for a moment is asked again. */
export async function eventually<T>(
  what: string,
  probe: () => Promise<T | undefined | false>,
  timeoutMs: number,
): Promise<T> {
  const endMs = performance.now() + timeoutMs;
  let last: unknown;
  while (performance.now() < endMs) {
    try {
      const value = await probe();
      if (value !== undefined && value !== false) return value;
    } catch (error) {
      last = error;
    }
    await pause(100);
  }
  throw new Error(`waited ${timeoutMs} ms in vain until ${what}`, { cause: last });
}

export const realOrders = join(root, '../shared/data/orders/online-retail-10k.csv');
export const hasRealOrders = existsSync(realOrders);
