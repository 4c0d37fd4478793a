import { Value } from 'typebox/value';
import type { OrderDetail, OrderSummary, Task } from '#contracts/api.ts';
import type { Clock, Random } from '#contracts/clock.ts';
import type { CommandPort } from '#contracts/commands.ts';
import type { DockConfig } from '#contracts/docks.ts';
import { ApplianceError } from '#contracts/errors.ts';
import type { LimitQueue, LimitUse } from '#contracts/limits.ts';
import type { Log } from '#contracts/log.ts';
import type { ModelSummary } from '#contracts/models.ts';
import type { Json, SagaDefinition } from '#contracts/sagas.ts';
import { type PlaceConfig, type SiteFile, SiteFile as SiteFileSchema } from '#contracts/site-file.ts';
import type { Store, StoreModule } from '#contracts/store.ts';
import type { WorkKind } from '#contracts/work.ts';
import type { ActivityRunner } from './activities/activity.ts';
import { breakerTables } from './activities/breaker-tables.ts';
import { type Breakers, createBreakers } from './activities/breakers.ts';
import { commandRunner } from './activities/command-activity.ts';
import { createRunners } from './activities/runners.ts';
import { workTables } from './activities/work-tables.ts';
import { deviceActivities } from './catalogue/device-steps.ts';
import { createDeadLetterDesk, type DeadLetters } from './dead-letters/dead-letter-desk.ts';
import { deadLetterTables } from './dead-letters/dead-letter-tables.ts';
import { hasEnded } from './decide/state.ts';
import { schemaProblems } from './definition/json-schema.ts';
import { DOCK_HANDOFF } from './docks/bookings.ts';
import { createDockBook } from './docks/dock-book.ts';
import { createDockDesk, type DockDesk } from './docks/dock-desk.ts';
import { dockTables } from './docks/dock-tables.ts';
import { createDefinitions } from './engine/definitions.ts';
import { type Change, createEngine } from './engine/engine.ts';
import type { Outcome } from './engine/instances.ts';
import type { Supplies } from './engine/needs.ts';
import { sagaTables } from './engine/saga-tables.ts';
import type { Signal } from './engine/signal-desk.ts';
import { createSteadyClock } from './engine/steady-clock.ts';
import { createFleet, type FleetView } from './fleet/fleet.ts';
import { fleetTables } from './fleet/fleet-tables.ts';
import { createParking } from './fleet/parking.ts';
import { createLookBack, type LookBack } from './history/look-back.ts';
import { createSearch, type SagaSearch } from './history/search.ts';
import { historyReads } from './history/search-tables.ts';
import { createInventory, type Inventory } from './inventory/inventory.ts';
import { inventoryTables } from './inventory/inventory-tables.ts';
import { createKpiDesk, type KpiDesk } from './kpis/kpi-desk.ts';
import { kpiTables } from './kpis/kpi-tables.ts';
import { modelTables } from './models/model-tables.ts';
import { createModels, type ModelParts } from './models/models.ts';
import type { RiskReport } from './models/risk/order-risk.ts';
import { createAdmission } from './orders/admission.ts';
import { type Backlog, createBacklog } from './orders/backlog.ts';
import { createOrderDesk, type OrderCounts, type OrderQuery } from './orders/order-desk.ts';
import { pickInputOf } from './orders/order-summary.ts';
import { orderTables } from './orders/order-tables.ts';
import { createKeeper } from './retention/keeper.ts';
import { createRolloutRoom, type SagaVersions } from './rollout/rollout-room.ts';
import { rolloutTables } from './rollout/rollout-tables.ts';
import { type Runbooks, runbookDeadlineMs, shippedRunbooks } from './runbooks/runbook-folder.ts';
import { begunOtherwise, shippedRunners, shippedSagas } from './sagas/shipped.ts';
import { scheduleTables } from './schedules/schedule-tables.ts';
import { createSchedules, type Schedules } from './schedules/schedules.ts';
import { startRecovering } from './starters/recovery-starter.ts';
import { startReplenishing } from './starters/replenish-starter.ts';
import { noAbilities, type TaskAbilities } from './tasks/abilities.ts';
import { createTaskDesk, type TaskDesk } from './tasks/task-desk.ts';
import { taskTables } from './tasks/task-tables.ts';

export interface OrchestratorParts {
  readonly store: Store;
  readonly commands: CommandPort;
  readonly fleet: FleetView;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly site: { readonly id: string; readonly timeZone: string };
  /** What is not given has the default of the site file. */
  readonly config: Partial<SiteFile['sagas']>;
  readonly places: readonly PlaceConfig[];
  readonly docks?: readonly DockConfig[];
  /** Sagas and activities of the site besides those that are shipped. */
  readonly sagas?: readonly SagaDefinition[];
  readonly activities?: readonly ActivityRunner[];
  readonly models?: ModelParts;
  /** Kinds of capabilities that the devices of the site have; without it they are not looked at. */
  readonly capabilities?: ReadonlySet<string>;
  /** How people are found for tasks, told of them and told about them. */
  readonly tasks?: Partial<TaskAbilities>;
  /** Without them: those that are shipped. */
  readonly runbooks?: Runbooks;
  /** Device that has a capability, for its page. */
  readonly deviceOf?: (capability: string) => string | undefined;
}

export interface OrchestratorCounts extends OrderCounts {
  readonly tasksOpen: number;
}
export interface OrchestratorStats {
  readonly transitions: number;
  readonly commits: number;
  readonly sagasInMemory: number;
  readonly waitingForRobot: number;
  /** Sagas under way, those that only wait included. */
  readonly sagasAlive: number;
  readonly limits: readonly LimitUse[];
  /** Robot id to the saga that has it. */
  readonly leases: ReadonlyMap<string, string>;
}

/**
 * The saga engine of a site with its orders, tasks, stock and fleet.
 *
 * Call order: `inventory.loadStock` may come before `start`; `start` once; then anything; `stop` once.
 */
export interface Orchestrator {
  /** Errors: SAGA_*_MISSING when a running saga or one of the site needs what this release or its devices lack. */
  start(): Promise<void>;
  /** `start` has come to its end: what is asked before sees half of it, and begins nothing. */
  isStarted(): boolean;
  /** Begins nothing more and resolves when what was decided is on disk. Devices finish what they were told. */
  stop(): Promise<void>;
  readonly inventory: Inventory;
  readonly docks: DockDesk;
  /** Who accepts an order asks here first whether one more may wait. */
  readonly backlog: Backlog;
  orders(query?: OrderQuery): Promise<OrderSummary[]>;
  order(orderId: string): Promise<OrderDetail | undefined>;
  cancelOrder(orderId: string, by: string, reason: string): Promise<void>;
  tasks(): readonly Task[];
  task(taskId: string): Promise<Task | undefined>;
  claimTask(taskId: string, user: string): Promise<Task>;
  decideTask(taskId: string, user: string, decision: string, note?: string): Promise<Task>;
  /** Everything else that people do with tasks. */
  readonly desk: TaskDesk;
  counts(): Promise<OrchestratorCounts>;
  stats(): OrchestratorStats;
  /** Who has a turn at each limit and who waits for one. */
  limits(): readonly LimitQueue[];
  readonly breakers: Pick<Breakers, 'list' | 'reset'>;
  readonly schedules: Pick<Schedules, 'list'>;
  readonly deadLetters: DeadLetters;
  readonly kpis: Pick<KpiDesk, 'windows' | 'slos' | 'repeated'>;
  /**
   * Stored and deduplicated by its id, also before the saga exists or waits for it. Errors: SAGA_SIGNAL_INVALID when
   * the saga is known and would never take it, SAGA_ENDED, SAGA_SIGNALS_FULL, SAGA_SIGNALS_EARLY.
   */
  signal(sagaId: string, signal: Signal): Promise<void>;
  /**
   * Begins a saga of the site; `conflict` when there was one of this id before. Errors: SAGA_BUSY when there is no
   * room: nothing was done, and it may be repeated.
   */
  startSaga(name: string, sagaId: string, input: Json, options?: StartOptions): Promise<Outcome>;
  cancelSaga(sagaId: string, by: string, reason: string): Promise<Outcome>;
  /** What may be begun by name. */
  workKinds(): readonly WorkKind[];
  /** Sagas as they are and were: found, and looked at as of any position. Reads only. */
  readonly history: Pick<LookBack, 'sagaAt' | 'view' | 'diagram'> & { readonly search: SagaSearch };
  /** Which version new sagas get, who tries another, and what it would have done. */
  readonly versions: SagaVersions;
  readonly models: ModelsView;
  /** Definitions by name, as data: for diagrams and the API. */
  definitions(): readonly SagaDefinition[];
  onOrderChanged(listener: (order: OrderSummary) => void): () => void;
  onTaskChanged(listener: (task: Task) => void): () => void;
  /** A saga that is not of an order has ended. */
  onSagaEnded(listener: (sagaId: string, status: string) => void): () => void;
}
export interface ModelsView {
  list(): readonly ModelSummary[];
  /** What is usual now counts as right. Errors: SAGA_MODEL_NOT_FOUND, SAGA_MODEL_BASELINE. */
  rebase(model: string, by: string): Promise<ModelSummary>;
  risk(): RiskReport;
}
export interface StartOptions {
  readonly correlationId?: string;
  readonly traceparent?: string;
}

export const orchestratorStoreModules: readonly StoreModule[] = [
  sagaTables,
  taskTables,
  orderTables,
  inventoryTables,
  fleetTables,
  dockTables,
  modelTables,
  breakerTables,
  workTables,
  scheduleTables,
  deadLetterTables,
  kpiTables,
  rolloutTables,
  historyReads,
];

const sagaConfig = (given: Partial<SiteFile['sagas']>): SiteFile['sagas'] =>
  Value.Default(SiteFileSchema.properties.sagas, structuredClone(given)) as SiteFile['sagas'];

const noModels: ModelParts = {
  configs: [],
  tokens: new Map(),
  fetch: () => Promise.reject(new Error('no way out')),
};

export function createOrchestrator(parts: OrchestratorParts): Orchestrator {
  const { store, clock, random, site, places } = parts;
  const steady = createSteadyClock(clock);
  const config = sagaConfig(parts.config);
  const log = parts.log.child({ component: 'orchestrator' });
  const inventory = createInventory({ store, clock, site: site.id, places });
  const fleet = createFleet({ store, clock, log, view: parts.fleet });
  const parking = createParking({ fleet, view: parts.fleet, commands: parts.commands, clock, log, places });
  const docks = parts.docks ?? [];
  const book = createDockBook({ store, clock, site: site.id, docks });
  const shipped = shippedSagas(config, places, docks);
  const current = [...shipped, ...(parts.sagas ?? [])];
  const optional = new Set(shipped.map(({ name }) => name));
  const definitions = createDefinitions({ store, clock, current, optional });
  const models = createModels({ store, clock, log, site }, parts.models ?? noModels);
  const breakers = createBreakers({ store, clock: steady, log, site: site.id, policy: config.breaker });
  const runners = createRunners(
    [
      models.desk.runner,
      ...deviceActivities.map((activity) => commandRunner(activity, parts.commands)),
      ...shippedRunners({ inventory, fleet, view: parts.fleet, book, config, places, docks, clock }),
      ...(parts.activities ?? []),
    ],
    { log, breakers },
  );
  const desk = createOrderDesk({ store, clock, site, definitions, risk: models.risk });
  const tasks = createTaskDesk({
    store,
    clock: steady,
    log,
    site,
    abilities: { ...noAbilities, ...parts.tasks },
    decide: (sagaId, decided) => engine.offer(sagaId, { type: 'task-decided', ...decided }),
  });
  const runbooks = parts.runbooks ?? shippedRunbooks();
  const deadLetters = createDeadLetterDesk({
    store,
    clock,
    log,
    site: site.id,
    runbooks,
    deviceOf: parts.deviceOf ?? (() => undefined),
    notices: parts.tasks?.notices ?? noAbilities.notices,
    offer: (sagaId, event) => engine.offer(sagaId, event),
  });
  const kpis = createKpiDesk({ store, clock, log, site, definitions: () => current });
  const keeper = createKeeper({ store, clock, log, keepDays: config.keepDays });
  const lookBack = createLookBack(store, definitions.byHash);
  const rollout = createRolloutRoom({ store, clock, log, site: site.id, definitions, lookBack });
  const endListeners = new Set<(sagaId: string, status: string) => void>();

  const onCommitted = (change: Change) => {
    tasks.committed(change);
    desk.committed(change);
    models.desk.committed(change);
    kpis.committed(change);
    rollout.committed(change);
    const { state } = change.decision;
    if (!hasEnded(state)) return;
    if (pickInputOf(state) !== undefined) admission.ended();
    for (const listener of endListeners) listener(state.sagaId, state.status);
  };
  /** Orders begin by their admission, with rows of their own. */
  /** Some sagas belong to a desk, which keeps books of its own about them. */
  const refuseByName = (name: string) => {
    const instead = begunOtherwise.get(name);
    if (instead === undefined) return;
    throw new ApplianceError('SAGA_DEFINITION_INVALID', {
      definition: name,
      place: 'start',
      problem: 'it is not begun by name',
      cure: instead,
    });
  };
  const engine = createEngine({
    store,
    clock: steady,
    random,
    log,
    site: site.id,
    definitions,
    runners,
    childOf(saga, child) {
      refuseByName(saga);
      return rollout.versionFor(saga, child);
    },
    limits: config.limits,
    signalDaysMax: config.signalDaysMax,
    repeated: kpis.repeated,
    dueAfterMs: ({ kind }) => runbookDeadlineMs(runbooks, kind),
    project: (changes) => [
      ...changes.flatMap((change) => [
        ...desk.project(change),
        ...tasks.project(change),
        ...models.desk.project(change),
        ...deadLetters.project(change),
      ]),
      ...kpis.project(changes),
    ],
    onCommitted,
  });
  const alarms = parts.tasks?.alarms ?? noAbilities.alarms;
  const backlog = createBacklog({ store, alarms, waitingMax: config.waitingMax });
  const admission = createAdmission({
    store,
    clock,
    log,
    site: site.id,
    versionFor: rollout.versionFor,
    engine,
    desk,
    risk: models.risk,
    alarms,
    backlog,
    places,
    runningMax: config.runningMax,
  });

  const begin: Orchestrator['startSaga'] = async (name, sagaId, input, options = {}) => {
    const busy = engine.pushesBack();
    if (busy !== null) throw new ApplianceError('SAGA_BUSY', { sagaId, reason: busy });
    const { correlationId = sagaId, traceparent = null } = options;
    const version = rollout.versionFor(name, { sagaId, correlationId, input });
    refuseInput(version.definition, input);
    const outcome = await engine.start({
      ...version,
      sagaId,
      correlationId,
      traceparent,
      input,
      parentId: null,
    });
    if (outcome === 'conflict' || outcome === 'unchanged') kpis.repeated(name);
    if (outcome === 'full')
      throw new ApplianceError('SAGA_BUSY', { sagaId, reason: 'the store has no room' });
    // It is not on disk, so nobody may count it as begun.
    if (outcome === 'missing') throw new ApplianceError('SAGA_STOPPED');
    if (outcome === 'failed') throw new ApplianceError('SAGA_NOT_WRITTEN', { sagaId });
    return outcome;
  };
  const startSaga: Orchestrator['startSaga'] = async (name, ...rest) => {
    refuseByName(name);
    return begin(name, ...rest);
  };
  const dockDesk = createDockDesk({
    book,
    docks,
    clock,
    log,
    begin: (sagaId, input) => begin(DOCK_HANDOFF, sagaId, input),
    signal: (sagaId, signal) => engine.signal(sagaId, signal),
    cancelSaga: (sagaId, by, reason) => engine.offer(sagaId, { type: 'cancel', by, reason }),
  });
  const starters: (() => unknown)[] = [];
  const schedules = createSchedules({
    store,
    clock,
    log,
    timeZone: site.timeZone,
    configs: config.schedules,
    definitions: current,
    begin: async (saga, sagaId, input) => void (await startSaga(saga, sagaId, input)),
  });
  const supplies: Supplies = {
    activity: runners.has,
    capability: (kind) => parts.capabilities?.has(kind) ?? true,
    saga: (name) => current.some((one) => one.name === name),
    model: (name) => models.desk.models().some((model) => model.name === name),
  };

  let started = false;
  return {
    async start() {
      await definitions.open(supplies);
      await rollout.open();
      await breakers.open();
      await Promise.all([inventory.open(), fleet.open(), tasks.open(), models.open()]);
      await kpis.open();
      await engine.recover();
      await tasks.start();
      deadLetters.start();
      keeper.start();
      await parking.start();
      await admission.start();
      await schedules.start();
      await dockDesk.open();
      starters.push(
        startReplenishing({ store, inventory, places, log, alarms, begin }),
        startRecovering({ fleet, view: parts.fleet, clock, log, rules: config.robotRecovery, alarms, begin }),
      );
      started = true;
    },
    isStarted: () => started,
    async stop() {
      dockDesk.close();
      for (const end of starters.splice(0)) await end();
      await schedules.stop();
      await keeper.stop();
      await deadLetters.stop();
      await admission.stop();
      await engine.stop();
      await rollout.stop();
      await kpis.stop();
      await tasks.stop();
      await models.stop();
      parking.stop();
      fleet.close();
    },
    inventory,
    docks: dockDesk,
    backlog,
    orders: desk.orders,
    order: desk.order,
    cancelOrder: desk.cancel,
    tasks: tasks.tasks,
    task: tasks.get,
    claimTask: (taskId, user) => tasks.claim(taskId, trusted(user)),
    decideTask: (taskId, user, decision, note) => tasks.decide(taskId, trusted(user), { decision, note }),
    desk: tasks,
    counts: async () => ({ ...(await desk.counts()), tasksOpen: tasks.tasks().length }),
    stats: () => {
      const { transitions, commits, cached, alive, limits } = engine.stats();
      return {
        transitions,
        commits,
        sagasInMemory: cached,
        sagasAlive: alive,
        limits,
        waitingForRobot: fleet.waitingCount(),
        leases: fleet.leases(),
      };
    },
    limits: () => engine.limits(),
    breakers,
    schedules,
    deadLetters,
    kpis,
    history: { ...lookBack, search: createSearch(store, definitions.byHash) },
    versions: rollout.versions,
    signal: engine.signal,
    startSaga,
    cancelSaga: (sagaId, by, reason) => engine.offer(sagaId, { type: 'cancel', by, reason }),
    models: { list: models.desk.models, rebase: models.desk.rebase, risk: models.risk.report },
    workKinds: () => current.filter(({ name }) => !begunOtherwise.has(name)).map(workKind),
    definitions: () => current,
    onOrderChanged: desk.onChanged,
    onTaskChanged: tasks.onChanged,
    onSagaEnded(listener) {
      endListeners.add(listener);
      return () => endListeners.delete(listener);
    },
  };
}

const workKind = ({ name, title, version, input }: SagaDefinition): WorkKind => ({
  saga: name,
  title,
  version,
  input: input ?? null,
});

/** Errors: WORK_INPUT with the first thing that does not fit. */
function refuseInput({ name, input: schema }: SagaDefinition, input: Json): void {
  const [first] = schema === undefined ? [] : schemaProblems(schema, input);
  if (first === undefined) return;
  throw new ApplianceError('WORK_INPUT', {
    saga: name,
    place: first.pointer === '' ? 'the input' : first.pointer,
    problem: first.problem,
  });
}

/** Somebody whom the caller has let in already. */
const trusted = (user: string) => ({ user, role: 'admin' }) as const;
