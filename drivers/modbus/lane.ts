import type { Clock } from '#contracts/clock.ts';
import { ApplianceError } from '#contracts/errors.ts';

/** Writes and what a command waits for go before cyclic reads. */
export type Urgency = 'command' | 'poll';

export interface LaneOptions {
  readonly clock: Clock;
  readonly device: string;
  readonly timeoutMs: number;
  /** Told when a request is given up, so that its late answer is nobody's. */
  onTimeout(): void;
}

export interface Lane {
  /** Runs one request; `send` starts it and calls back once. Rejects with DRV_TIMEOUT, DRV_OVERLOADED or its error. */
  run<T>(
    urgency: Urgency,
    what: string,
    send: (done: (error: unknown, value?: T) => void) => void,
  ): Promise<T>;
  /** Rejects what waits and what runs. */
  close(reason: ApplianceError): void;
}

/** Requests that may wait at one device; beyond it the caller is told rather than kept. */
export const WAITING_COUNT_MAX = 64;

interface Waiting {
  start(): void;
  reject(error: Error): void;
}

/** One request in flight at a time: Modbus devices of small make answer the wrong one otherwise. */
export function createLane({ clock, device, timeoutMs, onTimeout }: LaneOptions): Lane {
  const waiting: Record<Urgency, Waiting[]> = { command: [], poll: [] };
  let inFlight: Waiting | null = null;
  let closedBy: ApplianceError | null = null;

  const next = () => {
    inFlight = waiting.command.shift() ?? waiting.poll.shift() ?? null;
    inFlight?.start();
  };

  return {
    run(urgency, what, send) {
      return new Promise((resolve, reject) => {
        if (closedBy !== null) return reject(closedBy);
        const count = waiting.command.length + waiting.poll.length;
        if (count >= WAITING_COUNT_MAX)
          return reject(new ApplianceError('DRV_OVERLOADED', { device, count }));
        let cancelTimer = () => {};
        let ended = false;
        const end = (finish: () => void) => {
          if (ended) return;
          ended = true;
          cancelTimer();
          finish();
          if (inFlight === entry) next();
        };
        const entry: Waiting = {
          reject: (error) => end(() => reject(error)),
          start: () => {
            cancelTimer = clock.after(timeoutMs, () =>
              end(() => {
                onTimeout();
                reject(new ApplianceError('DRV_TIMEOUT', { device, what, timeoutMs }));
              }),
            );
            try {
              send((error, value) =>
                end(() =>
                  error === null || error === undefined ? resolve(value as never) : reject(toError(error)),
                ),
              );
            } catch (error) {
              end(() => reject(toError(error)));
            }
          },
        };
        waiting[urgency].push(entry);
        if (inFlight === null) next();
      });
    },
    close(reason) {
      closedBy = reason;
      const all = [...(inFlight === null ? [] : [inFlight]), ...waiting.command, ...waiting.poll];
      waiting.command = [];
      waiting.poll = [];
      inFlight = null;
      for (const entry of all) entry.reject(reason);
    },
  };
}

const toError = (error: unknown): Error => (error instanceof Error ? error : new Error(String(error)));
