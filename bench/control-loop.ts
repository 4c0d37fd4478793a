import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { Interlock } from '#contracts/api.ts';
import { systemClock } from '#contracts/clock.ts';
import { uuidv7 } from '#contracts/ids.ts';
import { silentLog } from '#contracts/log.ts';
import type { SiteFile } from '#contracts/site-file.ts';
import { brokerStoreModule } from '../appliance/broker/index.ts';
import { openStore, type StoreHost } from '../appliance/store/index.ts';
import { type Floor, startFloor } from '../appliance/threads/index.ts';
import { syncStoreModule } from '../sync/index.ts';
import { end, fillBacklog, startDrain, startFlood } from './control-loop/load.ts';
import { CELLS, type Latencies, type SlaveReport } from './control-loop/protocol.ts';
import { type BenchResult, quantile } from './result.ts';

const P99_MS_MAX = 5;
const P999_MS_MAX = 10;
const FLOOD_PER_SECOND = 20_000;
const POLL_MS = 5;
const WARM_UP_MS = 3_000;
const PHASE_MS = 25_000;
const STUCK_LOOK_MS = 500;
/** A quantile of fewer says nothing. */
const SAMPLES_MIN = 1_000;

/**
 * Conveyors and their e-stops on a Modbus slave in another process. The value is the time from the moment the
 * slave puts a pressed e-stop on the wire to the moment it receives the write that stops the drive, both by the
 * slave's own clock: decoding, the thread, the interlock, the write and the loopback, without the wait for the next
 * poll. That wait belongs to `pollIntervalMs` of the site and is in `changeToWrite`.
 */
export async function run(): Promise<BenchResult> {
  const dir = mkdtempSync(join(tmpdir(), 'holdfast-loop-'));
  const slave = fork(new URL('./control-loop/slave.ts', import.meta.url));
  const store = await openStore({
    dir: join(dir, 'site'),
    modules: [brokerStoreModule, syncStoreModule],
    log: silentLog,
  });
  await fillBacklog(store);
  const floor = await startLoop(slave, dir);
  try {
    await pause(WARM_UP_MS);
    await collect(slave);
    await pause(PHASE_MS);
    const idle = await collect(slave);
    const { latencies: loaded, load } = await underLoad(slave, store, dir);
    const p99 = round(quantile(loaded.servedToWrite, 0.99));
    const p999 = round(quantile(loaded.servedToWrite, 0.999));
    return {
      bench: 'control-loop',
      value: p99,
      unit: 'ms, p99 from the sensor on the wire to the actuator written, under load',
      budget: P99_MS_MAX,
      holds: loaded.servedToWrite.length >= SAMPLES_MIN && p99 <= P99_MS_MAX && p999 <= P999_MS_MAX,
      p999Budget: P999_MS_MAX,
      loaded: summary(loaded.servedToWrite),
      idle: summary(idle.servedToWrite),
      loadedFromChange: summary(loaded.changeToWrite),
      idleFromChange: summary(idle.changeToWrite),
      pollIntervalMs: POLL_MS,
      ...load,
      open: floor.interlocks().filter(({ met, needsReset }) => !met || needsReset),
      delays: floor.threadStats(),
      cores: availableParallelism(),
    };
  } finally {
    await floor.stop();
    await end(slave);
    await store.close();
    rmSync(dir, { recursive: true, force: true });
  }
}

async function underLoad(slave: ChildProcess, store: StoreHost, dir: string) {
  const flood = await startFlood(store, FLOOD_PER_SECOND);
  const drain = await startDrain(store, join(dir, 'receiver'));
  await collect(slave);
  await pause(PHASE_MS);
  const latencies = await collect(slave);
  const load = { ...(await drain.stop()), ...(await flood.stop()) };
  return { latencies, load };
}

async function collect(slave: ChildProcess): Promise<Latencies> {
  slave.send('collect');
  for (;;) {
    const [report] = (await once(slave, 'message')) as [SlaveReport];
    if ('latencies' in report) return report.latencies;
  }
}

/** The floor with somebody at the panel, who resets each e-stop as soon as it can be reset. */
async function startLoop(slave: ChildProcess, dataDir: string): Promise<Floor> {
  const [hello] = (await once(slave, 'message')) as [SlaveReport];
  if (!('port' in hello)) throw new Error('the slave said something else first');
  const running = new Map<string, boolean>();
  let floor: Floor | null = null;
  const reset = (list: readonly Interlock[]) => {
    for (const { id } of list) void floor?.resetInterlock(id, 'bench');
  };
  floor = await startFloor({
    siteFile: loopSite(hello.port),
    dataDir,
    epochs: new Map(),
    log: silentLog,
    clock: systemClock,
    onTags(samples) {
      for (const { path, value } of samples) if (path.includes('/run-')) running.set(path, value === true);
    },
    onLink() {},
    onRobot() {},
    onSafety() {},
    onCommand() {},
    // Once per trip: what has been reset and is on its way to run again needs no second word.
    onInterlocks: (list) => reset(list.filter(({ met, needsReset }) => !met && needsReset)),
    onFatal: (reason) => console.error(reason),
  });
  floor.watchMain();
  const loop = floor;
  // A first start, and whatever was refused because its stop was still under way.
  setInterval(() => {
    reset(loop.interlocks().filter(({ needsReset }) => needsReset));
    for (let cell = 0; cell < CELLS; cell += 1) {
      if (running.get(`cells/run-${cell}`) !== true) void startDrive(loop, cell);
    }
  }, STUCK_LOOK_MS).unref();
  return floor;
}

const startDrive = (floor: Floor, cell: number) =>
  floor.submit({
    commandId: uuidv7(Date.now()),
    target: `drive-${cell}`,
    call: { capability: 'Conveyor', action: 'run', args: {} },
    expiresAtMs: Date.now() + 1_000,
    timeoutMs: 1_000,
    epoch: 0,
    requestedBy: { kind: 'system', id: 'bench' },
    reason: 'the benchmark needs it running',
    correlationId: 'bench',
  });

function loopSite(port: number): Pick<SiteFile, 'devices' | 'places' | 'safety'> {
  const cells = Array.from({ length: CELLS }, (_, cell) => cell);
  return {
    places: [],
    devices: [
      {
        id: 'cells',
        driver: 'modbus',
        silenceMsMax: 3_000,
        reconnect: { firstMs: 50, maxMs: 500 },
        connection: {
          host: '127.0.0.1',
          port,
          unitId: 1,
          pollIntervalMs: POLL_MS,
          timeoutMs: 1_000,
          gapRegistersMax: 8,
        },
        tags: cells.flatMap((cell) => [
          {
            name: `e-stop-${cell}`,
            address: `discrete:${cell}`,
            type: 'boolean' as const,
            access: 'read' as const,
          },
          {
            name: `run-${cell}`,
            address: `coil:${cell}`,
            type: 'boolean' as const,
            access: 'read-write' as const,
          },
        ]),
        capabilities: cells.map((cell) => ({
          id: `drive-${cell}`,
          kind: 'Conveyor',
          bind: { run: `run-${cell}` },
        })),
      },
    ],
    safety: {
      interlocks: cells.map((cell) => ({
        id: `e-stop-${cell}`,
        text: `e-stop ${cell} is pressed`,
        tag: `cells/e-stop-${cell}`,
        is: true,
        staleMsMax: 2_000,
        protects: [`drive-${cell}`],
        reset: 'manual' as const,
      })),
      safeStates: [{ target: 'drive-*', action: 'stop' }],
      heartbeats: [],
      mainSilenceMsMax: 2_000,
    },
  };
}

const round = (ms: number): number => Math.round(ms * 100) / 100;
const summary = (samples: readonly number[]) => ({
  count: samples.length,
  p50: round(quantile(samples, 0.5)),
  p99: round(quantile(samples, 0.99)),
  p999: round(quantile(samples, 0.999)),
  max: round(quantile(samples, 1)),
});
