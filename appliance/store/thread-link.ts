import assert from 'node:assert/strict';
import { type MessagePort, parentPort, workerData } from 'node:worker_threads';
import type { HostNews, HostOrder } from './messages.ts';
import type { ThreadData } from './thread-data.ts';

/** A thread's view of its host: what it was given, and how they talk. */
export interface ThreadLink {
  readonly data: ThreadData;
  readonly port: MessagePort;
  tell(news: HostNews): void;
  onOrder(handle: (order: HostOrder) => void): void;
}

export function threadLink(): ThreadLink {
  const port = parentPort;
  assert(port !== null, 'this file is a thread of the store and is started by openStore');
  return {
    data: workerData as ThreadData,
    port,
    tell: (news) => port.postMessage(news),
    onOrder: (handle) => port.on('message', handle),
  };
}
