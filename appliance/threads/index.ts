export { every } from './every.ts';
export { EXIT_SAFETY_LOST, type Floor, type FloorOptions } from './floor.ts';
export type { DeviceCounters } from './messages.ts';
export { type Placement, placeDevices } from './placement.ts';
export {
  keepWorker,
  RESTART_POLICY,
  type RestartingWorker,
  type RestartPolicy,
} from './restarting-worker.ts';
export { startFloor } from './start-floor.ts';
export { startUplink, type UplinkHandle, type UplinkThreadOptions } from './start-uplink.ts';
export { threadClock } from './thread-clock.ts';
export { createThreadLog, type LogLine } from './thread-log.ts';
export { createDelayMeter, STATS_INTERVAL_MS, type ThreadStats } from './thread-stats.ts';
export type { Spawn } from './watched-worker.ts';
