import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { createInterface } from 'node:readline';
import { Client } from 'undici';
import { deviceLinkChanged, tagChanged } from '#contracts/events/device.ts';
import { type AnyEvent, createEvent, type Lane, lanes } from '#contracts/events/envelope.ts';
import { silentLog } from '#contracts/log.ts';
import type { UplinkConfig } from '#contracts/site-file.ts';
import { SYNC_CONTENT_TYPE, SYNC_FRAMES_PATH, SYNC_MARKS_PATH } from '#contracts/sync.ts';
import { openStore, type StoreHost } from '../appliance/store/index.ts';
import { startUplink } from '../appliance/threads/index.ts';
import { encodeFrame, eventLine, syncStoreModule } from '../sync/index.ts';
import type { BenchResult } from './result.ts';

const EVENTS = 200_000;
const BUDGET_PER_SECOND = 50_000;
const DELAY_MS_MAX = 10;
const BATCH_COUNT = 2_000;
const FRAMES_IN_FLIGHT = 4;
const LOOK_MS = 10;
const DRAIN_MS_MAX = 120_000;
const DELAY_RESOLUTION_MS = 1;
const SITE = 'bench';
const YARD = 'yard';
const TOKENS = { [SITE]: 'token-of-the-bench-site', [YARD]: 'token-of-the-yardstick' };
const receiverEntry = new URL('../sync/regional/main.ts', import.meta.url).pathname;

/**
 * A backlog of 200,000 events leaves the store of a site for the receiver, which runs in its own process. The
 * yardstick is the same events as ready-made frames, sent by a bare HTTP client to the same receiver: what the
 * receiver and the loopback carry when the site costs nothing.
 */
export async function run(): Promise<BenchResult> {
  const dir = mkdtempSync(join(tmpdir(), 'holdfast-drain-'));
  const store = await openStore({ dir: join(dir, 'site'), modules: [syncStoreModule], log: silentLog });
  const port = await freePort();
  try {
    await fill(store);
    const drained = await drain(store, dir, port);
    const yard = await yardstick(dir, await freePort());
    const holds = drained.perSecond >= BUDGET_PER_SECOND && drained.mainDelayMsP99 <= DELAY_MS_MAX;
    return {
      bench: 'drain',
      value: Math.round(drained.perSecond),
      unit: 'events/s',
      budget: BUDGET_PER_SECOND,
      holds,
      events: EVENTS,
      seconds: drained.seconds,
      mainDelayMsP99: drained.mainDelayMsP99,
      mainDelayMsMax: drained.mainDelayMsMax,
      mainDelayBudgetMs: DELAY_MS_MAX,
      yardstick: 'the same frames, ready-made, from a bare HTTP client into the same receiver',
      yardstickPerSecond: Math.round(yard),
      shareOfYardstick: Math.round((drained.perSecond / yard) * 100) / 100,
      cores: availableParallelism(),
    };
  } finally {
    await store.close();
    rmSync(dir, { recursive: true, force: true });
  }
}

async function drain(store: StoreHost, dir: string, port: number) {
  const uplinks = [uplinkTo(port)];
  let backlog = 0;
  const counted = Promise.withResolvers<void>();
  const uplink = await startUplink({
    siteFile: { uplinks },
    site: SITE,
    epoch: 'e',
    storePort: store.connect,
    log: silentLog,
    secrets: () => TOKENS[SITE] ?? '',
    onStatus([status]) {
      backlog = status?.backlogCount ?? 0;
      // Nobody listens yet: the whole backlog is waiting.
      if (backlog >= EVENTS) counted.resolve();
    },
    onEvent: () => {},
  });
  await counted.promise;
  const receiver = await startReceiver(dir, port);
  const delay = monitorEventLoopDelay({ resolution: DELAY_RESOLUTION_MS });
  const startedMs = performance.now();
  let endedMs = startedMs;
  try {
    delay.enable();
    await untilMarked(port, startedMs + DRAIN_MS_MAX);
    endedMs = performance.now();
  } finally {
    delay.disable();
    await uplink.stop();
    await stop(receiver);
  }
  const seconds = (endedMs - startedMs) / 1_000;
  return {
    seconds: Math.round(seconds * 1_000) / 1_000,
    perSecond: EVENTS / seconds,
    mainDelayMsP99: milliseconds(delay.percentile(99)),
    mainDelayMsMax: milliseconds(delay.max),
  };
}

/** The histogram holds intervals of its own timer; what is beyond its resolution is delay. */
const milliseconds = (nanoseconds: number): number =>
  Math.round(Math.max(0, nanoseconds / 1e6 - DELAY_RESOLUTION_MS) * 100) / 100;

const uplinkTo = (port: number): UplinkConfig => ({
  id: 'region',
  url: `http://127.0.0.1:${port}`,
  token: 'env:BENCH',
  lanes: [...lanes],
  classificationMax: 'internal',
  batchCountMax: BATCH_COUNT,
  batchBytesMax: 4_194_304,
  retry: { firstMs: 20, maxMs: 100 },
  backlogBytesMax: 8_589_934_592,
});

async function untilMarked(port: number, endsMs: number): Promise<void> {
  while ((await marked(port)) < EVENTS) {
    if (performance.now() > endsMs) throw new Error('the backlog was not drained in time');
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  }
}

async function marked(port: number): Promise<number> {
  const response = await fetch(`http://127.0.0.1:${port}${SYNC_MARKS_PATH}?site=${SITE}&epoch=e`, {
    headers: { authorization: `Bearer ${TOKENS[SITE]}` },
  });
  const { marks } = (await response.json()) as { marks: { sequence: number }[] };
  return marks.reduce((sum, { sequence }) => sum + sequence, 0);
}

async function yardstick(dir: string, port: number): Promise<number> {
  const frames: Buffer[] = [];
  const nextOf = new Map<Lane, { first: number; ndjson: string; count: number }>();
  const close = async (lane: Lane) => {
    const open = nextOf.get(lane);
    if (open === undefined || open.count === 0) return;
    const plan = { site: YARD, epoch: 'e', lane, firstSequence: open.first, ndjson: open.ndjson };
    frames.push(await encodeFrame({ ...plan, lastSequence: open.first + open.count - 1 }, 'zstd'));
    nextOf.set(lane, { first: open.first + open.count, ndjson: '', count: 0 });
  };
  for (let index = 0; index < EVENTS; index += 1) {
    const event = benchEvent(index);
    const open = nextOf.get(event.lane) ?? { first: 1, ndjson: '', count: 0 };
    nextOf.set(event.lane, open);
    open.ndjson += eventLine(open.first + open.count, JSON.stringify(event));
    open.count += 1;
    if (open.count === BATCH_COUNT) await close(event.lane);
  }
  for (const lane of lanes) await close(lane);
  const receiver = await startReceiver(join(dir, 'yard'), port);
  const client = new Client(`http://127.0.0.1:${port}`, { pipelining: FRAMES_IN_FLIGHT });
  const headers = { authorization: `Bearer ${TOKENS[YARD]}`, 'content-type': SYNC_CONTENT_TYPE };
  const startedMs = performance.now();
  const answers = frames.map(async (body) => {
    const answer = await client.request({
      method: 'POST',
      path: SYNC_FRAMES_PATH,
      headers,
      body,
      idempotent: true,
    });
    await answer.body.dump();
    if (answer.statusCode !== 200) throw new Error(`yardstick: the receiver answered ${answer.statusCode}`);
  });
  await Promise.all(answers);
  const seconds = (performance.now() - startedMs) / 1_000;
  await client.close();
  await stop(receiver);
  return EVENTS / seconds;
}

async function fill(store: StoreHost): Promise<void> {
  const perCommit = 1_000;
  for (let done = 0; done < EVENTS; done += perCommit) {
    const ops = Array.from({ length: perCommit }, (_, index) => ({
      op: 'append' as const,
      event: benchEvent(done + index),
    }));
    await store.commit(ops);
  }
}

/** Nine tag changes and one device event: about what a site that was offline has gathered. */
function benchEvent(index: number): AnyEvent {
  const nowMs = 1_795_000_000_000 + index * 50;
  const context = {
    site: SITE,
    component: 'driver/conveyors',
    nowMs,
    correlationId: `conveyors/${index % 97}`,
    traceparent: `00-${(index + 1).toString(16).padStart(32, '0')}-${(index + 1).toString(16).padStart(16, '0')}-01`,
  };
  if (index % 10 === 0) {
    const device = `amr-${index % 12}`;
    return createEvent(deviceLinkChanged, device, { device, state: 'up', reason: 'heard again' }, context);
  }
  const path = `conveyors/speed-${index % 40}`;
  const data = { path, value: (index % 1_000) / 10, quality: 'good' as const, unit: 'm/s' };
  return createEvent(tagChanged, path, data, context);
}

async function startReceiver(dir: string, port: number): Promise<ChildProcess> {
  const tokenFile = join(dir, 'tokens.json');
  const data = join(dir, 'region');
  mkdirSync(dir, { recursive: true });
  writeFileSync(tokenFile, JSON.stringify({ sites: TOKENS }));
  const args = [receiverEntry, '--port', String(port), '--data', data, '--token-file', tokenFile];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  await once(createInterface({ input: child.stdout }), 'line');
  return child;
}

async function stop(child: ChildProcess): Promise<void> {
  const ended = once(child, 'exit');
  child.kill('SIGTERM');
  await ended;
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}
