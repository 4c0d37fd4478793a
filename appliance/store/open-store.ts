import { MessageChannel, type MessagePort } from 'node:worker_threads';
import { type Clock, systemClock } from '#contracts/clock.ts';
import type { ApplianceError } from '#contracts/errors.ts';
import type { Log } from '#contracts/log.ts';
import type { ChainCheck, SelfCheck, StoreModule, StoreStats } from '#contracts/store.ts';
import { connectStore, type StoreClient } from './client/connect-store.ts';
import type { RingLimits } from './history/ring.ts';
import {
  DISK_CRITICAL_BYTES,
  DISK_LOW_BYTES,
  DISK_RESERVE_BYTES,
  HISTORY_AGE_MS_MAX,
  HISTORY_BYTES_MAX,
} from './limits.ts';
import type { FromWriter } from './messages.ts';
import { statsBoard } from './stats-board.ts';
import { type StoreThread, startThread } from './store-thread.ts';
import type { ThreadData } from './thread-data.ts';
import type { DiskMarks } from './writer/disk-state.ts';

export interface StoreOptions {
  /** Folder of site.db and history.db; made when it is not there. */
  readonly dir: string;
  readonly modules: readonly StoreModule[];
  readonly log: Log;
  readonly clock?: Clock;
  /** Where the process dies, for tests: see crash-points.ts. */
  readonly crashPoint?: string;
  readonly disk?: Partial<DiskMarks & { reserveBytes: number }>;
  readonly history?: Partial<RingLimits>;
  /**
   * While it says so, every commit of this client may use the reserve: a site has to come up on a full disk, for
   * people to see that it is full and what it still does.
   */
  readonly isStarting?: () => boolean;
  /**
   * The file or the disk cannot be trusted any more (a flush failed, a page is damaged, a thread died). The
   * process must end and start again, after it has brought the floor to its safe states. Without a handler
   * the error is thrown, and nothing catches it.
   */
  readonly onFatal?: (error: ApplianceError) => void;
}

export interface StoreHost extends StoreClient {
  /** A port for one more client; send it to its thread and call `connectStore` there. */
  connect(): MessagePort;
  stats(): StoreStats;
  readonly selfCheck: SelfCheck;
  /** Walks the whole chain of hashes beside the running work. One walk at a time. */
  verify(): Promise<ChainCheck>;
  /** Writes what was committed, marks the stop as clean, ends the threads. */
  close(): Promise<void>;
}

/**
 * Opens the store of a site and starts its threads: the writer, the reader and the keeper.
 *
 * Errors: STORE_UNFIT, with what is wrong with folder, disk or file, and what to do.
 */
export async function openStore(options: StoreOptions): Promise<StoreHost> {
  const { log, clock = systemClock } = options;
  const board = statsBoard();
  let state: 'open' | 'broken' | 'closed' = 'open';
  const onFatal = (error: ApplianceError): void => {
    if (state !== 'open') return;
    state = 'broken';
    log.error({ code: error.code }, error.message);
    if (options.onFatal === undefined) throw error;
    options.onFatal(error);
  };
  const threads = startThreads(threadData(options, board.memory), log, onFatal);
  const { writer, reader, keeper, all } = threads;
  const stopAll = () => Promise.all(all.map((thread) => thread.stop()));
  const selfCheck = await openThreads(threads).catch(async (error: unknown) => {
    state = 'closed';
    await stopAll();
    throw error;
  });
  for (const { check, level, words } of selfCheck.findings) {
    log[level === 'warn' ? 'warn' : 'debug']({ check }, words);
  }
  const connect = connector(threads);
  const own = connectStore(connect(), { clock });

  return {
    ...own,
    commit: (ops, commitOptions = {}) =>
      own.commit(ops, options.isStarting?.() ? { ...commitOptions, reserve: true } : commitOptions),
    connect,
    stats: () => board.read(),
    selfCheck,
    async verify() {
      keeper.order({ order: 'verify' });
      return (await keeper.heard('verified')).check;
    },
    async close() {
      if (state === 'broken') await stopAll();
      if (state !== 'open') return;
      state = 'closed';
      await own.close();
      writer.order({ order: 'drain' });
      await writer.heard('drained');
      await Promise.all([reader.finish(), keeper.finish()]);
      await writer.finish();
    },
  };
}

interface StoreThreads {
  readonly writer: StoreThread;
  readonly reader: StoreThread;
  readonly keeper: StoreThread;
  readonly all: readonly StoreThread[];
}

function startThreads(
  data: Omit<ThreadData, 'errands'>,
  log: Log,
  onFatal: (error: ApplianceError) => void,
): StoreThreads {
  const errands = new MessageChannel();
  const start = (file: string, end: MessagePort | null, name: string): StoreThread =>
    startThread(new URL(file, import.meta.url), { ...data, errands: end }, { name, log, onFatal });
  const writer = start('./writer/writer-thread.ts', errands.port1, 'store');
  const keeper = start('./keeper/keeper-thread.ts', errands.port2, 'store-keeper');
  const reader = start('./reader/reader-thread.ts', null, 'store-reader');
  return { writer, reader, keeper, all: [writer, reader, keeper] };
}

async function openThreads({ writer, reader, keeper }: StoreThreads): Promise<SelfCheck> {
  const { selfCheck, isCheckNeeded } = await writer.heard('ready');
  reader.order({ order: 'open', isCheckNeeded: false });
  keeper.order({ order: 'open', isCheckNeeded });
  await Promise.all([reader.heard('opened'), keeper.heard('opened')]);
  return selfCheck;
}

/** Makes ports for clients. The first message on one brings its port to the reader: one is all that is handed on. */
function connector({ writer, reader }: StoreThreads): () => MessagePort {
  return () => {
    const toWriter = new MessageChannel();
    const toReader = new MessageChannel();
    const hello: FromWriter = { kind: 'hello', reader: toReader.port1 };
    toWriter.port2.postMessage(hello, [toReader.port1]);
    writer.order({ order: 'connect', port: toWriter.port2 }, [toWriter.port2]);
    reader.order({ order: 'connect', port: toReader.port2 }, [toReader.port2]);
    return toWriter.port1;
  };
}

const threadData = (options: StoreOptions, statsMemory: SharedArrayBuffer): Omit<ThreadData, 'errands'> => ({
  dir: options.dir,
  modules: options.modules,
  diskMarks: {
    lowBytes: options.disk?.lowBytes ?? DISK_LOW_BYTES,
    criticalBytes: options.disk?.criticalBytes ?? DISK_CRITICAL_BYTES,
  },
  reserveBytes: options.disk?.reserveBytes ?? DISK_RESERVE_BYTES,
  history: {
    bytesMax: options.history?.bytesMax ?? HISTORY_BYTES_MAX,
    ageMsMax: options.history?.ageMsMax ?? HISTORY_AGE_MS_MAX,
  },
  crashPoint: options.crashPoint,
  statsMemory,
});
