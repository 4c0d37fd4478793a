export { type ConnectOptions, connectStore, type StoreClient } from './client/connect-store.ts';
export { type CrashPoint, crashPoints } from './crash-points.ts';
export {
  type LocalDisk,
  type LocalStartOptions,
  localCrashPoints,
  openLocalDisk,
} from './local/local-disk.ts';
export type { LocalStore } from './local/local-store.ts';
export { openStore, type StoreHost, type StoreOptions } from './open-store.ts';
