import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { systemClock } from '#contracts/clock.ts';
import type { CommandPort } from '#contracts/commands.ts';
import { createEvent } from '#contracts/events/envelope.ts';
import { workOrderCreated } from '#contracts/events/order.ts';
import { silentLog } from '#contracts/log.ts';
import { openStore, type StoreHost } from '../appliance/store/index.ts';
import {
  commandActivity,
  createOrchestrator,
  defineSaga,
  type Orchestrator,
  orchestratorStoreModules,
} from '../local-orchestrator/index.ts';
import { type BenchResult, median } from './result.ts';

/** Smaller with BENCH_SMALL=1, to see that it works. */
const SMALL = process.env.BENCH_SMALL === '1';
const SAGAS = SMALL ? 500 : 10_000;
const LOG_ROWS = SMALL ? 5_000 : 1_000_000;
const APPEND_COUNT = 500;
const COMMITS_IN_FLIGHT = 8;
const STARTS_IN_FLIGHT = 1_000;
const RESTARTS = SMALL ? 1 : 5;
const BUDGET_MS = 2_000;
/** Sagas that may have ended in earlier rounds. */
const DONE_MAX = 2 * RESTARTS;

const drive = commandActivity('MobileRobot', 'goTo');
const driving = defineSaga<{ robot: string }>('driving')
  .step('go', drive, {
    title: 'Go',
    timeoutMs: null,
    input: ({ input }) => ({ target: input.robot, epoch: 0, args: { place: 'rack-1' } }),
  })
  .step('back', drive, {
    title: 'Back',
    timeoutMs: null,
    input: ({ input }) => ({ target: input.robot, epoch: 0, args: { place: 'park-1' } }),
  })
  .end({ title: 'Driving', version: 1 });

/**
 * A site dies while 10,000 sagas have a robot under way, with a million rows in its log. At the next start each robot
 * is asked what became of it; those that have arrived are sent on. Measured: from opening the store to the first new
 * command at the gate, and to the last.
 */
export async function run(): Promise<BenchResult> {
  // On the disk the repository lies on: /tmp is memory on many machines.
  const base = join(process.cwd(), '.holdfast');
  mkdirSync(base, { recursive: true });
  const dir = mkdtempSync(join(base, 'bench-restart-'));
  try {
    await fillLog(dir, LOG_ROWS / 2);
    await leaveRunning(dir);
    const early = await restarts(dir);
    await fillLog(dir, LOG_ROWS / 2);
    const late = await restarts(dir);
    const value = Math.round(median(late.map(({ firstMs }) => firstMs)));
    return {
      bench: 'saga-restart',
      value,
      unit: 'ms to the first command',
      budget: BUDGET_MS,
      holds: value <= BUDGET_MS,
      firstMsWithHalfTheLog: Math.round(median(early.map(({ firstMs }) => firstMs))),
      storeOpenMs: Math.round(median(late.map(({ openMs }) => openMs))),
      askedAllMs: Math.round(median(late.map(({ allMs }) => allMs))),
      readyMs: Math.round(median(late.map(({ readyMs }) => readyMs))),
      sagas: SAGAS,
      logRows: LOG_ROWS,
    };
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

const open = (dir: string): Promise<StoreHost> =>
  openStore({ dir, modules: orchestratorStoreModules, log: silentLog });

/** Rows as the intake writes them; no saga comes of them, for no admission reads this log while it is filled. */
async function fillLog(dir: string, rows: number): Promise<void> {
  const store = await open(dir);
  let made = 0;
  const lane = async () => {
    while (made < rows) {
      made += APPEND_COUNT;
      const ops = Array.from({ length: APPEND_COUNT }, () => ({ op: 'append' as const, event: telemetry() }));
      await store.commit(ops);
    }
  };
  await Promise.all(Array.from({ length: COMMITS_IN_FLIGHT }, lane));
  await store.close();
}

let orders = 0;
function telemetry() {
  orders += 1;
  const orderId = `WO-${orders}`;
  const data = {
    orderId,
    kind: 'pick' as const,
    priority: 5,
    destination: 'packing-1',
    lines: [{ line: 1, sku: `SKU-${orders % 5_000}`, quantity: 3 }],
  };
  const context = { site: 'bench', component: 'intake/http', nowMs: Date.now(), correlationId: orderId };
  // Under another type: it is history, not work that waits.
  return { ...createEvent(workOrderCreated, orderId, data, context), type: 'holdfast.bench.history.v1' };
}

function createSite(store: StoreHost, commands: CommandPort): Orchestrator {
  return createOrchestrator({
    store,
    commands,
    fleet: { robots: () => [], onChange: () => () => {} },
    clock: systemClock,
    random: Math.random,
    log: silentLog,
    site: { id: 'bench', timeZone: 'UTC' },
    config: {},
    places: [],
    sagas: [driving],
  });
}

/** Sagas with a command under way, whose process ends without a word. */
async function leaveRunning(dir: string): Promise<void> {
  const store = await open(dir);
  const silent = () => new Promise<never>(() => {});
  const site = createSite(store, { submit: silent, reconcile: silent });
  await site.start();
  let next = 0;
  const lane = async () => {
    for (let index = next++; index < SAGAS; index = next++) {
      await site.startSaga('driving', `s-${index}`, { robot: `amr-${index}` });
    }
  };
  await Promise.all(Array.from({ length: STARTS_IN_FLIGHT }, lane));
  // Recorded as dispatched, each of them: that is what the next start goes by.
  await store.close();
}

interface Restart {
  readonly openMs: number;
  /** To the first command that was not under way before. */
  readonly firstMs: number;
  /** Until each robot was asked. */
  readonly allMs: number;
  readonly readyMs: number;
}

async function restarts(dir: string): Promise<Restart[]> {
  const measured: Restart[] = [];
  for (let count = 0; count < RESTARTS; count += 1) measured.push(await restart(dir));
  return measured;
}

/** One robot has arrived and is sent on; all others are still at it, so that the next restart finds as many. */
async function restart(dir: string): Promise<Restart> {
  const beganMs = performance.now();
  const sinceMs = () => performance.now() - beganMs;
  const store = await open(dir);
  const openMs = sinceMs();
  let firstMs = Number.POSITIVE_INFINITY;
  let asked = 0;
  let arrived = false;
  let allMs = 0;
  const site = createSite(store, {
    submit: () => {
      firstMs = Math.min(firstMs, sinceMs());
      return new Promise(() => {});
    },
    async reconcile({ call }) {
      asked += 1;
      if (asked === SAGAS - DONE_MAX) allMs = sinceMs();
      if (arrived || call.args.place !== 'rack-1') return { outcome: 'running' };
      arrived = true;
      return { outcome: 'done', data: { place: 'rack-1' } };
    },
  });
  await site.start();
  const readyMs = sinceMs();
  while (allMs === 0 || firstMs === Number.POSITIVE_INFINITY) {
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  await store.close();
  return { openMs, firstMs, allMs, readyMs };
}
