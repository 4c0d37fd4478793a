import { type MessagePort, parentPort, workerData } from 'node:worker_threads';
import type { FieldCalls, FloorThreadData, PeerCalls, ThreadOrder, ThreadReport } from './messages.ts';
import { answerCall, type CallMessage } from './port-calls.ts';
import { startThreadRuntime } from './thread-runtime.ts';

/** Entry of the field thread: the connections of devices that no rule of safety touches. */
if (parentPort === null) throw new Error('field.ts runs as a worker thread only');
const port: MessagePort = parentPort;
const post = (report: ThreadReport) => port.postMessage(report);
const runtime = startThreadRuntime('field', workerData as FloorThreadData, port);
const { host, feed } = runtime;

const methods: FieldCalls = {
  browse: (device, address) => host.browse(device, address),
  async stop() {
    await runtime.close();
    setImmediate(() => port.close());
  },
};

/** The gate's own way in: the main thread has no method here that could move anything. */
const peerMethods: PeerCalls = {
  execute: (call) => host.execute(call),
  reconcile: (call) => host.reconcile(call),
};

port.on('message', (order: ThreadOrder) => {
  if (order.type === 'call') void answerCall(methods, order, post);
  else if (order.type === 'taken') feed.taken();
  else if (order.type === 'peer') serve(order.port);
});

function serve(peer: MessagePort): void {
  peer.on('message', (message: CallMessage) => {
    if (message.type === 'call') void answerCall(peerMethods, message, (answer) => peer.postMessage(answer));
  });
  peer.unref();
}

await host.start();
post({ type: 'ready' });
