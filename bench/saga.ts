import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { OpenWorkflow } from 'openworkflow';
import { BackendSqlite } from 'openworkflow/sqlite';
import { systemClock } from '#contracts/clock.ts';
import { silentLog } from '#contracts/log.ts';
import type { SagaDefinition } from '#contracts/sagas.ts';
import { openStore } from '../appliance/store/index.ts';
import {
  createOrchestrator,
  defineSaga,
  implement,
  localActivity,
  type Orchestrator,
  orchestratorStoreModules,
} from '../local-orchestrator/index.ts';
import { type BenchResult, quantile } from './result.ts';

const SAGAS = 10_000;
const WARM_UP = 1_500;
/** Sagas under way at once. */
const WINDOW = 600;
const YARDSTICK_SAGAS = 300;
const YARDSTICK_CONCURRENCY = 64;
/** The steady load under which a single transition is measured. */
const PACED_PER_SECOND = 200;
const PACED_SAGAS = 2_000;
const BUDGET_PER_SECOND = 1_500;
const BUDGET_TRANSITION_MS = { p50: 5, p99: 25 };
const BUDGET_LOOP_DELAY_MS = 10;
const BUDGET_RATIO = 10;

const add = localActivity<{ value: number }, { value: number }>('bench.add', 1);

function fiveSteps(): SagaDefinition {
  const title = 'Add one';
  const undo = { activity: add, title: 'Take it back', input: () => ({ value: 0 }) };
  return defineSaga<{ value: number }>('five-steps')
    .step('one', add, { title, undo, input: ({ input }) => ({ value: input.value }) })
    .step('two', add, { title, undo, input: ({ steps }) => ({ value: steps.one.value }) })
    .step('three', add, { title, undo, input: ({ steps }) => ({ value: steps.two.value }) })
    .step('four', add, { title, undo, input: ({ steps }) => ({ value: steps.three.value }) })
    .step('five', add, { title, undo, input: ({ steps }) => ({ value: steps.four.value }) })
    .end({ title: 'Five steps', version: 1, output: ({ steps }) => ({ value: steps.five.value }) });
}

/**
 * Five-step sagas per second, each step recorded before it acts and its result recorded after, on disk; beside
 * OpenWorkflow on its SQLite backend, in the same run, on the same disk. Both flush every commit.
 *
 * Then a steady load: how long one transition takes, from the result of a step to the dispatch of the next, with the
 * flush in between.
 */
export async function run(): Promise<BenchResult> {
  const dir = mkdtempSync(join(tmpdir(), 'holdfast-bench-saga-'));
  try {
    const { full: ours, paced } = await measureOurs(join(dir, 'ours'));
    const yardstick = await measureOpenWorkflow(join(dir, 'openworkflow.db'));
    const ratio = ours.perSecond / yardstick;
    return {
      bench: 'saga',
      value: Math.round(ours.perSecond),
      unit: 'five-step sagas/s',
      budget: BUDGET_PER_SECOND,
      holds:
        ours.perSecond >= BUDGET_PER_SECOND &&
        ratio >= BUDGET_RATIO &&
        paced.transitionMsP50 <= BUDGET_TRANSITION_MS.p50 &&
        paced.transitionMsP99 <= BUDGET_TRANSITION_MS.p99 &&
        Math.max(ours.loopDelayMsP99, paced.loopDelayMsP99) <= BUDGET_LOOP_DELAY_MS,
      openWorkflowPerSecond: Math.round(yardstick * 10) / 10,
      ratio: Math.round(ratio * 10) / 10,
      ratioBudget: BUDGET_RATIO,
      sagaMsP50: ours.sagaMsP50,
      sagaMsP99: ours.sagaMsP99,
      transitionsPerCommit: ours.transitionsPerCommit,
      mainLoopDelayMsP99: ours.loopDelayMsP99,
      mainLoopDelayMsBudget: BUDGET_LOOP_DELAY_MS,
      pacedPerSecond: PACED_PER_SECOND,
      transitionMsP50: paced.transitionMsP50,
      transitionMsP50Budget: BUDGET_TRANSITION_MS.p50,
      transitionMsP99: paced.transitionMsP99,
      transitionMsP99Budget: BUDGET_TRANSITION_MS.p99,
      pacedLoopDelayMsP99: paced.loopDelayMsP99,
      sagas: SAGAS,
      underWay: WINDOW,
    };
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

async function measureOurs(dir: string) {
  const store = await openStore({ dir, modules: orchestratorStoreModules, log: silentLog });
  const transitions = watchTransitions();
  const runs = implement(add, ({ input, sagaId }) => {
    transitions.dispatched(sagaId);
    return { value: input.value + 1 };
  });
  const orchestrator = createOrchestrator({
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
    sagas: [fiveSteps()],
    activities: [runs],
  });
  await orchestrator.start();
  await drive(orchestrator, 'warm', WARM_UP);
  const before = orchestrator.stats();
  const full = await withLoopDelay(() => drive(orchestrator, 'run', SAGAS));
  const after = orchestrator.stats();
  transitions.clear();
  const paced = await withLoopDelay(() => pace(orchestrator, PACED_SAGAS));
  const transitionMs = transitions.tookMs();
  await orchestrator.stop();
  await store.close();
  return {
    full: {
      perSecond: (SAGAS / full.elapsedMs) * 1_000,
      sagaMsP50: round(quantile(full.value, 0.5)),
      sagaMsP99: round(quantile(full.value, 0.99)),
      loopDelayMsP99: full.loopDelayMsP99,
      transitionsPerCommit: round(
        (after.transitions - before.transitions) / (after.commits - before.commits),
      ),
    },
    paced: {
      transitionMsP50: round(quantile(transitionMs, 0.5)),
      transitionMsP99: round(quantile(transitionMs, 0.99)),
      loopDelayMsP99: paced.loopDelayMsP99,
    },
  };
}

async function withLoopDelay<T>(run: () => Promise<T>) {
  const delay = monitorEventLoopDelay({ resolution: 1 });
  delay.enable();
  const startedMs = performance.now();
  const value = await run();
  const elapsedMs = performance.now() - startedMs;
  delay.disable();
  return { value, elapsedMs, loopDelayMsP99: round(delay.percentile(99) / 1e6) };
}

/** Its activity returns at once, so from one dispatch of a saga to its next there is one transition. */
function watchTransitions() {
  const lastMs = new Map<string, number>();
  let tookMs: number[] = [];
  return {
    dispatched(sagaId: string) {
      const nowMs = performance.now();
      const beforeMs = lastMs.get(sagaId);
      if (beforeMs !== undefined) tookMs.push(nowMs - beforeMs);
      lastMs.set(sagaId, nowMs);
    },
    clear() {
      lastMs.clear();
      tookMs = [];
    },
    tookMs: () => tookMs,
  };
}

/** Begins sagas at a steady rate, whatever becomes of them; resolves when all have ended. */
function pace(orchestrator: Orchestrator, count: number): Promise<void> {
  const startedMs = performance.now();
  let begun = 0;
  let ended = 0;
  return new Promise((resolve, reject) => {
    const unlisten = orchestrator.onSagaEnded(() => {
      ended += 1;
      if (ended < count) return;
      unlisten();
      resolve();
    });
    const begin = () => {
      const due = Math.min(count, Math.ceil(((performance.now() - startedMs) / 1_000) * PACED_PER_SECOND));
      for (; begun < due; begun += 1) {
        orchestrator.startSaga('five-steps', `paced-${begun}`, { value: 0 }).catch(reject);
      }
      if (begun < count) setTimeout(begin, 1_000 / PACED_PER_SECOND);
    };
    begin();
  });
}

/** Begins sagas so that a fixed number is under way; resolves with how long each took. */
function drive(orchestrator: Orchestrator, prefix: string, count: number): Promise<number[]> {
  const begunMs = new Map<string, number>();
  const tookMs: number[] = [];
  let next = 0;
  return new Promise((resolve, reject) => {
    const begin = () => {
      if (next >= count) return;
      const sagaId = `${prefix}-${next}`;
      next += 1;
      begunMs.set(sagaId, performance.now());
      orchestrator.startSaga('five-steps', sagaId, { value: 0 }).catch(reject);
    };
    const unlisten = orchestrator.onSagaEnded((sagaId, status) => {
      if (status !== 'completed') reject(new Error(`${sagaId} ended as ${status}`));
      tookMs.push(performance.now() - (begunMs.get(sagaId) ?? 0));
      begunMs.delete(sagaId);
      if (tookMs.length === count) {
        unlisten();
        resolve(tookMs);
      } else begin();
    });
    for (let index = 0; index < WINDOW; index += 1) begin();
  });
}

/** The same five steps as its documentation writes them; `node:sqlite` flushes every commit by default. */
async function measureOpenWorkflow(file: string): Promise<number> {
  const backend = BackendSqlite.connect(file);
  const client = new OpenWorkflow({ backend });
  const workflow = client.defineWorkflow<{ value: number }, { value: number }>(
    { name: 'five-steps' },
    async ({ input, step }) => {
      let { value } = input;
      for (const name of ['one', 'two', 'three', 'four', 'five']) {
        value = await step.run({ name }, async () => value + 1);
      }
      return { value };
    },
  );
  const worker = client.newWorker({ concurrency: YARDSTICK_CONCURRENCY });
  await worker.start();
  const warm = await Promise.all(Array.from({ length: 20 }, () => workflow.run({ value: 0 })));
  await Promise.all(warm.map((handle) => handle.result()));
  const startedMs = performance.now();
  const handles = await Promise.all(
    Array.from({ length: YARDSTICK_SAGAS }, () => workflow.run({ value: 0 })),
  );
  // Asked of the table, not of each handle: their polling would be part of the measure.
  for (;;) {
    const { completed } = await backend.countWorkflowRuns();
    if (completed >= YARDSTICK_SAGAS + warm.length) break;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  const elapsedMs = performance.now() - startedMs;
  const results = await Promise.all(handles.slice(0, 3).map((handle) => handle.result()));
  if (results.some(({ value }) => value !== 5)) throw new Error('the yardstick computed something else');
  await worker.stop();
  await backend.stop();
  return (YARDSTICK_SAGAS / elapsedMs) * 1_000;
}

const round = (value: number): number => Math.round(value * 100) / 100;
