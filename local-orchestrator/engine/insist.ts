import type { Clock } from '#contracts/clock.ts';
import type { Log } from '#contracts/log.ts';

/** Does something until it returns true, or the process stops: then what is on disk begins it anew. Never rejects. */
export type Insist = (what: string, sagaId: string, act: () => Promise<boolean>) => Promise<void>;

const RETRY_MS = 1_000;

export const createInsist =
  (parts: { clock: Clock; log: Log; stopped: () => boolean }): Insist =>
  async (what, sagaId, act) => {
    const { clock, log, stopped } = parts;
    while (!stopped()) {
      try {
        if (await act()) return;
      } catch (error) {
        if (!stopped()) log.warn({ err: error, sagaId }, `${what}; will try again`);
      }
      if (!stopped()) await new Promise<void>((resolve) => clock.after(RETRY_MS, resolve));
    }
  };
