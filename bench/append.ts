import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import Database from 'better-sqlite3';
import type { AnyEvent } from '#contracts/events/envelope.ts';
import { createEvent } from '#contracts/events/envelope.ts';
import { workOrderCreated } from '#contracts/events/order.ts';
import { silentLog } from '#contracts/log.ts';
import { openStore, type StoreHost } from '../appliance/store/index.ts';
import { type BenchResult, quantile } from './result.ts';

const BUDGET_PER_SECOND = 50_000;
const BUDGET_P99_MS = 10;
const PHASE_MS = 4_000;
const BATCH_COUNTS = [64, 256] as const;
const COMMITS_IN_FLIGHT = 8;
const RATE_PER_SECOND = 1_000;

let made = 0;
/** An order of two lines, about 600 bytes as JSON; each order is a correlation of its own. */
function makeEvent(): AnyEvent {
  made += 1;
  const orderId = `WO-${made}`;
  const data = {
    orderId,
    kind: 'pick' as const,
    priority: 5,
    destination: 'packing-1',
    lines: [
      { line: 1, sku: `SKU-${made % 5_000}`, quantity: 3, description: 'White hanging heart T-light holder' },
      { line: 2, sku: `SKU-${made % 777}`, quantity: 1, description: 'Cream cupid hearts coat hanger' },
    ],
  };
  const context = { site: 'bench', component: 'intake/http', nowMs: Date.now(), correlationId: orderId };
  return createEvent(workOrderCreated, orderId, data, context);
}
const makeBatch = (count: number): AnyEvent[] => Array.from({ length: count }, makeEvent);
const appends = (events: readonly AnyEvent[]) => events.map((event) => ({ op: 'append', event }) as const);

/** Keeps `inFlight` commits of `count` events under way; events per second, all of them flushed. */
async function throughput(store: StoreHost, count: number, inFlight: number) {
  const loop = monitorEventLoopDelay({ resolution: 1 });
  const startMs = performance.now();
  let events = 0;
  const lane = async (): Promise<void> => {
    while (performance.now() - startMs < PHASE_MS) {
      const offsets = await store.commit(appends(makeBatch(count)));
      events += offsets.length;
    }
  };
  loop.enable();
  await Promise.all(Array.from({ length: inFlight }, lane));
  loop.disable();
  const perSecond = (events / (performance.now() - startMs)) * 1_000;
  return { perSecond, callerDelayP99Ms: loop.percentile(99) / 1e6, callerDelayMaxMs: loop.max / 1e6 };
}

/** Single events at a steady rate; milliseconds from the call to the durable answer. */
async function latency(store: StoreHost) {
  const loop = monitorEventLoopDelay({ resolution: 1 });
  const latencies: number[] = [];
  const pending: Promise<void>[] = [];
  const commitOne = async (): Promise<void> => {
    const startMs = performance.now();
    await store.commit(appends([makeEvent()]));
    latencies.push(performance.now() - startMs);
  };
  loop.enable();
  const startMs = performance.now();
  for (let sent = 0, nowMs = 0; nowMs < PHASE_MS; nowMs = performance.now() - startMs) {
    for (const due = (nowMs / 1_000) * RATE_PER_SECOND; sent < due; sent += 1) pending.push(commitOne());
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  await Promise.all(pending);
  loop.disable();
  return { latencies, callerDelayP99Ms: loop.percentile(99) / 1e6, callerDelayMaxMs: loop.max / 1e6 };
}

/** The yardstick: the same rows, made the same way, put into the same table by better-sqlite3 alone. */
function rawInsert(dir: string, count: number): number {
  const db = new Database(join(dir, `raw-${count}.db`));
  db.pragma('journal_mode = WAL');
  db.pragma('synchronous = FULL');
  db.exec(`CREATE TABLE log (offset INTEGER PRIMARY KEY, event_id TEXT NOT NULL UNIQUE, kind INTEGER NOT NULL,
    time TEXT NOT NULL, subject TEXT NOT NULL, correlation TEXT NOT NULL, envelope TEXT NOT NULL) STRICT;
    CREATE INDEX log_by_kind ON log (kind)`);
  const insert = db.prepare(
    'INSERT INTO log (event_id, kind, time, subject, correlation, envelope) VALUES (?, 1, ?, ?, ?, ?)',
  );
  const insertAll = db.transaction((events: readonly AnyEvent[]) => {
    for (const event of events) {
      insert.run(event.id, event.time, event.subject, event.correlationid, JSON.stringify(event));
    }
  });
  const startMs = performance.now();
  let events = 0;
  while (performance.now() - startMs < PHASE_MS) {
    insertAll(makeBatch(count));
    events += count;
  }
  db.close();
  return (events / (performance.now() - startMs)) * 1_000;
}

/** Durable append: events per second in batches, and how long a single one waits at 1,000 a second. */
export async function run(): Promise<BenchResult> {
  // On the disk the repository lies on: /tmp is memory on many machines, and memory flushes in no time.
  const base = join(process.cwd(), '.holdfast');
  mkdirSync(base, { recursive: true });
  const dir = mkdtempSync(join(base, 'bench-append-'));
  try {
    const store = await openStore({ dir: join(dir, 'store'), modules: [], log: silentLog });
    const { latencies, ...caller } = await latency(store);
    const { batchMsMax: batchMsMaxAt1000 } = store.stats();
    const single = await throughput(store, 1, 512);
    const alone = await throughput(store, 1, 1);
    const batches = [];
    for (const count of BATCH_COUNTS) {
      const measured = await throughput(store, count, COMMITS_IN_FLIGHT);
      batches.push({ count, ...measured, rawPerSecond: rawInsert(dir, count) });
    }
    const { batchMsMax, head } = store.stats();
    const chain = await store.verify();
    await store.close();

    const best = Math.max(...batches.map(({ perSecond }) => perSecond));
    const p99Ms = quantile(latencies, 0.99);
    return {
      bench: 'append',
      value: Math.round(best),
      unit: 'events/s',
      budget: BUDGET_PER_SECOND,
      holds: best >= BUDGET_PER_SECOND && p99Ms <= BUDGET_P99_MS && chain.state === 'whole',
      at1000PerSecond: {
        p50Ms: quantile(latencies, 0.5),
        p99Ms,
        p999Ms: quantile(latencies, 0.999),
        budgetP99Ms: BUDGET_P99_MS,
        // What the caller's own loop felt of flushes that took up to `batchMsMax`.
        ...caller,
        batchMsMax: batchMsMaxAt1000,
      },
      batches,
      singleEventCommits: {
        inFlight512: Math.round(single.perSecond),
        inFlight1: Math.round(alone.perSecond),
      },
      flushMs: store.selfCheck.flushMs,
      batchMsMax,
      chain: chain.state,
      head,
    };
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}
