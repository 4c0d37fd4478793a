export { encodeFrame, eventLine, type FramePlan } from './frame.ts';
export { type Sync, type SyncOptions, startSync } from './sync.ts';
export { syncStoreModule } from './tables.ts';
