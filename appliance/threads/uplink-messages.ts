import type { MessagePort } from 'node:worker_threads';
import type { UplinkStatus } from '#contracts/api.ts';
import type { AnyEvent } from '#contracts/events/envelope.ts';
import type { UplinkConfig } from '#contracts/site-file.ts';
import type { Beats } from '../../safety/index.ts';
import type { CallMessage } from './port-calls.ts';
import type { LogLine } from './thread-log.ts';
import type { ThreadStats } from './thread-stats.ts';

/** What the uplink thread is started with. The store's port follows as an order, because it is handed over. */
export interface UplinkThreadData {
  readonly beats: Beats;
  readonly site: string;
  readonly epoch: string;
  readonly uplinks: readonly UplinkConfig[];
}

export type UplinkReport =
  | CallMessage
  | { readonly type: 'status'; readonly uplinks: readonly UplinkStatus[] }
  | { readonly type: 'event'; readonly event: AnyEvent }
  | { readonly type: 'log'; readonly line: LogLine }
  | { readonly type: 'stats'; readonly stats: ThreadStats };

export type UplinkOrder = CallMessage | { readonly type: 'store'; readonly port: MessagePort };

/** Methods of the uplink thread. */
export type UplinkCalls = { stop(): Promise<void> };
/** Methods of the main thread, for the uplink thread: secrets are resolved where the site file is. */
export type UplinkMainCalls = { secret(reference: string): Promise<string> };
