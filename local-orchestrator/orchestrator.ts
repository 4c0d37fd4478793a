import { Value } from 'typebox/value';
import type { OrderDetail, OrderSummary, Task } from '#contracts/api.ts';
import type { Clock, Random } from '#contracts/clock.ts';
import type { CommandPort } from '#contracts/commands.ts';
import { ApplianceError } from '#contracts/errors.ts';
import type { Log } from '#contracts/log.ts';
import type { ModelSummary } from '#contracts/models.ts';
import type { Json, SagaDefinition } from '#contracts/sagas.ts';
import { type PlaceConfig, type SiteFile, SiteFile as SiteFileSchema } from '#contracts/site-file.ts';
import type { Store, StoreModule } from '#contracts/store.ts';
import type { ActivityRunner } from './activities/activity.ts';
import { commandRunner } from './activities/command-activity.ts';
import { createRunners } from './activities/runners.ts';
import { hasEnded } from './decide/state.ts';
import { createDefinitions } from './engine/definitions.ts';
import { type Change, createEngine } from './engine/engine.ts';
import type { Outcome } from './engine/instances.ts';
import { sagaTables } from './engine/saga-tables.ts';
import { createFleet, type FleetView } from './fleet/fleet.ts';
import { fleetTables } from './fleet/fleet-tables.ts';
import { createParking } from './fleet/parking.ts';
import { createInventory, type Inventory } from './inventory/inventory.ts';
import { inventoryTables } from './inventory/inventory-tables.ts';
import { modelTables } from './models/model-tables.ts';
import { createModels, type ModelParts } from './models/models.ts';
import type { RiskReport } from './models/risk/order-risk.ts';
import { createAdmission } from './orders/admission.ts';
import { createOrderDesk, type OrderCounts, type OrderQuery } from './orders/order-desk.ts';
import { pickInputOf } from './orders/order-summary.ts';
import { orderTables } from './orders/order-tables.ts';
import { floorActivities, pickRunners } from './sagas/pick-activities.ts';
import { pickOrder } from './sagas/pick-order.ts';
import { createTaskDesk } from './tasks/task-desk.ts';
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
  /** Sagas and activities of the site besides those that are shipped. */
  readonly sagas?: readonly SagaDefinition[];
  readonly activities?: readonly ActivityRunner[];
  readonly models?: ModelParts;
}

export interface OrchestratorCounts extends OrderCounts {
  readonly tasksOpen: number;
}
export interface OrchestratorStats {
  readonly transitions: number;
  readonly commits: number;
  readonly sagasInMemory: number;
  readonly waitingForRobot: number;
  /** Robot id to the saga that has it. */
  readonly leases: ReadonlyMap<string, string>;
}

/**
 * The saga engine of a site with its orders, tasks, stock and fleet.
 *
 * Call order: `inventory.loadStock` may come before `start`; `start` once; then anything; `stop` once.
 */
export interface Orchestrator {
  /** Errors: SAGA_ACTIVITY_MISSING when a running saga needs what this release lacks. */
  start(): Promise<void>;
  /** Begins nothing more and resolves when what was decided is on disk. Devices finish what they were told. */
  stop(): Promise<void>;
  readonly inventory: Inventory;
  orders(query?: OrderQuery): Promise<OrderSummary[]>;
  order(orderId: string): Promise<OrderDetail | undefined>;
  cancelOrder(orderId: string, by: string, reason: string): Promise<void>;
  tasks(): readonly Task[];
  task(taskId: string): Promise<Task | undefined>;
  claimTask(taskId: string, user: string): Promise<Task>;
  decideTask(taskId: string, user: string, decision: string, note?: string): Promise<Task>;
  counts(): Promise<OrchestratorCounts>;
  stats(): OrchestratorStats;
  /** Stored and deduplicated by its id, also before the saga exists or waits for it. */
  signal(sagaId: string, signal: { id: string; name: string; payload: Json }): Promise<void>;
  /** Begins a saga of the site; `conflict` when there was one of this id before. */
  startSaga(name: string, sagaId: string, input: Json, options?: StartOptions): Promise<Outcome>;
  cancelSaga(sagaId: string, by: string, reason: string): Promise<Outcome>;
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
  modelTables,
];

const sagaConfig = (given: Partial<SiteFile['sagas']>): SiteFile['sagas'] =>
  Value.Default(SiteFileSchema.properties.sagas, structuredClone(given)) as SiteFile['sagas'];

const noModels: ModelParts = { configs: [], tokens: new Map(), fetch: () => Promise.reject(new Error('no way out')) };

export function createOrchestrator(parts: OrchestratorParts): Orchestrator {
  const { store, clock, random, site, places } = parts;
  const config = sagaConfig(parts.config);
  const log = parts.log.child({ component: 'orchestrator' });
  const inventory = createInventory({ store, clock, site: site.id, places });
  const fleet = createFleet({ store, clock, log, view: parts.fleet });
  const parking = createParking({ fleet, view: parts.fleet, commands: parts.commands, clock, log, places });
  const shipped = [pickOrder({ config: config.pickOrder, places })];
  const current = [...shipped, ...(parts.sagas ?? [])];
  const definitions = createDefinitions({ store, clock, current });
  const models = createModels({ store, clock, log, site }, parts.models ?? noModels);
  const runners = createRunners(
    [
      models.desk.runner,
      ...floorActivities.map((activity) => commandRunner(activity, parts.commands)),
      ...pickRunners({ inventory, fleet, places }),
      ...(parts.activities ?? []),
    ],
    log,
  );
  const desk = createOrderDesk({ store, clock, site, definitions, risk: models.risk });
  const tasks = createTaskDesk({
    store,
    clock,
    site: site.id,
    decide: (sagaId, decided) => engine.offer(sagaId, { type: 'task-decided', ...decided }),
  });
  const endListeners = new Set<(sagaId: string, status: string) => void>();

  const onCommitted = (change: Change) => {
    tasks.committed(change);
    desk.committed(change);
    models.desk.committed(change);
    const { state } = change.decision;
    if (!hasEnded(state)) return;
    if (pickInputOf(state) !== undefined) admission.ended();
    for (const listener of endListeners) listener(state.sagaId, state.status);
  };
  const engine = createEngine({
    store,
    clock,
    random,
    log,
    site: site.id,
    definitions,
    runners,
    project: (change) => [...desk.project(change), ...models.desk.project(change)],
    onCommitted,
  });
  const admission = createAdmission({
    store,
    clock,
    log,
    site: site.id,
    definitions,
    engine,
    desk,
    risk: models.risk,
    runningMax: config.runningMax,
  });

  return {
    async start() {
      await definitions.open(runners.has);
      await Promise.all([inventory.open(), fleet.open(), tasks.open(), models.open()]);
      await engine.recover();
      await parking.start();
      await admission.start();
    },
    async stop() {
      await admission.stop();
      await engine.stop();
      await models.idle();
      parking.stop();
      fleet.close();
    },
    inventory,
    orders: desk.orders,
    order: desk.order,
    cancelOrder: desk.cancel,
    tasks: tasks.tasks,
    task: tasks.get,
    claimTask: tasks.claim,
    decideTask: tasks.decide,
    counts: async () => ({ ...(await desk.counts()), tasksOpen: tasks.tasks().length }),
    stats: () => {
      const { transitions, commits, cached } = engine.stats();
      return {
        transitions,
        commits,
        sagasInMemory: cached,
        waitingForRobot: fleet.waitingCount(),
        leases: fleet.leases(),
      };
    },
    signal: engine.signal,
    async startSaga(name, sagaId, input, { correlationId = sagaId, traceparent } = {}) {
      if (shipped.some((one) => one.name === name)) {
        throw new ApplianceError('SAGA_DEFINITION_INVALID', {
          definition: name,
          place: 'start',
          problem: 'it is begun by its orders',
          cure: 'Send an order instead.',
        });
      }
      const found = definitions.current(name);
      return engine.start({ ...found, sagaId, correlationId, traceparent: traceparent ?? null, input });
    },
    cancelSaga: (sagaId, by, reason) => engine.offer(sagaId, { type: 'cancel', by, reason }),
    models: { list: models.desk.models, rebase: models.desk.rebase, risk: models.risk.report },
    definitions: () => current,
    onOrderChanged: desk.onChanged,
    onTaskChanged: tasks.onChanged,
    onSagaEnded(listener) {
      endListeners.add(listener);
      return () => endListeners.delete(listener);
    },
  };
}
