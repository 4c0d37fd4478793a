import { once } from 'node:events';
import { type MessagePort, parentPort, workerData } from 'node:worker_threads';
import { BEAT_INTERVAL_MS, beat } from '../../safety/index.ts';
import { startSync } from '../../sync/index.ts';
import { connectStore } from '../store/index.ts';
import { every } from './every.ts';
import { answerCall, createCaller } from './port-calls.ts';

import { threadClock } from './thread-clock.ts';
import { createThreadLog } from './thread-log.ts';
import { createDelayMeter, STATS_INTERVAL_MS } from './thread-stats.ts';
import type {
  UplinkCalls,
  UplinkMainCalls,
  UplinkOrder,
  UplinkReport,
  UplinkThreadData,
} from './uplink-messages.ts';
import { yieldPriority } from './yield-priority.ts';

/** Entry of the uplink thread: sealing, compression and the sockets to the region, away from the floor. */
if (parentPort === null) throw new Error('uplink.ts runs as a worker thread only');
const port: MessagePort = parentPort;
const post = (report: UplinkReport) => port.postMessage(report);
const data = workerData as UplinkThreadData;
const clock = threadClock;
const log = createThreadLog((line) => post({ type: 'log', line }), clock.monotonicMs).child({
  thread: 'uplink',
});
yieldPriority(log);

beat(data.beats, 'worker');
const meter = createDelayMeter('uplink');
const ends = [
  every(clock, BEAT_INTERVAL_MS, () => beat(data.beats, 'worker')),
  every(clock, STATS_INTERVAL_MS, () => post({ type: 'stats', stats: meter.take() })),
];

const [first] = (await once(port, 'message')) as [UplinkOrder];
if (first.type !== 'store') throw new Error('the first order must bring the store');
const store = connectStore(first.port, { clock });
const main = createCaller<UplinkMainCalls>(post);

const sync = startSync({
  site: data.site,
  epoch: data.epoch,
  uplinks: data.uplinks,
  store,
  clock,
  random: Math.random,
  log,
  secrets: (reference) => main.call('secret', reference),
  onStatus: (uplinks) => post({ type: 'status', uplinks }),
  onEvent: (event) => post({ type: 'event', event }),
  onCrash(error) {
    // Out of every promise chain, so that it ends this thread; the main thread starts the next one.
    setImmediate(() => {
      throw error;
    });
  },
});

const methods: UplinkCalls = {
  async stop() {
    await (await sync).stop();
    await store.close();
    for (const end of ends) end();
    meter.stop();
    setImmediate(() => port.close());
  },
};

port.on('message', (order: UplinkOrder) => {
  if (order.type === 'call') void answerCall(methods, order, post);
  else if (order.type !== 'store') main.take(order);
});
await sync;
