import { type MessagePort, parentPort, workerData } from 'node:worker_threads';
import { uuidv7 } from '#contracts/ids.ts';
import {
  createGate,
  firstPulse,
  gateTargets,
  MAIN_INTERLOCK_ID,
  nextPulse,
  type Pulse,
  raise,
  readBeat,
  startHeartbeats,
} from '../../safety/index.ts';
import { every } from './every.ts';
import { openLatchFile } from './latch-file.ts';
import type { PeerCalls, SafetyCalls, SafetyReport, SafetyThreadData, ThreadOrder } from './messages.ts';
import { answerCall, type Caller, type CallMessage, createCaller } from './port-calls.ts';
import { raisePriority } from './priority.ts';
import { threadClock } from './thread-clock.ts';
import { startThreadRuntime } from './thread-runtime.ts';

/** How often values are looked at for their age, main for its beat, and the end of the process for its flag. */
const TICK_MS = 20;
/** Time for safe states when the process ends without having been asked to. */
const LAST_WORDS_MS = 1_200;

/** Entry of the safety thread: gate, interlocks, heartbeats, and the connections they need. */
if (parentPort === null) throw new Error('safety.ts runs as a worker thread only');
const port: MessagePort = parentPort;
const data = workerData as SafetyThreadData;
const { beats, config } = data;
const post = (report: SafetyReport) => port.postMessage(report);

// Samples reach the gate before they leave for anybody else: sensor, rule and actuator share one turn of the loop.
const runtime = startThreadRuntime('safety', data, port, {
  onTags: (samples) => gate.samples(samples),
  onLink: (device, link) => gate.link(device, link),
  onRobot: (state) => gate.robot(state),
});
const { host, feed, log } = runtime;
let field: Caller<PeerCalls> | null = null;

const elsewhere = (): Caller<PeerCalls> => {
  if (field === null) throw new Error('the field thread is not there');
  return field;
};
const targets = gateTargets(data.allDevices);
const manual = config.interlocks.filter(({ reset }) => reset === 'manual').map(({ id }) => id);
// Kept by this thread: a main thread that hangs must not take with it that somebody pressed an e-stop.
const latchFile = openLatchFile({
  dataDir: data.dataDir,
  manualInterlocks: [...manual, MAIN_INTERLOCK_ID],
  lines: targets.flatMap(({ id, kind }) => (kind === 'Conveyor' ? [id] : [])),
  clock: threadClock,
  log,
});
const gate = createGate({
  config,
  targets,
  devices: {
    execute: (call) => (host.owns(call.target) ? host.execute(call) : elsewhere().call('execute', call)),
    reconcile: (call) =>
      host.owns(call.target) ? host.reconcile(call) : elsewhere().call('reconcile', call),
    links: () => host.links(),
  },
  latch: latchFile.read(),
  epochs: data.epochs,
  clock: threadClock,
  log,
  newId: () => uuidv7(threadClock.nowMs()),
  onCommand: (change) => post({ type: 'command', change }),
  onSafety: (record) => post({ type: 'safety', record }),
  onInterlocks: (list) => post({ type: 'interlocks', list }),
  onLatch: latchFile.keep,
});

let pulse: Pulse | null = null;
let ending = false;
const beginHeartbeats = () =>
  startHeartbeats({
    config: config.heartbeats,
    typeOf: (path) =>
      data.devices.flatMap(({ id, tags }) => tags.filter(({ name }) => `${id}/${name}` === path))[0]?.type,
    write: (path, value) => host.write(path, value),
    vouches: () => !ending && pulse?.state === 'alive',
    clock: threadClock,
    log,
  });

let heartbeats: { stop(): void } | null = null;

const watchMain = (): void => {
  if (pulse === null) return;
  const look = { beat: readBeat(beats, 'main'), nowMs: threadClock.monotonicMs() };
  pulse = nextPulse(pulse, look, config.mainSilenceMsMax);
  gate.main(pulse.state === 'alive' ? { alive: true } : { alive: false, silentMs: pulse.silentMs });
};

const keepLatch = (): Promise<void> => {
  latchFile.keep(gate.latch());
  return latchFile.flush();
};

/** The order itself is a sign of life: a command that follows it finds the interlock met. */
const beginWatch = (): void => {
  pulse = firstPulse(readBeat(beats, 'main'), threadClock.monotonicMs());
  watchMain();
};

/** The process ends and main is waiting for us with its loop stopped: rest first, words later. */
const lastWords = async (): Promise<void> => {
  ending = true;
  heartbeats?.stop();
  await gate.shutdown('the process is ending', LAST_WORDS_MS);
  await keepLatch();
  raise(beats, 'exitDone');
};

const endTicks = every(threadClock, TICK_MS, () => {
  gate.tick();
  watchMain();
  if (!ending && readBeat(beats, 'exitAsked') !== 0) void lastWords();
});

const methods: SafetyCalls = {
  submit: (command, transit) => gate.submit(command, transit),
  reconcile: (command) => gate.reconcile(command),
  reset: (id, by) => gate.reset(id, by),
  browse: (device, address) => host.browse(device, address),
  async stop(reason, withinMs) {
    ending = true;
    const verified = await gate.shutdown(reason, withinMs);
    await keepLatch();
    // Whoever loses patience and ends the process meanwhile waits for this and no longer.
    raise(beats, 'exitDone');
    endTicks();
    heartbeats?.stop();
    gate.close();
    await runtime.close();
    setImmediate(() => port.close());
    return verified;
  },
};

port.on('message', (order: ThreadOrder) => {
  if (order.type === 'call') void answerCall(methods, order, post);
  else if (order.type === 'taken') feed.taken();
  else if (order.type === 'watch') beginWatch();
  else if (order.type === 'peer') connectField(order.port);
});

function connectField(peer: MessagePort): void {
  field?.end('the field thread was restarted');
  const caller = createCaller<PeerCalls>((message) => peer.postMessage(message));
  field = caller;
  peer.on('message', (message: CallMessage) => caller.take(message));
  peer.on('close', () => caller.end('the field thread ended'));
  peer.unref();
}

raisePriority(log);
await host.start();
heartbeats = beginHeartbeats();
post({ type: 'interlocks', list: gate.interlocks() });
post({ type: 'ready' });
