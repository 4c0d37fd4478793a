import type { Worker } from 'node:worker_threads';
import type { Clock } from '#contracts/clock.ts';
import type { Log } from '#contracts/log.ts';
import { type Beats, createBeats } from '../../safety/index.ts';
import { type Spawn, spawnWorker, type WatchedWorker, watchWorker } from './watched-worker.ts';

export interface RestartPolicy {
  /** Without a beat for so long it is ended and started anew. */
  readonly silenceMsMax: number;
  readonly firstMs: number;
  readonly maxMs: number;
  /** A thread that ran for so long has recovered: the next pause is the first again. */
  readonly steadyMs: number;
}
export const RESTART_POLICY: RestartPolicy = {
  silenceMsMax: 5_000,
  firstMs: 250,
  maxMs: 15_000,
  steadyMs: 60_000,
};

/** Pause before the next start: doubles with each failure in a row, up to the maximum. */
export const restartPauseMs = (failures: number, { firstMs, maxMs }: RestartPolicy): number =>
  Math.min(maxMs, firstMs * 2 ** Math.min(failures, 30));

export interface RestartingWorker {
  /** The one that runs now; null between two. */
  current(): Worker | null;
  restartCount(): number;
  /** Ends it for good: `orderly` gets the chance to let it close what it holds. */
  stop(orderly: (worker: Worker) => Promise<void>): Promise<void>;
}

/**
 * Keeps a worker thread running: its death or its silence ends it and starts the next one, after a pause that
 * grows. For threads that the floor can do without for a while (field, uplink).
 */
export function keepWorker<D extends object>(options: {
  readonly name: string;
  readonly entry: URL;
  readonly clock: Clock;
  readonly log: Log;
  readonly policy?: RestartPolicy;
  readonly spawn?: Spawn;
  /** Called for each start; `beats` comes in by itself. */
  data(): D;
  onStart(worker: Worker): void;
  onDown(end: { reason: string; silentMs: number | null; retryMs: number }): void;
}): RestartingWorker {
  const { clock, log, name } = options;
  const policy = options.policy ?? RESTART_POLICY;
  let running: WatchedWorker | null = null;
  let failures = 0;
  let restarts = 0;
  let stopped = false;
  let cancel = () => {};

  const start = (): void => {
    const startedMs = clock.monotonicMs();
    const watched = watchWorker({
      name,
      entry: options.entry,
      data: { ...options.data(), beats: createBeats() } satisfies { beats: Beats },
      silenceMsMax: policy.silenceMsMax,
      clock,
      spawn: options.spawn ?? spawnWorker,
      onEnd({ reason, silentMs }) {
        running = null;
        if (clock.monotonicMs() - startedMs >= policy.steadyMs) failures = 0;
        const retryMs = restartPauseMs(failures, policy);
        failures += 1;
        log.error({ thread: name, reason, retryMs }, 'a thread ended; it is started again');
        options.onDown({ reason, silentMs, retryMs });
        // The next one starts only when the last one is gone: two of them must never hold one device.
        void watched.worker.terminate().then(() => {
          if (!stopped) cancel = clock.after(retryMs, restart);
        });
      },
    });
    running = watched;
    options.onStart(watched.worker);
  };
  const restart = (): void => {
    restarts += 1;
    start();
  };
  start();

  return {
    current: () => running?.worker ?? null,
    restartCount: () => restarts,
    async stop(orderly) {
      stopped = true;
      cancel();
      const watched = running;
      running = null;
      if (watched === null) return;
      watched.release();
      await orderly(watched.worker);
      await watched.worker.terminate();
    },
  };
}
