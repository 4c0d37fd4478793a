import type { MessagePort } from 'node:worker_threads';
import type { StoreModule } from '#contracts/store.ts';
import type { RingLimits } from './history/ring.ts';
import type { DiskMarks } from './writer/disk-state.ts';

/** What the host hands to each of its threads when it starts them. */
export interface ThreadData {
  readonly dir: string;
  readonly modules: readonly StoreModule[];
  readonly diskMarks: DiskMarks;
  readonly reserveBytes: number;
  readonly history: RingLimits;
  readonly crashPoint: string | undefined;
  readonly statsMemory: SharedArrayBuffer;
  /** Between the store thread and the keeper; each has one end, the reader has none. */
  readonly errands: MessagePort | null;
}

export const SITE_FILE = 'site.db';
