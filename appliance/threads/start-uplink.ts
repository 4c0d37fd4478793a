import type { MessagePort } from 'node:worker_threads';
import type { UplinkStatus } from '#contracts/api.ts';
import { type Clock, systemClock } from '#contracts/clock.ts';
import type { AnyEvent } from '#contracts/events/envelope.ts';
import type { Log } from '#contracts/log.ts';
import type { SiteFile } from '#contracts/site-file.ts';
import { answerCall, createCaller } from './port-calls.ts';
import { keepWorker, type RestartPolicy } from './restarting-worker.ts';
import type { ThreadStats } from './thread-stats.ts';
import type { UplinkCalls, UplinkMainCalls, UplinkOrder, UplinkReport } from './uplink-messages.ts';
import type { Spawn } from './watched-worker.ts';

export interface UplinkThreadOptions {
  readonly siteFile: Pick<SiteFile, 'uplinks'>;
  readonly site: string;
  /** Names the store: changes when the site starts from another one. */
  readonly epoch: string;
  /** A port of its own for each start of the thread: `StoreHost.connect`. */
  storePort(): MessagePort;
  readonly log: Log;
  /** Resolves `env:` and `file:` references of the site file. */
  secrets(reference: string): string | Promise<string>;
  onStatus(uplinks: readonly UplinkStatus[]): void;
  /** Events of the uplinks, already in the log. */
  onEvent(event: AnyEvent): void;
  onStats?(stats: ThreadStats): void;
  readonly clock?: Clock;
  readonly restart?: RestartPolicy;
  readonly spawn?: Spawn;
}

export interface UplinkHandle {
  /** As last told; while the thread is between two lives, what it knew, marked as down. */
  status(): readonly UplinkStatus[];
  restartCount(): number;
  /** Bounded: frames on their way are waited for no longer than two seconds. */
  stop(): Promise<void>;
}

/** An orderly stop takes two seconds for frames on their way and one for the marks. */
const STOP_MS_MAX = 5_000;

/**
 * Starts the uplink thread and keeps it running. The floor can do without it: its death loses nothing, because
 * what was not acknowledged is read from the log again. Without uplinks there is no thread.
 */
export async function startUplink(options: UplinkThreadOptions): Promise<UplinkHandle> {
  const { log } = options;
  const clock = options.clock ?? systemClock;
  let known: readonly UplinkStatus[] = [];
  if (options.siteFile.uplinks.length === 0) {
    return { status: () => known, restartCount: () => 0, stop: async () => {} };
  }
  const mainCalls: UplinkMainCalls = { secret: async (reference) => options.secrets(reference) };
  let caller = createCaller<UplinkCalls>(() => {});

  function hear(report: UplinkReport, post: (order: UplinkOrder) => void): void {
    switch (report.type) {
      case 'status':
        known = report.uplinks;
        options.onStatus(known);
        break;
      case 'event':
        options.onEvent(report.event);
        break;
      case 'log':
        log[report.line.level](report.line.fields, report.line.message);
        break;
      case 'stats':
        options.onStats?.(report.stats);
        break;
      case 'call':
        void answerCall(mainCalls, report, post);
        break;
      default:
        caller.take(report);
    }
  }

  const worker = keepWorker({
    name: 'uplink',
    entry: new URL('./uplink.ts', import.meta.url),
    clock,
    log,
    data: () => ({ site: options.site, epoch: options.epoch, uplinks: options.siteFile.uplinks }),
    ...(options.restart === undefined ? {} : { policy: options.restart }),
    ...(options.spawn === undefined ? {} : { spawn: options.spawn }),
    onStart(started) {
      const post = (order: UplinkOrder, transfer: MessagePort[] = []) => started.postMessage(order, transfer);
      caller = createCaller<UplinkCalls>(post);
      started.on('message', (report: UplinkReport) => hear(report, post));
      const port = options.storePort();
      post({ type: 'store', port }, [port]);
    },
    onDown({ reason }) {
      caller.end(reason);
      const since = new Date(clock.nowMs()).toISOString();
      const words = `the uplink thread ended: ${reason.split('\n')[0]}`;
      known = known.map((one) => ({ ...one, state: 'down', reason: words, since, drainSeconds: null }));
      options.onStatus(known);
    },
  });

  return {
    status: () => known,
    restartCount: worker.restartCount,
    stop: () =>
      worker.stop(async () => {
        let cancel = () => {};
        const bound = new Promise<void>((resolve) => {
          cancel = clock.after(STOP_MS_MAX, resolve);
        });
        const stopped = caller.call('stop').catch((error: unknown) => {
          log.warn({ err: error }, 'the uplink thread did not stop in order');
        });
        await Promise.race([stopped, bound]);
        cancel();
      }),
  };
}
