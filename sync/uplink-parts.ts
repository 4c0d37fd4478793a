import type { UplinkStatus } from '#contracts/api.ts';
import type { Clock, Random } from '#contracts/clock.ts';
import type { AnyEvent } from '#contracts/events/envelope.ts';
import type { Log } from '#contracts/log.ts';
import type { UplinkConfig } from '#contracts/site-file.ts';
import type { Store } from '#contracts/store.ts';

/** The abilities of one uplink. */
export interface UplinkParts {
  readonly config: UplinkConfig;
  readonly site: string;
  readonly epoch: string;
  readonly store: Store;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  /** Resolves `env:` and `file:` references; asked at every connect, so that a changed token is found. */
  secrets(reference: string): Promise<string>;
  onStatus(status: UplinkStatus): void;
  /** After the event is durable. */
  onEvent(event: AnyEvent): void;
  /** Something that must not happen; the thread ends and is started again. */
  onCrash(error: unknown): void;
}
