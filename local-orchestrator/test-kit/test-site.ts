import type { Task } from '#contracts/api.ts';
import { isApplianceError } from '#contracts/errors.ts';
import { silentLog } from '#contracts/log.ts';
import type { Json, SagaDefinition } from '#contracts/sagas.ts';
import type { ActivityRunner } from '../activities/activity.ts';
import { createOrchestrator } from '../create-orchestrator.ts';
import type { OrchestratorParts } from '../orchestrator.ts';
import { type Box, type CrashPlan, createBox, type Running } from './box.ts';
import { chanceOf } from './chance.ts';
import { type Duration, milliseconds } from './duration.ts';
import { createFakeClock, type FakeClock } from './fake-clock.ts';
import { attemptOf, behaviourOf, type FaultPlan } from './faults.ts';
import { faultyRunner } from './faulty-runner.ts';
import { type Acknowledged, createLedger } from './ledger.ts';
import type { Life, TestDisk, TestStore } from './life.ts';
import { letPeopleWork, type Person } from './people.ts';
import { createPlant, type Effect, type Plant, type PlantOptions } from './plant.ts';
import { brokenPromises } from './promises.ts';
import { comesToRest } from './rest.ts';

export interface TestSiteOptions {
  /** Everything that is left to chance comes from it. 1 without one. */
  readonly seed?: number;
  /** Wall time at the beginning; the first of January 2026 without one. */
  readonly startMs?: number;
  readonly sagas?: readonly SagaDefinition[];
  readonly activities?: readonly ActivityRunner[];
  /** The first that has a fault for an attempt counts. */
  readonly faults?: readonly FaultPlan[];
  readonly crashes?: readonly CrashPlan[];
  readonly people?: Readonly<Record<string, Person>>;
  readonly robots?: readonly string[];
  /** How long a device takes for a command. No time at all without it. */
  readonly tookMs?: PlantOptions['tookMs'];
  /** Whatever else the orchestrator of a site is given. */
  readonly parts?: Partial<OrchestratorParts>;
}

/** How a saga stands. */
export interface SagaView {
  readonly status: 'running' | 'compensating' | 'completed' | 'compensated' | 'cancelled';
  readonly output: Json;
  readonly reason: string | null;
}

/** A site in memory on which nothing happens until time passes. See README.md. */
export interface TestSite {
  readonly seed: number;
  readonly clock: FakeClock;
  readonly plant: Plant;
  /** What the site said yes to. */
  readonly acknowledged: readonly Acknowledged[];
  /** How often each planned fault, crash and race really came about. */
  readonly fired: ReadonlyMap<string, number>;
  /** Begins a saga. Asks again when the box dies over it, as a careful client does. */
  start(saga: string, sagaId: string, input: Json): Promise<void>;
  /** Begins a saga and lets time pass until it ends. Errors: when it has not ended within `within`, 90 days. */
  run(saga: string, input: Json, options?: { sagaId?: string; within?: Duration }): Promise<SagaView>;
  pass(duration: Duration): Promise<void>;
  /** `id`: the same id is the same signal, however often it comes. */
  signal(sagaId: string, name: string, payload: Json, id?: string): Promise<void>;
  cancel(sagaId: string, reason?: string): Promise<void>;
  /** Open tasks. */
  tasks(): readonly Task[];
  decide(taskId: string, user: string, decision: string, note?: string): Promise<void>;
  saga(sagaId: string): Promise<SagaView>;
  /** What physically happened, by way of devices. */
  effects(): readonly Effect[];
  /** The power goes here and now, and the box comes up again on the same data. */
  crash(down?: Duration): Promise<void>;
  /** Stopped in good order, and started again. */
  restart(): Promise<void>;
  /** The orchestrator and the store of the life that runs now, and when it is over. */
  running(): Promise<Pick<Running, 'orchestrator' | 'store' | 'over'>>;
  /** Errors: with a line for everything acknowledged that was lost, done twice or left behind. */
  keepsItsPromises(): Promise<void>;
  close(): void;
  [Symbol.dispose](): void;
}

const WITHIN = '90 d';

/** Builds a site on a disk. `openTestSite` of `holdfast/test-kit` brings the disk. */
export async function startTestSite(disk: TestDisk, options: TestSiteOptions = {}): Promise<TestSite> {
  const { seed = 1, crashes = [], people = {} } = options;
  const fired = new Map<string, number>();
  const happened = (what: string) => void fired.set(what, (fired.get(what) ?? 0) + 1);
  const ledger = createLedger();
  const ended = new Set<string>();
  const clock = createFakeClock(options.startMs, {
    settle: () => comesToRest(activity, () => box.busy()),
    changes: () => changes(),
  });
  const plant = createPlant({
    clock,
    ...(options.robots === undefined ? {} : { robots: options.robots }),
    ...(options.tookMs === undefined ? {} : { tookMs: options.tookMs }),
  });
  const faultFor: FaultPlan = (attempt) => {
    for (const plan of options.faults ?? []) {
      const fault = plan(attempt);
      if (fault === undefined) continue;
      happened(fault.kind);
      return fault;
    }
    return undefined;
  };
  plant.fault('planned', Number.POSITIVE_INFINITY, (command) => {
    const fault = faultFor(attemptOf(command));
    return fault === undefined ? undefined : behaviourOf(fault);
  });
  const see = letPeopleWork({ seed, clock, people, ledger, happened });

  const box: Box = createBox({
    disk,
    clock,
    crashes,
    build: (life, store) => orchestratorOf(options, { life, store, plant, faultFor, seed }),
    onUp(running) {
      running.orchestrator.onSagaEnded((sagaId) => ended.add(sagaId));
      see(running);
    },
    onCrash: (point) => happened(`crash ${point}`),
  });
  const changes = () =>
    plant.submitted.length +
    plant.asked.length +
    plant.effects.length +
    box.changes() +
    [...fired.values()].reduce((sum, count) => sum + count, 0);
  const activity = () => changes() + box.activity();

  /** Asks until it is answered: a client whose answer is lost with the box, or that finds it stopping, asks again. */
  const acknowledged = async <T>(ask: (running: Running) => Promise<T>): Promise<T> => {
    for (;;) {
      const running = await box.up();
      const asked = ask(running).catch((error: unknown) => {
        if (!isApplianceError(error, 'SAGA_STOPPED')) throw error;
        return running.over.then(() => NO_ANSWER);
      });
      const answer = await Promise.race([asked, running.over.then(() => NO_ANSWER)]);
      if (answer === NO_ANSWER) continue;
      await Promise.race([running.passes('after-acknowledgement'), running.over]);
      return answer as T;
    }
  };
  const view = async (sagaId: string): Promise<SagaView> => {
    const [row] = await acknowledged(({ store }) => store.query('saga.state', { sagaId }));
    if (row === undefined) throw new Error(`there is no saga ${sagaId} (seed ${seed})`);
    const { result } = JSON.parse(String(row.state)) as { result: { output: Json; reason: string } | null };
    return {
      status: row.status as SagaView['status'],
      output: result?.output ?? null,
      reason: result?.reason ?? null,
    };
  };
  const hasEnded = async (sagaId: string) =>
    !['running', 'compensating'].includes((await view(sagaId)).status);

  const site: TestSite = {
    seed,
    clock,
    plant,
    acknowledged: ledger.entries,
    fired,
    async start(saga, sagaId, input) {
      await acknowledged(({ orchestrator }) => orchestrator.startSaga(saga, sagaId, input));
      ledger.add({ what: 'started', sagaId });
    },
    async run(saga, input, { sagaId = saga, within = WITHIN } = {}) {
      await site.start(saga, sagaId, input);
      const endMs = clock.monotonicMs() + milliseconds(within);
      while (!(await hasEnded(sagaId))) {
        const leftMs = endMs - clock.monotonicMs();
        if (leftMs <= 0) {
          const { status } = await view(sagaId);
          throw new Error(`saga ${sagaId} is still ${status} after ${within} (seed ${seed})`);
        }
        // A crash may hide an end from us, so we look again now and then.
        await clock.pass(Math.min(leftMs, LOOK_MS), () => ended.has(sagaId));
      }
      return view(sagaId);
    },
    pass: (duration) => clock.pass(milliseconds(duration)),
    async signal(sagaId, name, payload, id = `${name}-${ledger.entries.length}`) {
      await acknowledged(({ orchestrator }) => orchestrator.signal(sagaId, { id, name, payload }));
      ledger.add({ what: 'signal', sagaId, id, name });
    },
    async cancel(sagaId, reason = 'cancelled by the test') {
      const outcome = await acknowledged(({ orchestrator }) =>
        orchestrator.cancelSaga(sagaId, 'test', reason),
      );
      if (outcome === 'changed') ledger.add({ what: 'cancelled', sagaId });
    },
    tasks: () => box.now()?.orchestrator.tasks() ?? [],
    async decide(taskId, user, decision, note) {
      await acknowledged(({ orchestrator }) => orchestrator.decideTask(taskId, user, decision, note));
      ledger.add({ what: 'decided', taskId, by: user, decision });
    },
    saga: view,
    effects: () => plant.effects,
    async crash(down = 0) {
      await box.up();
      box.crash(down);
      await box.up();
    },
    restart: () => box.restart(),
    running: () => box.up(),
    async keepsItsPromises() {
      const { store, orchestrator } = await box.up();
      const broken = await brokenPromises({
        store,
        orchestrator,
        acknowledged: ledger.entries,
        effects: plant.effects,
      });
      if (broken.length > 0) throw new Error(`seed ${seed}:\n  ${broken.join('\n  ')}`);
    },
    close: () => box.close(),
    [Symbol.dispose]: () => box.close(),
  };
  await box.up();
  return site;
}

const NO_ANSWER = Symbol('the box died over it');
const LOOK_MS = 86_400_000;

function orchestratorOf(
  { sagas = [], activities = [], parts = {} }: TestSiteOptions,
  world: { life: Life; store: TestStore; plant: Plant; faultFor: FaultPlan; seed: number },
) {
  const { life, store, plant, faultFor, seed } = world;
  return createOrchestrator({
    store,
    clock: life.clock,
    commands: mortalPort(plant, life),
    fleet: plant.fleet,
    random: chanceOf(seed, 'engine'),
    log: silentLog,
    site: { id: 'test', timeZone: 'UTC' },
    config: { runningMax: 1_000, pickOrder: { robots: ['*'], batteryMin: 0.2 } },
    places: [],
    ...parts,
    sagas,
    activities: activities.map((runner) => faultyRunner(runner, { life, faultFor })),
  });
}

/** The plant outlives the box; who asked it does not. */
const mortalPort = ({ commands }: Plant, life: Life): OrchestratorParts['commands'] => ({
  async submit(command) {
    await life.passes('before-dispatch');
    const result = await commands.submit(command);
    await life.passes('after-effect');
    return result;
  },
  async reconcile(command) {
    await life.passes('before-question');
    const answer = await commands.reconcile(command);
    await life.passes('after-question');
    return answer;
  },
});
