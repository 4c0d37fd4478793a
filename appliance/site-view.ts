import type { DeviceSummary, SiteSummary } from '#contracts/api.ts';
import { ApplianceError } from '#contracts/errors.ts';
import type { SiteFile } from '#contracts/site-file.ts';
import type { Orchestrator } from '../local-orchestrator/index.ts';
import type { ApiServices, LiveHub, LiveSources } from './api/index.ts';
import type { Broker } from './broker/index.ts';
import type { DemoPanel } from './demo/panel.ts';
import type { Alarms, DeviceRegistry, TagTable } from './floor/index.ts';
import type { Notifier } from './notify/index.ts';
import { resetInterlock } from './reset-interlock.ts';
import type { StoreHost } from './store/index.ts';
import type { MetricSources } from './telemetry/index.ts';
import type { Floor, ThreadStats, UplinkHandle } from './threads/index.ts';

export interface SiteViewOptions {
  readonly siteFile: SiteFile;
  readonly store: StoreHost;
  readonly broker: Broker;
  readonly floor: Floor;
  readonly orchestrator: Orchestrator;
  readonly registry: DeviceRegistry;
  readonly alarms: Alarms;
  readonly uplink: UplinkHandle;
  readonly notifier: Notifier;
  readonly demo: DemoPanel | undefined;
  /** Figures of the threads that report by themselves. */
  readonly otherThreads: ReadonlyMap<string, ThreadStats>;
}

/** The newest orders that open pages are shown; older ones are a page of the API away. */
const LIVE_ORDERS_MAX = 200;

/** The site as routes, pages and the scraper read it: one place that joins what the parts know. */
export interface SiteView {
  readonly services: Pick<
    ApiServices,
    | 'summary'
    | 'orders'
    | 'tasks'
    | 'people'
    | 'channels'
    | 'tryChannel'
    | 'work'
    | 'docks'
    | 'deadLetters'
    | 'kpis'
    | 'devices'
    | 'safety'
    | 'alarms'
    | 'models'
    | 'sagas'
    | 'versions'
    | 'signal'
    | 'schedules'
    | 'breakers'
    | 'limits'
    | 'uplinks'
    | 'isStarting'
    | 'notReady'
  >;
  readonly liveSources: LiveSources;
  /** Tells the open pages when something changed. */
  touchOnChange(live: LiveHub, tags: TagTable): void;
  threads(): readonly ThreadStats[];
  logFigures(): ReturnType<MetricSources['log']>;
  brokerFigures(): ReturnType<MetricSources['broker']>;
}

export function createSiteView(options: SiteViewOptions): SiteView {
  const { store, broker, floor, orchestrator, registry, alarms, uplink, notifier, demo, otherThreads } =
    options;

  // A robot shows the order it serves; orders say which robot they have.
  const orderOfRobot = new Map<string, string>();
  const summary = async (): Promise<SiteSummary> => {
    const { ordersRunning, ordersCompletedToday, ordersFailedToday, tasksOpen } = await orchestrator.counts();
    return {
      ordersRunning,
      ordersCompletedToday,
      ordersFailedToday,
      tasksOpen,
      alarmsActive: alarms.list().length,
      stopped: floor.interlocks().some((interlock) => !interlock.met || interlock.needsReset),
    };
  };
  const robots = () => [...registry.robots((robotId) => orderOfRobot.get(robotId) ?? null)];
  const devices = (): DeviceSummary[] => [...registry.devices()];

  const storeThread = (): ThreadStats => {
    const { loopDelayMsP50, loopDelayMsP99, loopDelayMsMax } = store.stats();
    return {
      name: 'store',
      delayMsP50: loopDelayMsP50,
      delayMsP99: loopDelayMsP99,
      delayMsMax: loopDelayMsMax,
    };
  };

  const isStarting = () => !orchestrator.isStarted();
  const services: SiteView['services'] = {
    summary,
    orders: { list: (query) => orchestrator.orders(query), get: (orderId) => orchestrator.order(orderId) },
    tasks: orchestrator.desk,
    people: orchestrator.desk,
    channels: () => notifier.channels(),
    tryChannel: notifier.tryOut,
    work: { kinds: orchestrator.workKinds, begin: orchestrator.startSaga },
    docks: orchestrator.docks,
    devices: { list: devices, robots, browse: (device, address) => floor.browse(device, address) },
    safety: {
      interlocks: () => floor.interlocks(),
      reset: (id, by) => resetInterlock(floor, id, by),
      command: (command) => floor.submit(command),
      reconcile: (command) => floor.reconcile(command),
    },
    alarms: { list: () => alarms.list(), acknowledge: (alarmId, by) => alarms.acknowledge(alarmId, by) },
    models: orchestrator.models,
    sagas: {
      search: orchestrator.history.search,
      definitions: orchestrator.definitions,
      view: orchestrator.history.view,
      diagram: orchestrator.history.diagram,
      async cancel(sagaId, by, reason) {
        const outcome = await orchestrator.cancelSaga(sagaId, by, reason);
        if (outcome === 'missing') throw new ApplianceError('SAGA_NOT_FOUND', { sagaId });
        if (outcome === 'conflict') throw new ApplianceError('SAGA_STOPPED');
        if (outcome === 'failed') throw new ApplianceError('SAGA_NOT_WRITTEN', { sagaId });
      },
    },
    versions: orchestrator.versions,
    signal: orchestrator.signal,
    schedules: orchestrator.schedules,
    breakers: orchestrator.breakers,
    limits: orchestrator.limits,
    deadLetters: orchestrator.deadLetters,
    kpis: orchestrator.kpis,
    uplinks: () => uplink.status(),
    isStarting,
    notReady() {
      if (isStarting()) return 'it takes up the work of before its start';
      return store.stats().disk === 'critical' ? 'the disk is full' : undefined;
    },
  };

  return {
    services,
    liveSources: {
      summary,
      orders: async () => [...(await orchestrator.orders({ limit: LIVE_ORDERS_MAX }))],
      tasks: () => [...orchestrator.tasks()],
      robots,
      devices,
      interlocks: () => floor.interlocks(),
      alarms: () => [...alarms.list()],
      uplinks: () => [...uplink.status()],
      faults: () => [...(demo?.faults() ?? [])],
      notices: () => [...notifier.shown()],
    },
    touchOnChange(live, tags) {
      tags.onChange(() => live.touch('devices'));
      registry.onLink(() => live.touch('devices'));
      registry.onRobot(() => live.touch('robots'));
      alarms.onChange(() => {
        live.touch('alarms');
        live.touch('summary');
      });
      orchestrator.onOrderChanged((order) => {
        for (const [robotId, orderId] of orderOfRobot)
          if (orderId === order.orderId) orderOfRobot.delete(robotId);
        if (order.robot !== null) orderOfRobot.set(order.robot, order.orderId);
        live.touch('orders');
        live.touch('robots');
        live.touch('summary');
      });
      orchestrator.onTaskChanged(() => {
        live.touch('tasks');
        live.touch('summary');
      });
      notifier.onShown(() => live.touch('notices'));
      demo?.onChange(() => live.touch('faults'));
    },
    threads: () => [...floor.threadStats(), storeThread(), ...otherThreads.values()],
    logFigures() {
      const stats = store.stats();
      return {
        appended: stats.eventCount,
        commits: stats.commitCount,
        queued: stats.queuedCount,
        commitMsMax: stats.batchMsMax,
        diskFreeBytes: stats.freeBytes,
      };
    },
    brokerFigures() {
      const stats = broker.stats();
      return {
        clients: stats.connections,
        received: stats.receivedTotal,
        delivered: stats.deliveredTotal,
        dropped: stats.droppedTotal,
      };
    },
  };
}
