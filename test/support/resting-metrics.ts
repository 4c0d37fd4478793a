import type { MetricSources } from '../../appliance/telemetry/index.ts';

/** Figures of a site in which nothing happens. */
export const restingSources: MetricSources = {
  log: () => ({ appended: 0, commits: 0, queued: 0, commitMsMax: 0, diskFreeBytes: 0 }),
  counts: async () => ({
    ordersWaiting: 0,
    ordersRunning: 0,
    ordersCompletedToday: 0,
    ordersFailedToday: 0,
    tasksOpen: 0,
  }),
  alarmsActive: () => 0,
  devices: () => [],
  uplinks: () => [],
  threads: () => [],
  broker: () => ({ clients: 0, received: 0, delivered: 0, dropped: 0 }),
  models: () => [],
  breakers: () => [],
  kpis: async () => [],
  objectives: async () => [],
  sagas: () => ({ sagasAlive: 0, limits: [] }),
  recordsDropped: () => 0,
  livePages: () => 0,
};
