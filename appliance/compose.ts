import { mkdirSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Clock, systemClock } from '#contracts/clock.ts';
import { createEvent } from '#contracts/events/envelope.ts';
import { siteStarted } from '#contracts/events/sync.ts';
import type { Log } from '#contracts/log.ts';
import type { SiteFile } from '#contracts/site-file.ts';
import { createOrchestrator, leaseEpochs, orchestratorStoreModules } from '../local-orchestrator/index.ts';
import { syncStoreModule } from '../sync/index.ts';
import { createLiveHub, idempotencyStoreModule, startApi } from './api/index.ts';
import { type Broker, brokerStoreModule, startBroker } from './broker/index.ts';
import { watchDisk } from './disk-alarms.ts';
import {
  alarmStoreModule,
  createDeviceRegistry,
  createRecorder,
  createTagTable,
  openAlarms,
  readFloorPlan,
  showEvents,
  showTags,
  watchFloor,
  wireFloor,
} from './floor/index.ts';
import { type Identity, identityStoreModule, openIdentity } from './identity/index.ts';
import { createIntake, intakeStoreModule } from './intake/index.ts';
import { notifyStoreModule, startNotifier } from './notify/index.ts';
import { watchRollouts } from './rollout-alarms.ts';
import { localToken, removeRunFile, writeRunFile } from './run-file.ts';
import { readModelTokens, readSecret } from './secrets.ts';
import { settleHeap } from './settle-heap.ts';
import { siteEpoch, siteStoreModule } from './site-epoch.ts';
import { sitePeople } from './site-people.ts';
import { siteRunbooks } from './site-runbooks.ts';
import { siteSagas } from './site-sagas.ts';
import { createSiteView } from './site-view.ts';
import { readStock } from './stock-file.ts';
import { createStopOrder, type StopOrder } from './stop-order.ts';
import { openStore } from './store/index.ts';
import { taskContext } from './task-context.ts';
import { createMetrics, createTracing, followSpans } from './telemetry/index.ts';
import { placeDevices, startFloor, startUplink, type ThreadStats } from './threads/index.ts';
import { VERSION } from './version.ts';

export interface SiteOptions {
  readonly siteFile: SiteFile;
  /** Where the site file lies; other files it names are found from there. */
  readonly sitePath: string;
  readonly dataDir: string;
  readonly log: Log;
  readonly clock?: Clock;
  /** Where the process dies, for tests: see appliance/store/crash-points.ts. */
  readonly crashPoint?: string;
}

export interface RunningSite {
  readonly url: string;
  /** The code of the first start, while nobody has redeemed it. */
  claimCode(): string | undefined;
  /** A new code that signs the next visitor in as administrator; single use. */
  oneTimeCode(): Promise<string>;
  /** In order: no more requests, sagas rest, motion ends, records are flushed, the store closes. */
  stop(): Promise<void>;
}

/** Starts a site. What was started is stopped again when a later part fails. */
export async function startSite(options: SiteOptions): Promise<RunningSite> {
  const stops = createStopOrder(options.log);
  try {
    return await startParts(options, stops);
  } catch (error) {
    await stops.stopAll();
    throw error;
  }
}

const uiDir = fileURLToPath(new URL('../ui/dist', import.meta.url));

/**
 * Wires the house. The order matters: what keeps records comes first and goes last; what moves things comes
 * after what stops them; orders are taken last of all.
 */
async function startParts(options: SiteOptions, stops: StopOrder): Promise<RunningSite> {
  const { siteFile, sitePath, dataDir, log, clock = systemClock } = options;
  const site = siteFile.site.id;
  const bootStartMs = clock.monotonicMs();
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });

  let isStarting = true;
  const store = await openStore({
    dir: dataDir,
    isStarting: () => isStarting,
    modules: [
      siteStoreModule,
      identityStoreModule,
      brokerStoreModule,
      ...orchestratorStoreModules,
      syncStoreModule,
      intakeStoreModule,
      alarmStoreModule,
      notifyStoreModule,
      idempotencyStoreModule,
    ],
    log,
    clock,
    ...(options.crashPoint === undefined ? {} : { crashPoint: options.crashPoint }),
    // The floor's last words on the way out put every device into its safe state.
    onFatal: () => process.exit(EXIT_STORE_LOST),
  });
  stops.add('store', () => store.close());
  const epoch = await siteEpoch(store, site, dataDir, clock.nowMs());
  const identity = await openIdentity({ store, clock, dataDir, log, site });
  const hosts = [siteFile.http.host, siteFile.mqtt.host];
  const certificate = await identity.serverCertificate(hosts);
  const tracing = await createTracing(site, VERSION, siteFile.telemetry.otlpUrl);
  stops.add('tracing', () => tracing.close());

  const recorder = createRecorder(store, log, (ms) => new Promise((resolve) => clock.after(ms, resolve)));
  stops.add('recorder', () => recorder.flush());
  const alarms = await openAlarms(store, site, clock, log);
  stops.add('alarms', () => alarms.settled());
  stops.add('disk watch', watchDisk(store, alarms, clock));
  const watch = watchFloor(alarms, clock, siteFile);
  stops.add('floor watch', () => watch.stop());
  const tags = createTagTable(siteFile.devices, clock.nowMs());
  const placement = placeDevices(siteFile);
  const inSafety = new Set(placement.safety.map((device) => device.id));
  const registry = createDeviceRegistry({
    devices: siteFile.devices,
    threadOf: (device) => (inSafety.has(device) ? 'safety' : 'field'),
    tags,
    nowMs: clock.nowMs(),
  });

  const broker = await startBroker({
    config: siteFile.mqtt,
    site,
    store,
    authenticate: (user, password) => identity.verifyMqttClient(user, password),
    log,
    clock,
    tls: certificate,
  });
  stops.add('broker', () => broker.close());
  identity.onMqttVoid((user, why) => broker.revoke(user, why));
  stops.add('certificate renewal', renewCertificate(identity, broker, hosts, clock, log));
  stops.add('event topics', showEvents(broker, store, site));
  showTags(
    broker,
    site,
    siteFile.devices.flatMap((device) => tags.ofDevice(device.id)),
  );
  tags.onChange((samples) => {
    showTags(broker, site, samples);
    store.history.write(samples);
  });

  // Made before its sources: everything below tells it what changed, and no page joins before the API listens.
  const live = createLiveHub(() => view.liveSources, clock, log);
  const threadStats = new Map<string, ThreadStats>();
  const uplink = await startUplink({
    siteFile,
    site,
    epoch,
    storePort: () => store.connect(),
    log,
    secrets: (reference) => readSecret(reference, sitePath),
    onStatus(list) {
      for (const status of list) watch.uplink(status);
      live.touch('uplinks');
    },
    onEvent: () => live.touch('uplinks'),
    onStats: (stats) => threadStats.set(stats.name, stats),
    clock,
  });
  stops.add('uplink', () => uplink.stop());

  const metrics = createMetrics({
    log: () => view.logFigures(),
    counts: () => orchestrator.counts(),
    alarmsActive: () => alarms.list().length,
    devices: () => siteFile.devices.map(({ id }) => ({ id, link: registry.link(id) })),
    uplinks: () => uplink.status(),
    threads: () => view.threads(),
    broker: () => view.brokerFigures(),
    models: () => orchestrator.models.list(),
    breakers: () => orchestrator.breakers.list(),
    sagas: () => orchestrator.stats(),
    kpis: async () => [
      ...(await orchestrator.kpis.windows({ span: 'hour', fromMs: clock.nowMs() })),
      ...(await orchestrator.kpis.windows({ span: 'day', fromMs: clock.nowMs() })),
    ],
    objectives: () => orchestrator.kpis.slos(),
    recordsDropped: () => recorder.droppedCount(),
    livePages: () => live.clientCount(),
  });
  const ears = wireFloor({
    siteFile,
    clock,
    recorder,
    tags,
    registry,
    watch,
    onCommandState: (state) => metrics.countCommand(state),
    onInterlockTrip: (interlock) => metrics.countInterlockTrip(interlock),
  });
  const floor = await startFloor({
    siteFile,
    dataDir,
    epochs: await leaseEpochs(store),
    log,
    clock,
    ...ears,
    onInterlocks(list) {
      watch.interlocks(list);
      live.touch('interlocks');
      live.touch('summary');
    },
    onFatal: (reason) => log.error({ reason }, 'the floor is lost; the process ends'),
  });
  stops.add('floor', () => floor.stop());

  const notifier = await startNotifier({
    configs: siteFile.notify,
    people: siteFile.people,
    store,
    clock,
    log,
    site,
    commands: floor,
    alarms,
    secrets: (reference) => readSecret(reference, sitePath),
    readText: (file) => readFile(resolve(dirname(sitePath), file), 'utf8'),
  });
  stops.add('notifier', () => notifier.stop());

  const orchestrator = createOrchestrator({
    store,
    commands: floor,
    fleet: {
      robots: () => registry.robotStates(),
      onChange: (listener) => registry.onRobot(() => listener()),
    },
    clock,
    random: Math.random,
    log,
    site: siteFile.site,
    config: siteFile.sagas,
    places: siteFile.places,
    capabilities: new Set(
      siteFile.devices.flatMap(({ capabilities }) => capabilities.map(({ kind }) => kind)),
    ),
    docks: siteFile.docks,
    sagas: siteSagas(siteFile, sitePath, log),
    runbooks: siteRunbooks(siteFile, sitePath, log),
    forgetOrders: ['intake.forgetOrders'],
    deviceOf: (capability) =>
      siteFile.devices.find(({ capabilities }) => capabilities.some(({ id }) => id === capability))?.id,
    tasks: {
      people: () => sitePeople(identity, siteFile.people),
      rules: siteFile.tasks,
      notices: notifier,
      alarms,
      contextOf: async ({ sagaId, orderId }) =>
        taskContext({
          siteFile,
          order: orderId === null ? undefined : await orchestrator.order(orderId),
          saga: await orchestrator.history.view(sagaId),
          robots: registry.robots(() => null),
          tagsOf: (device) => tags.ofDevice(device),
        }),
    },
    models: {
      configs: siteFile.models,
      tokens: await readModelTokens(siteFile.models, sitePath),
      fetch: globalThis.fetch,
    },
  });
  stops.add('orchestrator', () => orchestrator.stop());
  stops.add('rollout alarms', watchRollouts(orchestrator.versions, alarms));
  await orchestrator.inventory.loadStock(readStock(siteFile, sitePath));

  const demo = siteFile.demo && (await import('./demo/panel.ts')).createDemoPanel(siteFile.demo);
  if (demo !== undefined) stops.add('demo panel', demo.follow(clock, log));
  const view = createSiteView({
    otherThreads: threadStats,
    siteFile,
    store,
    broker,
    floor,
    orchestrator,
    registry,
    alarms,
    uplink,
    notifier,
    demo,
  });
  view.touchOnChange(live, tags);

  const intake = createIntake({
    store,
    clock,
    log,
    site,
    rules: {
      defaultDestination: siteFile.intake.defaultDestination,
      destinations: new Set(siteFile.places.filter(({ kind }) => kind === 'packing').map(({ id }) => id)),
      serviceSkus: new Set(siteFile.intake.serviceSkus),
      unknownSku: siteFile.intake.unknownSku,
      knowsSku: (sku) => orchestrator.inventory.knows(sku),
    },
    backlog: orchestrator.backlog,
    onRefused: (code) => metrics.countRefusal(code),
    onRepeated: () => orchestrator.kpis.repeated('pick-order'),
  });
  const plan = readFloorPlan(siteFile, sitePath);
  const api = await startApi(
    {
      siteFile,
      version: VERSION,
      log,
      clock,
      tracing,
      store,
      identity,
      intake,
      live,
      ...view.services,
      floorPlan: () => plan,
      demo,
      metrics: async () => ({ contentType: metrics.contentType, text: await metrics.text() }),
      uiDir,
      localToken: localToken(dataDir),
    },
    siteFile.http.tls === true ? certificate : undefined,
  );
  stops.add('api', () => api.close());
  stops.add('spans', followSpans(store, tracing));
  // The last moment at which nobody waits for this thread.
  settleHeap();
  await orchestrator.start();
  floor.watchMain();
  isStarting = false;

  const bootMs = clock.monotonicMs() - bootStartMs;
  const started = { version: VERSION, bootMs, cleanStop: store.selfCheck.cleanStop };
  const context = { site, component: 'appliance', nowMs: clock.nowMs(), correlationId: epoch };
  recorder.record(createEvent(siteStarted, site, started, context));
  writeRunFile(dataDir, {
    pid: process.pid,
    url: api.url,
    startedAt: new Date(clock.nowMs()).toISOString(),
    ...(siteFile.http.tls === true ? { ca: certificate.ca } : {}),
  });
  stops.add('run file', () => removeRunFile(dataDir));
  log.info({ url: api.url, bootMs: Math.round(bootMs) }, 'the site runs');

  return {
    url: api.url,
    claimCode: () => identity.claimCode() ?? undefined,
    oneTimeCode: async () => identity.claimCode() ?? (await identity.issueClaim('demo')),
    stop: () => stops.stopAll(),
  };
}

const RENEWAL_CHECK_MS = 24 * 3_600_000;

/** Looks daily whether the site's certificate is due; the pages take the new one at the next start. */
function renewCertificate(
  identity: Identity,
  broker: Broker,
  hosts: string[],
  clock: Clock,
  log: Log,
): () => void {
  let cancel = () => {};
  const look = () => {
    cancel = clock.after(RENEWAL_CHECK_MS, () => {
      identity
        .serverCertificate(hosts)
        .then((certificate) => broker.setTls(certificate))
        .catch((error: unknown) => log.error({ err: error }, 'the certificate could not be renewed'))
        .finally(look);
    });
  };
  look();
  return () => cancel();
}

/** What the process ends with when the store can no longer be trusted. */
export const EXIT_STORE_LOST = 71;
