import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import mqtt, { type IClientOptions, type MqttClient } from 'mqtt';
import { onTestFinished } from 'vitest';
import { type Clock, systemClock } from '#contracts/clock.ts';
import { type Log, silentLog } from '#contracts/log.ts';
import type { SiteFile } from '#contracts/site-file.ts';
import {
  type Broker,
  type BrokerLimits,
  brokerStoreModule,
  startBroker,
  type TlsMaterial,
} from '../../appliance/broker/index.ts';
import { openStore, type StoreHost } from '../../appliance/store/index.ts';
import { mqttConfig, passwordOf, SITE } from './config.ts';

type Later = (work: () => Promise<void> | void) => void;

export function folder(later: Later = onTestFinished): string {
  const dir = mkdtempSync(join(tmpdir(), 'holdfast-broker-'));
  later(() => rmSync(dir, { recursive: true, force: true }));
  return dir;
}

export interface SiteOptions {
  readonly dir?: string;
  readonly config?: Partial<SiteFile['mqtt']>;
  readonly limits?: Partial<BrokerLimits>;
  readonly clock?: Clock;
  readonly log?: Log;
  readonly tls?: TlsMaterial;
  /** When it ends; with the test unless told otherwise. */
  readonly later?: Later;
}

export interface TestSite {
  readonly dir: string;
  readonly broker: Broker;
  readonly store: StoreHost;
  readonly port: number;
  /** A client of the mqtt package; ends with the test. Resolves after CONNACK. */
  connect(user: string, options?: IClientOptions): Promise<MqttClient>;
  stop(): Promise<void>;
  /** Stops all in order and starts again on the same folder. */
  restart(): Promise<TestSite>;
}

/** A store on disk and a broker on free ports; both end with the test. */
export async function startSite(options: SiteOptions = {}): Promise<TestSite> {
  const later = options.later ?? onTestFinished;
  const dir = options.dir ?? folder(later);
  const clock = options.clock ?? systemClock;
  const log = options.log ?? silentLog;
  const store = await openStore({ dir, modules: [brokerStoreModule], log: silentLog });
  later(() => store.close());
  const clients: MqttClient[] = [];
  const broker = await startBroker({
    config: mqttConfig(options.config),
    site: SITE,
    store,
    authenticate: async (user, password) => password === passwordOf(user),
    log,
    clock,
    tls: options.tls,
    limits: options.limits ?? {},
  });
  let stopped: Promise<void> | null = null;
  const stop = () => {
    stopped ??= (async () => {
      for (const one of clients) one.end(true);
      await broker.close();
      await store.close();
    })();
    return stopped;
  };
  later(stop);
  const port = broker.addresses.mqtt?.port ?? 0;
  return {
    dir,
    broker,
    store,
    port,
    async connect(user, more = {}) {
      const one = await connectMqtt(port, user, more);
      clients.push(one);
      return one;
    },
    stop,
    async restart() {
      await stop();
      return startSite({ ...options, dir });
    },
  };
}

/** Rejects with the return code when the broker refuses. */
export function connectMqtt(port: number, user: string, options: IClientOptions = {}): Promise<MqttClient> {
  return mqtt.connectAsync(
    `mqtt://127.0.0.1:${port}`,
    {
      protocolVersion: 4,
      username: user,
      password: passwordOf(user),
      clientId: user,
      reconnectPeriod: 0,
      connectTimeout: 10_000,
      ...options,
    },
    false,
  );
}

export interface Received {
  readonly topic: string;
  readonly text: string;
  readonly qos: number;
  readonly retain: boolean;
  readonly dup: boolean;
}

/** Collects what a client receives; `take` waits until so many have come. */
export function inbox(from: MqttClient): { take(count: number): Promise<Received[]>; all(): Received[] } {
  const got: Received[] = [];
  let wake: () => void = () => {};
  from.on('message', (topic, payload, { qos, retain, dup }) => {
    got.push({ topic, text: payload.toString(), qos, retain, dup });
    wake();
  });
  return {
    all: () => got,
    async take(count) {
      while (got.length < count) {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
      return got.slice(0, count);
    },
  };
}
