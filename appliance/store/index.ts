export { type ConnectOptions, connectStore, type StoreClient } from './client/connect-store.ts';
export { type CrashPoint, crashPoints } from './crash-points.ts';
export { openStore, type StoreHost, type StoreOptions } from './open-store.ts';
