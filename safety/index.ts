export { matchesId } from '#contracts/patterns.ts';
export {
  BEAT_INTERVAL_MS,
  type BeatSlot,
  type Beats,
  beat,
  createBeats,
  raise,
  readBeat,
  waitForFlag,
} from './beats.ts';
export { createGate } from './gate.ts';
export {
  EMPTY_LATCH,
  type Gate,
  type GateDevices,
  type GateLatch,
  type GateOptions,
  type Transit,
} from './gate-types.ts';
export type { HandStop } from './hand-stops.ts';
export { type HeartbeatOptions, startHeartbeats } from './heartbeats.ts';
export { MAIN_INTERLOCK_ID, type ResetResult } from './interlock-table.ts';
export { type GateTarget, gateTargets, protectedTargets, safeActionOf } from './targets.ts';
export { firstPulse, nextPulse, type Pulse } from './watchdog.ts';
