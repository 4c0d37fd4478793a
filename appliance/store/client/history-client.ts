import type { History } from '#contracts/store.ts';
import { HISTORY_IN_FLIGHT_MAX } from '../limits.ts';
import type { ToWriter } from '../messages.ts';
import type { ReaderClient } from './reader-client.ts';

export interface HistoryClient extends History {
  /** The store thread has so many samples in its own hands. */
  onTaken(count: number): void;
}

/** Tag history as one client has it. Samples that would pile up on a port whose thread is in a flush are dropped. */
export function createHistoryClient(reader: ReaderClient, post: (message: ToWriter) => void): HistoryClient {
  let inFlight = 0;
  let droppedCount = 0;
  return {
    write(samples) {
      const taken = samples.slice(0, Math.max(0, HISTORY_IN_FLIGHT_MAX - inFlight));
      const dropped = droppedCount + samples.length - taken.length;
      if (taken.length === 0) {
        droppedCount = dropped;
        return;
      }
      inFlight += taken.length;
      droppedCount = 0;
      post({ kind: 'history', samples: taken, droppedCount: dropped });
    },
    read: (path, range, countMax) => reader.read({ read: 'samples', path, ...range, countMax }),
    windows: (path, range, windowMs) => reader.read({ read: 'windows', path, ...range, windowMs }),
    onTaken(count) {
      inFlight -= count;
    },
  };
}
