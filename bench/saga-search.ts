import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { systemClock } from '#contracts/clock.ts';
import { silentLog } from '#contracts/log.ts';
import type { SagaQuery } from '#contracts/saga-api.ts';
import type { SagaDefinition } from '#contracts/sagas.ts';
import type { StoreOp } from '#contracts/store.ts';
import { openStore, type StoreHost } from '../appliance/store/index.ts';
import {
  createOrchestrator,
  defineSaga,
  definitionHash,
  eq,
  implement,
  localActivity,
  type Orchestrator,
  orchestratorStoreModules,
} from '../local-orchestrator/index.ts';
import { type BenchResult, quantile } from './result.ts';

const SAGAS = 1_000_000;
const FILL_COUNT = 10_000;
const ROUNDS = 20;
/** Passes of the loop of the long saga; each is two transitions. */
const PASSES = 1_000;
const REBUILDS = 40;
const SEARCH_BUDGET_MS = 300;
const REBUILD_BUDGET_MS = 200;
const BEGIN_MS = Date.UTC(2026, 0, 1);
/** A saga each thirty seconds: a million of them are most of a year. */
const APART_MS = 30_000;

interface Input {
  readonly zone: string;
}
const add = localActivity<{ value: number }, { value: number }>('bench.add', 1);

const define = (name: string, version: number): SagaDefinition =>
  defineSaga<Input>(name)
    .step('one', add, { title: 'Add one', input: () => ({ value: 0 }) })
    .end({ title: name, version, search: ({ input }) => ({ zone: input.zone }) });

/** Goes round its loop, so that there is a long history to make it anew from. */
const long = defineSaga<Input>('long')
  .loop('round', {
    title: 'Again',
    timesMax: PASSES,
    again: ({ input }) => eq(input.zone, 'zone-0'),
    way: (saga) => saga.step('one', add, { title: 'Add one', input: () => ({ value: 0 }) }),
    onExhausted: { route: 'go-on' },
  })
  .end({ title: 'Long', version: 1 });

const names = ['pick-order', 'putaway', 'replenish', 'cycle-count', 'dock-handoff'];
const versions = names.flatMap((name) => [define(`old-${name}`, 1), define(`old-${name}`, 2)]);

/**
 * Searches among a million sagas, and makes a long one anew at any of its positions. Each search is one request of
 * the API: a page of fifty, from the first row to the last that it had to look at.
 */
export async function run(): Promise<BenchResult> {
  const dir = mkdtempSync(join(tmpdir(), 'holdfast-bench-search-'));
  const store = await openStore({ dir, modules: orchestratorStoreModules, log: silentLog });
  try {
    const orchestrator = open(store);
    await orchestrator.start();
    const filledMs = await timed(() => fill(store));
    const delay = monitorEventLoopDelay({ resolution: 1 });
    delay.enable();
    const searches = await measureSearches(orchestrator);
    const rebuilds = await measureRebuilds(orchestrator);
    delay.disable();
    await orchestrator.stop();
    const slowest = Object.entries(searches).reduce((a, b) => (b[1] > a[1] ? b : a));
    const rebuildMs = quantile(rebuilds.tookMs, 0.95);
    return {
      bench: 'saga-search',
      value: slowest[1],
      unit: 'ms, p95 of the slowest search',
      budget: SEARCH_BUDGET_MS,
      holds: slowest[1] <= SEARCH_BUDGET_MS && rebuildMs <= REBUILD_BUDGET_MS,
      slowest: slowest[0],
      searchMsP95: searches,
      rebuildMsP95: round(rebuildMs),
      rebuildMsMax: round(quantile(rebuilds.tookMs, 1)),
      rebuildBudgetMs: REBUILD_BUDGET_MS,
      rebuiltTransitions: rebuilds.transitions,
      mainLoopDelayMsP99: round(delay.percentile(99) / 1e6),
      sagas: SAGAS,
      fillSeconds: Math.round(filledMs / 1_000),
    };
  } finally {
    await store.close();
    rmSync(dir, { recursive: true, force: true });
  }
}

const open = (store: StoreHost): Orchestrator =>
  createOrchestrator({
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
    config: { runningMax: 10_000, pickOrder: { robots: ['*'], batteryMin: 0.2 } },
    places: [],
    sagas: [long],
    activities: [implement(add, ({ input }) => ({ value: input.value + 1 }))],
  });

async function fill(store: StoreHost): Promise<void> {
  await store.commit(versions.map(definitionOp));
  const hashes = versions.map(definitionHash);
  for (let from = 0; from < SAGAS; from += FILL_COUNT) {
    await store.commit(Array.from({ length: FILL_COUNT }, (_, index) => insertOp(from + index, hashes)));
  }
}

const definitionOp = (definition: SagaDefinition): StoreOp => ({
  op: 'run',
  statement: 'saga.saveDefinition',
  params: {
    hash: definitionHash(definition),
    name: definition.name,
    version: definition.version,
    body: JSON.stringify(definition),
    nowMs: BEGIN_MS,
  },
});

/** One in a thousand was cancelled, one in fifty compensated, one in five hundred of the last name has a rare zone. */
function insertOp(index: number, hashes: readonly string[]): StoreOp {
  const kind = (index * 7_919) % 10;
  const status = index % 1_000 === 7 ? 'cancelled' : index % 50 === 3 ? 'compensated' : 'completed';
  const startedMs = BEGIN_MS + index * APART_MS;
  const search = {
    order: `A${100_000 + index}`,
    customer: `Customer ${index % 997} Ltd.`,
    zone: `zone-${index % 7}`,
  };
  const params = {
    sagaId: `pick:A${100_000 + index}`,
    hash: hashes[kind] ?? '',
    name: `old-${names[Math.floor(kind / 2)]}`,
    correlationId: `A${100_000 + index}`,
    traceparent: null,
    parentId: null,
    startedMs,
    seq: 12,
    status,
    state:
      '{"positions":[],"groups":[],"unwindings":[],"cancel":null,"result":{"output":{},"reason":"done"}}',
    busy: 0,
    wakeMs: null,
    endedMs: startedMs + 60_000,
    amended: status === 'completed' ? 0 : 1,
    search: JSON.stringify(search),
  };
  return { op: 'run', statement: 'saga.insert', params };
}

/** Each kind of question, with other values in each round. */
const questions: Readonly<Record<string, (round: number) => SagaQuery>> = {
  newest: () => ({}),
  name: (r) => ({ name: `old-${names[r % 5]}` }),
  version: (r) => ({ name: `old-${names[r % 5]}`, version: 1 }),
  compensated: () => ({ status: 'compensated' }),
  cancelledOfName: (r) => ({ status: 'cancelled', name: `old-${names[r % 5]}` }),
  running: () => ({ status: 'running' }),
  day: (r) => ({ from: iso(r * 10), to: iso(r * 10 + 1) }),
  cancelledInMonth: (r) => ({ status: 'cancelled', from: iso(r * 10), to: iso(r * 10 + 30) }),
  id: (r) => ({ id: `pick:A${100 + r}` }),
  wholeOrder: (r) => ({ correlation: `A${150_000 + r * 7_001}` }),
  orderPrefixCancelled: (r) => ({ correlation: `A1${r % 10}`, status: 'cancelled' }),
  attribute: (r) => ({ attribute: [`customer=Customer ${r * 31} Ltd.`] }),
  attributeCancelled: (r) => ({ attribute: [`zone=zone-${r % 7}`], status: 'cancelled' }),
  words: (r) => ({ text: `customer ${r * 41}` }),
  wordsOldest: (r) => ({ text: `zone ${r % 7}`, to: iso(10) }),
  none: (r) => ({ text: `nobody ${r}` }),
  contradiction: () => ({
    attribute: ['zone=zone-0', 'customer=Customer 1 Ltd.'],
    name: 'old-putaway',
    status: 'cancelled',
  }),
};
const iso = (day: number): string => new Date(BEGIN_MS + day * 86_400_000).toISOString();

async function measureSearches({ history }: Orchestrator): Promise<Record<string, number>> {
  const figures: Record<string, number> = {};
  for (const [name, question] of Object.entries(questions)) {
    const tookMs: number[] = [];
    for (let r = 0; r < ROUNDS; r += 1) tookMs.push(await timed(() => history.search(question(r))));
    figures[name] = round(quantile(tookMs, 0.95));
  }
  return figures;
}

async function measureRebuilds(
  orchestrator: Orchestrator,
): Promise<{ tookMs: number[]; transitions: number }> {
  const { promise, resolve } = Promise.withResolvers<void>();
  orchestrator.onSagaEnded(() => resolve());
  await orchestrator.startSaga('long', 'long-1', { zone: 'zone-0' });
  await promise;
  const newest = await orchestrator.history.sagaAt('long-1');
  if (newest?.faithful !== true) throw new Error('the long saga could not be made anew');
  const tookMs: number[] = [];
  for (let r = 0; r < REBUILDS; r += 1) {
    const position = Math.max(1, Math.round((newest.newest * (r + 1)) / REBUILDS));
    tookMs.push(await timed(() => orchestrator.history.view('long-1', position)));
  }
  return { tookMs, transitions: newest.newest };
}

async function timed(run: () => Promise<unknown>): Promise<number> {
  const startedMs = performance.now();
  await run();
  return performance.now() - startedMs;
}

const round = (value: number): number => Math.round(value * 10) / 10;
