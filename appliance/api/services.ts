import type {
  Alarm,
  DemoFault,
  DemoFaultId,
  DeviceSummary,
  Floor,
  Interlock,
  OrderDetail,
  OrderState,
  OrderSummary,
  Robot,
  SiteSummary,
  UplinkStatus,
} from '#contracts/api.ts';
import type { Clock } from '#contracts/clock.ts';
import type { Command, CommandResult, Reconciliation } from '#contracts/commands.ts';
import type { BrowseEntry } from '#contracts/devices.ts';
import type { SagaDiagram } from '#contracts/diagram.ts';
import type { Log } from '#contracts/log.ts';
import type { ModelSummary } from '#contracts/models.ts';
import type { ChannelStatus, ChannelTest } from '#contracts/notify.ts';
import type { SagaView } from '#contracts/saga-api.ts';
import type { SiteFile } from '#contracts/site-file.ts';
import type { Store } from '#contracts/store.ts';
import type { WorkKind } from '#contracts/work.ts';
import type {
  DockDesk,
  Orchestrator,
  SagaSearch,
  SagaVersions,
  TaskDesk,
} from '../../local-orchestrator/index.ts';
import type { Identity } from '../identity/index.ts';
import type { Intake } from '../intake/index.ts';
import type { Tracing } from '../telemetry/index.ts';
import type { LiveHub } from './live.ts';

/** What the routes may ask for: abilities handed in by `compose.ts`. */
export interface ApiServices {
  readonly siteFile: SiteFile;
  readonly version: string;
  readonly log: Log;
  readonly clock: Clock;
  readonly tracing: Tracing;
  readonly store: Store;
  readonly identity: Identity;
  readonly intake: Intake;
  readonly live: LiveHub;
  readonly summary: () => Promise<SiteSummary>;
  readonly floorPlan: () => Floor;
  readonly orders: {
    list(query: {
      state?: OrderState | undefined;
      limit: number;
      before?: string | undefined;
    }): Promise<readonly OrderSummary[]>;
    get(orderId: string): Promise<OrderDetail | undefined>;
  };
  readonly tasks: Pick<
    TaskDesk,
    'list' | 'detail' | 'claim' | 'begin' | 'decide' | 'decline' | 'release' | 'delegate'
  >;
  readonly people: Pick<TaskDesk, 'people' | 'absences'>;
  readonly channels: () => readonly ChannelStatus[];
  /** Errors: API_NOT_FOUND, NOTIFY_TEST_FAILED. */
  readonly tryChannel: (channel: string, by: string) => Promise<ChannelTest>;
  readonly sagas: {
    readonly search: SagaSearch;
    /** Those of this release and of the site, by name. */
    definitions: Orchestrator['definitions'];
    view(sagaId: string, at?: number): Promise<SagaView | undefined>;
    /** Errors: SAGA_NOT_FOUND when no definition has that hash. */
    diagram(hash: string): Promise<SagaDiagram>;
    /** Errors: SAGA_NOT_FOUND when there is none that still runs. */
    cancel(sagaId: string, by: string, reason: string): Promise<void>;
  };
  readonly versions: SagaVersions;
  readonly signal: Orchestrator['signal'];
  readonly schedules: Orchestrator['schedules'];
  readonly breakers: Orchestrator['breakers'];
  readonly limits: Orchestrator['limits'];
  /** Sagas that are begun by hand. */
  readonly work: {
    kinds(): readonly WorkKind[];
    /** Errors: WORK_INPUT, SAGA_BUSY. */
    begin: Orchestrator['startSaga'];
  };
  readonly docks: DockDesk;
  readonly deadLetters: Orchestrator['deadLetters'];
  readonly kpis: Pick<Orchestrator['kpis'], 'windows' | 'slos'>;
  readonly devices: {
    list(): readonly DeviceSummary[];
    robots(): readonly Robot[];
    browse(device: string, address?: string): Promise<readonly BrowseEntry[]>;
  };
  readonly safety: {
    interlocks(): readonly Interlock[];
    reset(interlock: string, by: string): Promise<Interlock>;
    command(command: Command): Promise<CommandResult>;
    /** What became of a command that was sent before; moves nothing. */
    reconcile(command: Command): Promise<Reconciliation>;
  };
  readonly models: {
    list(): readonly ModelSummary[];
    rebase(model: string, by: string): Promise<ModelSummary>;
    risk(): {
      readonly trained: boolean;
      readonly why: string;
      readonly samples: number;
      readonly exceptions: number;
      readonly auc: number | null;
    };
  };
  readonly alarms: {
    list(): readonly Alarm[];
    acknowledge(alarmId: string, by: string): Promise<Alarm>;
  };
  readonly uplinks: () => readonly UplinkStatus[];
  readonly demo: Demo | undefined;
  readonly metrics: () => Promise<{ contentType: string; text: string }>;
  /** The orchestrator takes up the work of before. */
  readonly isStarting: () => boolean;
  /** Words when the site is not ready for orders, otherwise undefined. */
  readonly notReady: () => string | undefined;
  /** Folder of the built pages. */
  readonly uiDir: string;
  /** Token of the CLI on this box; undefined when there is none. */
  readonly localToken: string;
}

/** The demo panel's way to the simulated site and to the stand-in region. */
export interface Demo {
  faults(): readonly DemoFault[];
  set(fault: DemoFaultId, active: boolean, target?: string): Promise<DemoFault>;
}
