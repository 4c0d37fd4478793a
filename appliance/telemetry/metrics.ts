import { Counter, collectDefaultMetrics, Gauge, Registry } from 'prom-client';
import type { UplinkStatus } from '#contracts/api.ts';
import type { Breaker } from '#contracts/breakers.ts';
import type { Link } from '#contracts/devices.ts';
import { type KpiFigures, type KpiWindow, kpiFigures, type SloStatus } from '#contracts/kpis.ts';
import type { LimitUse } from '#contracts/limits.ts';
import type { ModelSummary } from '#contracts/models.ts';

/** Where the figures come from; each is asked at a scrape. */
export interface MetricSources {
  readonly log: () => {
    appended: number;
    commits: number;
    queued: number;
    commitMsMax: number;
    diskFreeBytes: number;
  };
  readonly counts: () => Promise<{
    ordersWaiting: number;
    ordersRunning: number;
    ordersCompletedToday: number;
    ordersFailedToday: number;
    tasksOpen: number;
  }>;
  readonly alarmsActive: () => number;
  readonly devices: () => readonly { id: string; link: Link }[];
  readonly uplinks: () => readonly UplinkStatus[];
  readonly threads: () => readonly {
    name: string;
    delayMsP50: number;
    delayMsP99: number;
    delayMsMax: number;
  }[];
  readonly broker: () => { clients: number; received: number; delivered: number; dropped: number };
  readonly models: () => readonly ModelSummary[];
  readonly breakers: () => readonly Breaker[];
  readonly sagas: () => { readonly sagasAlive: number; readonly limits: readonly LimitUse[] };
  /** Windows that are still open. */
  readonly kpis: () => Promise<readonly KpiWindow[]>;
  readonly objectives: () => Promise<readonly SloStatus[]>;
  readonly recordsDropped: () => number;
  readonly livePages: () => number;
}

export interface Metrics {
  readonly contentType: string;
  text(): Promise<string>;
  countCommand(state: string): void;
  countRefusal(code: string): void;
  countInterlockTrip(interlock: string): void;
}

/** Prometheus figures of the site. Names and meanings: docs/metrics.md. */
export function createMetrics(sources: MetricSources): Metrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const gauge = (name: string, help: string, labels: readonly string[], collect: (gauge: Gauge) => unknown) =>
    new Gauge({
      name: `holdfast_${name}`,
      help,
      labelNames: [...labels],
      registers: [registry],
      async collect() {
        this.reset();
        await collect(this);
      },
    });
  const counter = (name: string, help: string, label: string) =>
    new Counter({ name: `holdfast_${name}`, help, labelNames: [label], registers: [registry] });

  siteGauges(gauge, sources);
  modelGauges(gauge, sources);
  sagaGauges(gauge, sources);
  kpiGauges(gauge, sources);
  syncGauges(gauge, sources);
  processGauges(gauge, sources);
  const commands = counter('commands_total', 'Commands by the state they reached.', 'state');
  const refusals = counter(
    'intake_refusals_total',
    'Orders and messages the intake refused, by code.',
    'code',
  );
  const trips = counter('interlock_trips_total', 'Times an interlock lost its condition.', 'interlock');

  return {
    contentType: registry.contentType,
    text: () => registry.metrics(),
    countCommand: (state) => commands.inc({ state }),
    countRefusal: (code) => refusals.inc({ code }),
    countInterlockTrip: (interlock) => trips.inc({ interlock }),
  };
}

type MakeGauge = (
  name: string,
  help: string,
  labels: readonly string[],
  collect: (gauge: Gauge) => void,
) => unknown;

function siteGauges(gauge: MakeGauge, sources: MetricSources): void {
  gauge('orders', 'Orders that wait or run now, and those that ended today.', ['state'], async (g) => {
    const counts = await sources.counts();
    g.set({ state: 'waiting' }, counts.ordersWaiting);
    g.set({ state: 'running' }, counts.ordersRunning);
    g.set({ state: 'completed-today' }, counts.ordersCompletedToday);
    g.set({ state: 'failed-today' }, counts.ordersFailedToday);
  });
  gauge('tasks_open', 'Human tasks nobody has decided.', [], async (g) =>
    g.set((await sources.counts()).tasksOpen),
  );
  gauge('alarms_active', 'Active alarms.', [], (g) => g.set(sources.alarmsActive()));
  gauge('device_up', '1 when the device sends acknowledged data.', ['device'], (g) => {
    for (const { id, link } of sources.devices()) g.set({ device: id }, link.state === 'up' ? 1 : 0);
  });
}

function modelGauges(gauge: MakeGauge, { models }: MetricSources): void {
  gauge('model_trusted', '1 while the model is followed.', ['model'], (g) => {
    for (const { name, state } of models())
      g.set({ model: name }, state === 'trusted' || state === 'learning' ? 1 : 0);
  });
  gauge('model_accuracy', 'Share of judged answers of the window that were right.', ['model'], (g) => {
    for (const { name, accuracy } of models()) if (accuracy !== null) g.set({ model: name }, accuracy);
  });
  gauge('model_stability_index', 'Largest population-stability index of the window.', ['model'], (g) => {
    for (const { name, psi } of models()) if (psi !== null) g.set({ model: name }, psi);
  });
}

const breakerFigure = { closed: 0, 'half-open': 1, open: 2 } as const;

function sagaGauges(gauge: MakeGauge, { breakers, sagas }: MetricSources): void {
  gauge('sagas_alive', 'Sagas under way, those that only wait included.', [], (g) =>
    g.set(sagas().sagasAlive),
  );
  gauge('breaker_state', 'Circuit breaker: 0 closed, 1 half-open, 2 open.', ['breaker'], (g) => {
    for (const { id, state } of breakers()) g.set({ breaker: id }, breakerFigure[state]);
  });
  // By name only: keys may be as many as there are orders.
  gauge('limit_turns', 'Attempts that have or wait for a turn at a limit.', ['limit', 'state'], (g) => {
    for (const { name, running, waiting } of sagas().limits) {
      g.inc({ limit: name, state: 'running' }, running);
      g.inc({ limit: name, state: 'waiting' }, waiting);
    }
  });
}

/** All gauges of a scrape ask at once; one answer serves them all. */
function sharedWhileAsked<T>(ask: () => Promise<T>): () => Promise<T> {
  let asked: Promise<T> | null = null;
  return () => {
    asked ??= ask().finally(() => {
      asked = null;
    });
    return asked;
  };
}

const describe = (figure: keyof KpiFigures) =>
  (kpiFigures[figure] as { description?: string }).description ?? '';
const snakeCase = (name: string): string => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

/** A figure of nothing is not there, rather than 0. */
function kpiGauges(gauge: MakeGauge, { kpis, objectives }: MetricSources): void {
  const windows = sharedWhileAsked(kpis);
  const statuses = sharedWhileAsked(objectives);
  for (const figure of Object.keys(kpiFigures) as (keyof KpiFigures)[]) {
    gauge(`saga_${snakeCase(figure)}`, describe(figure), ['saga', 'span'], async (g) => {
      for (const { saga, span, ...figures } of await windows()) {
        const value = figures[figure];
        if (value !== null) g.set({ saga, span }, value);
      }
    });
  }
  gauge('slo_budget_remaining', 'Share of the error budget that is left.', ['saga'], async (g) => {
    for (const { saga, budgetRemaining } of await statuses()) g.set({ saga }, budgetRemaining);
  });
  gauge('slo_burn', '1 uses the error budget up in exactly its period.', ['saga', 'speed'], async (g) => {
    for (const { saga, burnFast, burnSlow } of await statuses()) {
      g.set({ saga, speed: 'fast' }, burnFast);
      g.set({ saga, speed: 'slow' }, burnSlow);
    }
  });
}

function syncGauges(gauge: MakeGauge, sources: MetricSources): void {
  gauge('uplink_up', '1 when the region acknowledges.', ['uplink'], (g) => {
    for (const { id, state } of sources.uplinks()) g.set({ uplink: id }, state === 'down' ? 0 : 1);
  });
  gauge('uplink_backlog', 'Records the region has not acknowledged.', ['uplink', 'lane'], (g) => {
    for (const { id, lanes } of sources.uplinks()) {
      for (const { lane, count } of lanes) g.set({ uplink: id, lane }, count);
    }
  });
  gauge('uplink_oldest_seconds', 'Age of the oldest record not acknowledged.', ['uplink', 'lane'], (g) => {
    for (const { id, lanes } of sources.uplinks()) {
      for (const { lane, oldestAt } of lanes) {
        g.set(
          { uplink: id, lane },
          oldestAt === null ? 0 : Math.max(0, (Date.now() - Date.parse(oldestAt)) / 1_000),
        );
      }
    }
  });
  gauge('uplink_dropped_total', 'Telemetry records given up for room.', ['uplink'], (g) => {
    for (const { id, droppedCount } of sources.uplinks()) g.set({ uplink: id }, droppedCount);
  });
}

function processGauges(gauge: MakeGauge, sources: MetricSources): void {
  gauge('log_appended_total', 'Events appended since the start.', [], (g) => g.set(sources.log().appended));
  gauge('log_commits_total', 'Transactions since the start.', [], (g) => g.set(sources.log().commits));
  gauge('log_queue', 'Commits that wait for the store.', [], (g) => g.set(sources.log().queued));
  gauge('log_commit_ms_max', 'Slowest durable commit since the start.', [], (g) =>
    g.set(sources.log().commitMsMax),
  );
  gauge('disk_free_bytes', 'Room on the disk of the store.', [], (g) => g.set(sources.log().diskFreeBytes));
  gauge('thread_delay_ms', 'Event-loop delay of each thread.', ['thread', 'quantile'], (g) => {
    for (const { name, delayMsP50, delayMsP99, delayMsMax } of sources.threads()) {
      g.set({ thread: name, quantile: '0.5' }, delayMsP50);
      g.set({ thread: name, quantile: '0.99' }, delayMsP99);
      g.set({ thread: name, quantile: '1' }, delayMsMax);
    }
  });
  gauge('mqtt_clients', 'Connected MQTT clients.', [], (g) => g.set(sources.broker().clients));
  gauge('mqtt_received_total', 'Messages received.', [], (g) => g.set(sources.broker().received));
  gauge('mqtt_delivered_total', 'Messages delivered.', [], (g) => g.set(sources.broker().delivered));
  gauge('mqtt_dropped_total', 'Messages dropped from full queues.', [], (g) =>
    g.set(sources.broker().dropped),
  );
  gauge('records_dropped_total', 'Floor records lost because a queue was full.', [], (g) =>
    g.set(sources.recordsDropped()),
  );
  gauge('live_pages', 'Open pages that listen.', [], (g) => g.set(sources.livePages()));
}
