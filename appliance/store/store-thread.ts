import { once } from 'node:events';
import { type Transferable, Worker } from 'node:worker_threads';
import { ApplianceError } from '#contracts/errors.ts';
import type { Log } from '#contracts/log.ts';
import type { HostNews, HostOrder } from './messages.ts';
import type { ThreadData } from './thread-data.ts';
import { asError } from './wire-error.ts';

type NewsOf<N extends HostNews['news']> = Extract<HostNews, { news: N }>;

/** One thread of the store, as its host sees it. */
export interface StoreThread {
  order(order: HostOrder, transfer?: readonly Transferable[]): void;
  /** Resolves with the next news of that kind; rejects when the thread is unfit, breaks or ends before. */
  heard<N extends HostNews['news']>(news: N): Promise<NewsOf<N>>;
  /** Lets it end in its own time, and waits. */
  finish(): Promise<void>;
  /** Ends it at once. */
  stop(): Promise<void>;
}

export interface ThreadSurroundings {
  readonly name: string;
  readonly log: Log;
  onFatal(error: ApplianceError): void;
}

interface Listener {
  readonly news: string;
  resolve(news: HostNews): void;
  reject(error: Error): void;
}

export function startThread(
  entry: URL,
  data: ThreadData,
  { name, log, onFatal }: ThreadSurroundings,
): StoreThread {
  const worker = new Worker(entry, {
    name,
    workerData: data,
    transferList: data.errands === null ? [] : [data.errands],
    // The test runner's own loaders have no business in here.
    execArgv: [],
  });
  const listeners = new Set<Listener>();
  let isEnding = false;
  let hasEnded = false;

  const failListeners = (error: Error): void => {
    for (const listener of listeners) listener.reject(error);
    listeners.clear();
  };
  const die = (problem: string, cause?: unknown): void => {
    const error = new ApplianceError('STORE_BROKEN', { problem: `thread ${name}: ${problem}` }, { cause });
    failListeners(error);
    if (!isEnding) onFatal(error);
  };
  worker.on('message', (news: HostNews) => {
    if (news.news === 'log') return log[news.level](news.fields, news.message);
    if (news.news === 'fatal') return onFatal(asError(news.error));
    if (news.news === 'unfit') {
      // It has nothing left to do and ends by itself.
      isEnding = true;
      return failListeners(asError(news.error));
    }
    for (const listener of listeners) {
      if (listener.news !== news.news) continue;
      listeners.delete(listener);
      listener.resolve(news);
    }
  });
  worker.on('error', (error) => die(String(error), error));
  worker.on('exit', (code) => {
    hasEnded = true;
    die(`it ended with code ${code}`);
  });

  return {
    order: (order, transfer = []) => worker.postMessage(order, transfer),
    heard<N extends HostNews['news']>(news: N) {
      return new Promise<NewsOf<N>>((resolve, reject) => {
        // The listener is called with news of its own kind only.
        listeners.add({ news, resolve: (told) => resolve(told as NewsOf<N>), reject });
      });
    },
    async finish() {
      if (hasEnded) return;
      isEnding = true;
      const exit = once(worker, 'exit');
      worker.postMessage({ order: 'finish' } satisfies HostOrder);
      await exit;
    },
    async stop() {
      isEnding = true;
      await worker.terminate();
    },
  };
}
