import assert from 'node:assert/strict';
import { type MessagePort, parentPort, workerData } from 'node:worker_threads';
import { connectStore } from '../../appliance/store/index.ts';
import { testEvent } from './test-event.ts';

/** A thread that has the store over a port: commits so many events one by one, follows them, reads, lets go. */
const { port, count } = workerData as { port: MessagePort; count: number };
assert(parentPort !== null);
const store = connectStore(port);
const all = Promise.withResolvers<void>();
const followed: string[] = [];
const end = store.follow({ consumer: 'thread', batchCountMax: 10 }, async (records) => {
  const last = records.at(-1);
  assert(last !== undefined);
  await store.commit([{ op: 'mark', consumer: 'thread', offset: last.offset }]);
  followed.push(...records.map(({ event }) => event.subject));
  if (followed.length === count) all.resolve();
});
const offsets: number[] = [];
for (let index = 0; index < count; index += 1) {
  offsets.push(...(await store.commit([{ op: 'append', event: testEvent(String(index)) }])));
}
await all.promise;
await end();
const mark = await store.mark('thread');
await store.close();
parentPort.postMessage({ offsets, followed, mark });
