import type { UplinkStatus } from '#contracts/api.ts';
import type { Clock, Random } from '#contracts/clock.ts';
import type { AnyEvent } from '#contracts/events/envelope.ts';
import type { Log } from '#contracts/log.ts';
import type { UplinkConfig } from '#contracts/site-file.ts';
import type { Store } from '#contracts/store.ts';
import { startUplinkTo, type Uplink } from './uplink.ts';

export interface SyncOptions {
  readonly site: string;
  /** Names the store: changes when the site starts from another one. */
  readonly epoch: string;
  readonly uplinks: readonly UplinkConfig[];
  readonly store: Store;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  secrets(reference: string): Promise<string>;
  /** About once a second, and when an uplink comes or goes. */
  onStatus(status: readonly UplinkStatus[]): void;
  /** Events of the uplinks, after they are in the log. */
  onEvent(event: AnyEvent): void;
  /** A mistake of ours; the caller ends the thread and starts it anew. */
  onCrash(error: unknown): void;
}

export interface Sync {
  status(): readonly UplinkStatus[];
  /** Bounded: frames on their way are waited for no longer than two seconds. */
  stop(): Promise<void>;
}

/** Starts all uplinks of the site. Runs in any thread that has a Store; the appliance gives it one of its own. */
export async function startSync(options: SyncOptions): Promise<Sync> {
  const uplinks: Uplink[] = [];
  const status = () => uplinks.map((uplink) => uplink.status());
  for (const config of options.uplinks) {
    const onStatus = () => options.onStatus(status());
    uplinks.push(await startUplinkTo({ ...options, config, onStatus }));
  }
  options.onStatus(status());
  return {
    status,
    async stop() {
      await Promise.all(uplinks.map((uplink) => uplink.stop()));
    },
  };
}
