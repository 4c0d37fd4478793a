export { buildApi, type ListeningApi, startApi } from './app.ts';
export { idempotencyStoreModule } from './idempotency.ts';
export { createLiveHub, type LiveHub, type LiveSources } from './live.ts';
export type { ApiServices, Demo } from './services.ts';
