import type { MessagePort, Worker } from 'node:worker_threads';
import type { Interlock } from '#contracts/api.ts';
import { raise, waitForFlag } from '../../safety/index.ts';
import { EXIT_SAFETY_LOST, type FloorOptions } from './floor.ts';
import type { SafetyCalls, SafetyReport, SafetyThreadData, ThreadOrder, ThreadReport } from './messages.ts';
import { type Caller, createCaller } from './port-calls.ts';
import { spawnWorker, watchWorker } from './watched-worker.ts';

const SAFETY_ENTRY = new URL('./safety.ts', import.meta.url);
/** Without a beat of the safety thread for so long the process ends. */
const SAFETY_SILENCE_MS_MAX = 2_000;
/** How long the end of the process waits for the safe states when nobody asked for it. */
const LAST_WORDS_WAIT_MS = 2_000;

/** The main thread's end of the way to the safety thread. Once that is ready, the process ends with it. */
export interface SafetyLink {
  readonly ready: Promise<void>;
  readonly calls: Caller<SafetyCalls>;
  post(order: ThreadOrder, transfer?: readonly MessagePort[]): void;
  interlocks(): readonly Interlock[];
  /** It is wanted that the thread ends. */
  release(): void;
  terminate(): Promise<unknown>;
}

export function startSafety(
  options: FloorOptions,
  parts: {
    readonly data: SafetyThreadData;
    report(report: ThreadReport, reply: (order: ThreadOrder) => void): void;
  },
): SafetyLink {
  const { data } = parts;
  const ready = Promise.withResolvers<void>();
  let interlocks: readonly Interlock[] = [];
  let watching = false;

  /** The process ends and nobody asked us to stop: motion ends before it does, while this thread stands still. */
  const lastWords = (): void => {
    raise(data.beats, 'exitAsked');
    waitForFlag(data.beats, 'exitDone', LAST_WORDS_WAIT_MS);
  };
  const watched = watchWorker({
    name: 'safety',
    entry: SAFETY_ENTRY,
    data,
    silenceMsMax: SAFETY_SILENCE_MS_MAX,
    clock: options.clock,
    spawn: options.spawn ?? spawnWorker,
    onEnd({ reason, silentMs }) {
      process.off('exit', lastWords);
      if (watching) endProcess(options, reason, silentMs);
      else ready.reject(new Error(`the safety thread did not start: ${reason}`));
    },
  });
  const { worker } = watched;
  const post = (order: ThreadOrder, transfer: readonly MessagePort[] = []) =>
    worker.postMessage(order, [...transfer]);
  const calls = createCaller<SafetyCalls>(post);

  listen(worker, (report) => {
    switch (report.type) {
      case 'ready':
        watching = true;
        process.on('exit', lastWords);
        return ready.resolve();
      case 'answer':
      case 'fault':
        return void calls.take(report);
      case 'command':
        return options.onCommand(report.change);
      case 'safety':
        return options.onSafety(report.record);
      case 'interlocks':
        interlocks = report.list;
        return options.onInterlocks?.(report.list);
      default:
        return parts.report(report, post);
    }
  });

  return {
    ready: ready.promise,
    calls,
    post,
    interlocks: () => interlocks,
    release: watched.release,
    terminate() {
      process.off('exit', lastWords);
      return worker.terminate();
    },
  };
}

const listen = (worker: Worker, take: (report: SafetyReport) => void) => worker.on('message', take);

/** Without the safety thread nothing may go on: its heartbeats have stopped, and the service manager starts us anew. */
function endProcess(
  { log, clock, onSafety, onFatal }: FloorOptions,
  reason: string,
  silentMs: number | null,
): void {
  log.error({ reason }, 'the safety thread is lost; the process ends');
  try {
    if (silentMs !== null) {
      const data = { thread: 'safety', silentMs };
      onSafety({ kind: 'watchdog-expired', subject: 'safety', atMs: clock.nowMs(), data });
    }
    onFatal(reason);
  } finally {
    process.exit(EXIT_SAFETY_LOST);
  }
}
