import type { OrderDetail, OrderSummary, Task } from '#contracts/api.ts';
import type { Clock, Random } from '#contracts/clock.ts';
import type { CommandPort } from '#contracts/commands.ts';
import type { DockConfig } from '#contracts/docks.ts';
import type { LimitQueue, LimitUse } from '#contracts/limits.ts';
import type { Log } from '#contracts/log.ts';
import type { ModelSummary } from '#contracts/models.ts';
import type { Json, SagaDefinition } from '#contracts/sagas.ts';
import type { PlaceConfig, SiteFile } from '#contracts/site-file.ts';
import type { Store } from '#contracts/store.ts';
import type { WorkKind } from '#contracts/work.ts';
import type { ActivityRunner } from './activities/activity.ts';
import type { Breakers } from './activities/breakers.ts';
import type { DeadLetters } from './dead-letters/dead-letter-desk.ts';
import type { DockDesk } from './docks/dock-desk.ts';
import type { Outcome } from './engine/instances.ts';
import type { Signal } from './engine/signal-desk.ts';
import type { FleetView } from './fleet/fleet.ts';
import type { LookBack } from './history/look-back.ts';
import type { SagaSearch } from './history/search.ts';
import type { Inventory } from './inventory/inventory.ts';
import type { KpiDesk } from './kpis/kpi-desk.ts';
import type { ModelParts } from './models/models.ts';
import type { RiskReport } from './models/risk/order-risk.ts';
import type { Backlog } from './orders/backlog.ts';
import type { OrderCounts, OrderQuery } from './orders/order-desk.ts';
import type { SagaVersions } from './rollout/rollout-room.ts';
import type { Runbooks } from './runbooks/runbook-folder.ts';
import type { Schedules } from './schedules/schedules.ts';
import type { TaskAbilities } from './tasks/abilities.ts';
import type { TaskDesk } from './tasks/task-desk.ts';

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
  /** Statements of others that delete what they know of old orders: see the keeper. */
  readonly forgetOrders?: readonly string[];
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
