import { type ChildProcess, fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { systemClock } from '#contracts/clock.ts';
import { tagChanged } from '#contracts/events/device.ts';
import { type AnyEvent, createEvent, lanes } from '#contracts/events/envelope.ts';
import { silentLog } from '#contracts/log.ts';
import { type Broker, startBroker } from '../../appliance/broker/index.ts';
import type { StoreHost } from '../../appliance/store/index.ts';
import { startUplink } from '../../appliance/threads/index.ts';

/** What else the process is busy with while the control loop is measured. */
export interface Load {
  /** Ends it and tells what it was. */
  stop(): Promise<Record<string, number>>;
}

const here = (name: string) => new URL(name, import.meta.url);
const USER = 'flood';
const PASSWORD = 'only on loopback';
const SITE = 'bench';
const TOKEN = 'token-of-the-bench-site';

/** Telemetry into the broker of this process, from another process. */
export async function startFlood(store: StoreHost, perSecond: number): Promise<Load> {
  let received = 0;
  const broker: Broker = await startBroker({
    config: {
      host: '127.0.0.1',
      port: 0,
      packetBytesMax: 1_048_576,
      clients: [
        {
          id: USER,
          publish: ['plant/#'],
          subscribe: [],
          queueBytesMax: 1_048_576,
          queuePolicy: 'drop-oldest',
        },
      ],
    },
    site: SITE,
    store,
    authenticate: async (user, password) => user === USER && password === PASSWORD,
    log: silentLog,
    clock: systemClock,
  });
  broker.subscribe('plant/#', () => {
    received += 1;
  });
  const port = broker.addresses.mqtt?.port;
  const options = JSON.stringify({ port, perSecond, connections: 4, user: USER, password: PASSWORD });
  const flood = fork(here('./flood.ts'), [options]);
  await once(flood, 'message');
  const startMs = performance.now();
  return {
    async stop() {
      const seconds = (performance.now() - startMs) / 1_000;
      const floodPerSecond = Math.round(received / seconds);
      await end(flood);
      await broker.close();
      return { floodPerSecond };
    },
  };
}

const BACKLOG = 150_000;
const PER_COMMIT = 1_000;

/** A backlog for the receiver; to be made before anything is measured. */
export async function fillBacklog(store: StoreHost): Promise<void> {
  for (let done = 0; done < BACKLOG; done += PER_COMMIT) await store.commit(appends(done));
}

/** The backlog leaves through the uplink thread to a receiver in another process, and new events keep coming. */
export async function startDrain(store: StoreHost, dir: string): Promise<Load> {
  const port = await freePort();
  const receiver = await startReceiver(dir, port);
  let backlog = BACKLOG;
  let appended = 0;
  let stopped = false;
  const uplink = await startUplink({
    siteFile: {
      uplinks: [
        {
          id: 'region',
          url: `http://127.0.0.1:${port}`,
          token: 'env:BENCH',
          lanes: [...lanes],
          classificationMax: 'internal',
          batchCountMax: 2_000,
          batchBytesMax: 4_194_304,
          retry: { firstMs: 20, maxMs: 100 },
          backlogBytesMax: 8_589_934_592,
        },
      ],
    },
    site: SITE,
    epoch: 'e',
    storePort: store.connect,
    log: silentLog,
    secrets: () => TOKEN,
    onStatus([status]) {
      backlog = status?.backlogCount ?? backlog;
    },
    onEvent: () => {},
  });
  const live = setInterval(() => {
    if (stopped) return;
    appended += PER_COMMIT;
    void store.commit(appends(appended));
  }, LIVE_INTERVAL_MS);
  return {
    async stop() {
      stopped = true;
      clearInterval(live);
      const drainedEvents = BACKLOG + appended - backlog;
      await uplink.stop();
      await end(receiver);
      return { drainedEvents, liveEvents: appended };
    },
  };
}
/** A thousand new events twice a second keep the drain running when the backlog is gone. */
const LIVE_INTERVAL_MS = 500;

const appends = (from: number) =>
  Array.from({ length: PER_COMMIT }, (_, index) => ({
    op: 'append' as const,
    event: benchEvent(from + index),
  }));

function benchEvent(index: number): AnyEvent {
  const context = {
    site: SITE,
    component: 'driver/conveyors',
    nowMs: 1_795_000_000_000 + index * 50,
    correlationId: `conveyors/${index % 97}`,
  };
  const path = `conveyors/speed-${index % 40}`;
  return createEvent(tagChanged, path, { path, value: (index % 1_000) / 10, quality: 'good' }, context);
}

async function startReceiver(dir: string, port: number): Promise<ChildProcess> {
  const tokenFile = join(dir, 'tokens.json');
  mkdirSync(dir, { recursive: true });
  writeFileSync(tokenFile, JSON.stringify({ sites: { [SITE]: TOKEN } }));
  const entry = here('../../sync/regional/main.ts').pathname;
  const args = [entry, '--port', String(port), '--data', join(dir, 'region'), '--token-file', tokenFile];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  await once(createInterface({ input: child.stdout }), 'line');
  return child;
}

export async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null) return;
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
