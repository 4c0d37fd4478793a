import { MessageChannel, type MessagePort, type Worker } from 'node:worker_threads';
import type { Clock } from '#contracts/clock.ts';
import type { BrowseEntry, Link } from '#contracts/devices.ts';
import type { Log } from '#contracts/log.ts';
import type { DeviceConfig } from '#contracts/site-devices.ts';
import type { TagSample } from '#contracts/tags.ts';
import type { FieldCalls, FloorThreadData, ThreadOrder, ThreadReport } from './messages.ts';
import { type Caller, createCaller } from './port-calls.ts';
import { keepWorker } from './restarting-worker.ts';
import type { Spawn } from './watched-worker.ts';

const FIELD_ENTRY = new URL('./field.ts', import.meta.url);
/** Time for the field thread to close its connections. */
const STOP_MS_MAX = 3_000;

export interface FieldLink {
  browse(device: string, address?: string): Promise<readonly BrowseEntry[]>;
  stop(): Promise<void>;
}

/** Keeps the field thread running and, across its restarts, connected to the gate. */
export function startField(options: {
  readonly devices: readonly DeviceConfig[];
  readonly data: Omit<FloorThreadData, 'beats'>;
  readonly clock: Clock;
  readonly log: Log;
  readonly spawn: Spawn | undefined;
  /** The safety thread's end of the way between the two. */
  connect(order: ThreadOrder, transfer: readonly MessagePort[]): void;
  report(report: ThreadReport, reply: (order: ThreadOrder) => void): void;
  onDown(end: { reason: string; silentMs: number | null }): void;
}): { ready: Promise<void>; link: FieldLink } {
  const { clock, log } = options;
  const ready = Promise.withResolvers<void>();
  let caller: Caller<FieldCalls> | null = null;

  const onStart = (worker: Worker): void => {
    const post = (order: ThreadOrder) => worker.postMessage(order);
    const calls = createCaller<FieldCalls>(post);
    caller = calls;
    worker.on('message', (report: ThreadReport) => {
      if (report.type === 'ready') ready.resolve();
      else if (report.type === 'answer' || report.type === 'fault') calls.take(report);
      else options.report(report, post);
    });
    const { port1, port2 } = new MessageChannel();
    worker.postMessage({ type: 'peer', port: port1 } satisfies ThreadOrder, [port1]);
    options.connect({ type: 'peer', port: port2 }, [port2]);
  };
  const keeper = keepWorker({
    name: 'field',
    entry: FIELD_ENTRY,
    clock,
    log,
    ...(options.spawn === undefined ? {} : { spawn: options.spawn }),
    data: () => options.data,
    onStart,
    onDown(end) {
      caller?.end(`the field thread ended: ${end.reason}`);
      caller = null;
      // A site whose field thread cannot start has to come up all the same.
      ready.resolve();
      options.onDown(end);
    },
  });
  return {
    ready: ready.promise,
    link: {
      async browse(device, address) {
        if (caller === null) throw new Error('the field thread is being restarted');
        return caller.call('browse', device, address);
      },
      stop: () =>
        keeper.stop(async () => {
          const late = Promise.withResolvers<void>();
          const cancel = clock.after(STOP_MS_MAX, late.resolve);
          await Promise.race([caller?.call('stop').catch(() => {}), late.promise]);
          cancel();
        }),
    },
  };
}

/** What is true of devices whose thread is gone: no link, and no value that may look fresh. */
export function lostDevices(
  devices: readonly DeviceConfig[],
  last: ReadonlyMap<string, TagSample>,
  reason: string,
  nowMs: number,
): { links: (readonly [string, Link])[]; samples: TagSample[] } {
  const ids = new Set(devices.map(({ id }) => id));
  const link: Link = { state: 'down', reason, sinceMs: nowMs, retryAtMs: nowMs };
  return {
    links: [...ids].map((id) => [id, link] as const),
    samples: [...last.values()]
      .filter(({ path }) => ids.has(path.slice(0, path.indexOf('/'))))
      .map((sample) => ({ ...sample, quality: { level: 'bad', reason }, sourceTimeMs: nowMs })),
  };
}
