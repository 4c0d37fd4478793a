import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { Type } from 'typebox';
import { systemClock } from '#contracts/clock.ts';
import { silentLog } from '#contracts/log.ts';
import { openStore, type StoreHost } from '../appliance/store/index.ts';
import {
  createOrchestrator,
  defineSaga,
  type Orchestrator,
  orchestratorStoreModules,
} from '../local-orchestrator/index.ts';
import type { BenchResult } from './result.ts';

/** Smaller with BENCH_SMALL=1, to see that it works. */
const SMALL = process.env.BENCH_SMALL === '1';
const SAGAS = SMALL ? 500 : 10_000;
const STARTS_IN_FLIGHT = 500;
const REST_MS = SMALL ? 1_000 : 3_000;
const WATCH_MS = SMALL ? 3_000 : 30_000;
const BUDGET_MB = 60;
/** Of one core, beyond the same process without them, whose own timers cost a third of a percent. No less can be told apart. */
const BUDGET_CPU_PERCENT = 0.2;

const waiting = defineSaga<{ dock: string }>('waiting')
  .signal('word', {
    title: 'Word',
    signal: 'arrived',
    payload: Type.Object({ dock: Type.String() }),
    timeoutMs: 30 * 86_400_000,
  })
  .end({ title: 'Waiting', version: 1 });

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

/** What 10,000 sagas that only wait cost: memory beyond the same process without them, and CPU while nothing happens. */
export async function run(): Promise<BenchResult> {
  const dir = mkdtempSync(join(tmpdir(), 'holdfast-bench-idle-'));
  try {
    const { store, site } = await start(dir);
    const without = await rest();
    const cpuPercentWithout = await watchCpu();
    await begin(site);
    const alive = site.stats().sagasAlive;
    const withThem = await rest();
    const cpuPercent = await watchCpu();
    await site.stop();
    await store.close();

    const restarted = await start(dir);
    const cpuPercentAfterRestart = await watchCpu();
    await restarted.site.stop();
    await restarted.store.close();
    const megabytes = Math.round((withThem - without) * 10) / 10;
    const busiest = Math.max(cpuPercent, cpuPercentAfterRestart) - cpuPercentWithout;
    return {
      bench: 'saga-idle',
      value: megabytes,
      unit: 'MB for 10,000 waiting sagas',
      budget: BUDGET_MB,
      holds: megabytes <= BUDGET_MB && busiest <= BUDGET_CPU_PERCENT && alive === SAGAS,
      cpuPercent,
      cpuPercentWithout,
      cpuPercentAfterRestart,
      cpuBudgetPercent: BUDGET_CPU_PERCENT,
      processMb: Math.round(withThem),
      sagas: alive,
    };
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

async function start(dir: string): Promise<{ store: StoreHost; site: Orchestrator }> {
  const store = await openStore({ dir, modules: orchestratorStoreModules, log: silentLog });
  const site = createOrchestrator({
    store,
    commands: {
      submit: () => Promise.reject(new Error('no command in this benchmark')),
      reconcile: () => Promise.reject(new Error('no command in this benchmark')),
    },
    fleet: { robots: () => [], onChange: () => () => {} },
    clock: systemClock,
    random: Math.random,
    log: silentLog,
    site: { id: 'bench', timeZone: 'UTC' },
    config: {},
    places: [],
    sagas: [waiting],
  });
  await site.start();
  return { store, site };
}

async function begin(site: Orchestrator): Promise<void> {
  let next = 0;
  const lane = async () => {
    for (let index = next++; index < SAGAS; index = next++) {
      await site.startSaga('waiting', `s-${index}`, { dock: `dock-${index % 8}` });
    }
  };
  await Promise.all(Array.from({ length: STARTS_IN_FLIGHT }, lane));
}

/** Resident megabytes of the whole process, its threads included, after it has come to rest. */
async function rest(): Promise<number> {
  await new Promise((resolve) => setTimeout(resolve, REST_MS));
  collect();
  await new Promise((resolve) => setTimeout(resolve, 200));
  return process.memoryUsage.rss() / 1024 / 1024;
}

/** Percent of one core, of the whole process. */
async function watchCpu(): Promise<number> {
  await new Promise((resolve) => setTimeout(resolve, REST_MS));
  const before = process.cpuUsage();
  await new Promise((resolve) => setTimeout(resolve, WATCH_MS));
  const { user, system } = process.cpuUsage(before);
  return Math.round(((user + system) / 1_000 / WATCH_MS) * 10_000) / 100;
}
