import { ApplianceError } from '#contracts/errors.ts';
import { type BuiltHouse, buildHouse, type HouseOptions } from './build-house.ts';
import { Connection } from './connection/connection.ts';
import type { Handler } from './handlers.ts';
import { type BrokerLimits, defaultLimits } from './limits.ts';
import { type BrokerAddresses, type Listeners, openListeners, type TlsMaterial } from './listeners.ts';
import { type BrokerStats, collectStats } from './stats.ts';
import { TokenBuckets } from './token-buckets.ts';
import { isTopicFilter, isTopicName, levelCount } from './wire/topics.ts';

export interface BrokerOptions extends Omit<HouseOptions, 'limits'> {
  /** Needed when the site file names a TLS port. */
  readonly tls?: TlsMaterial | undefined;
  readonly limits?: Partial<BrokerLimits>;
}

export interface PublishOptions {
  readonly qos?: 0 | 1 | 2;
  readonly retain?: boolean;
}

export interface Broker {
  readonly addresses: BrokerAddresses;
  /**
   * Publishes from inside; no grant is asked. At QoS 1 and 2 it resolves when the message is on disk for those
   * who are owed it; QoS 0 never waits.
   */
  publish(topic: string, payload: string | Uint8Array, options?: PublishOptions): Promise<void>;
  /**
   * Subscribes from inside. While the handler's promise is open, a QoS 1 or 2 message is not acknowledged; when
   * it rejects, the sender is disconnected and repeats. The returned function ends the subscription.
   */
  subscribe(filter: string, handler: Handler): () => void;
  stats(): BrokerStats;
  /** The certificate was renewed: new TLS connections get this one. */
  setTls(tls: TlsMaterial): void;
  /** Ends the connection of a client; its will goes out. False when it is not connected. */
  disconnect(clientId: string): boolean;
  /**
   * The password of a user no longer holds: its connections end at once, with their wills. When it was removed,
   * its stored sessions and their queues go too; with a new one its clients come back to them. Resolves when that
   * is on disk.
   */
  revoke(user: string, why: 'replaced' | 'removed'): Promise<void>;
  /** Ends all connections and resolves when all that was taken is on disk. */
  close(): Promise<void>;
}

/** Starts the broker: what is stored and the wills of the last process first, then the listeners. */
export async function startBroker(options: BrokerOptions): Promise<Broker> {
  const { config, clock } = options;
  const limits = { ...defaultLimits, ...options.limits };
  const log = options.log.child({ component: 'broker' });
  const built = await buildHouse({ ...options, log, limits });
  await built.wills.publishOpen();
  const newcomers = new TokenBuckets(clock, {
    burst: limits.connectBurst,
    perSecond: limits.connectsPerSecond,
    keysMax: limits.addressesMax,
  });
  try {
    const listeners = await openListeners(config, options.tls, {
      socketsMax: limits.clientsMax + limits.handshakesMax,
      log,
      admit: (address) => newcomers.take(address),
      onSocket: (socket) => new Connection(built.house, socket),
    });
    log.info({ ...listeners.addresses }, 'the broker listens');
    return openBroker(built, listeners);
  } catch (error) {
    await shutDown(built);
    throw error;
  }
}

function openBroker(built: BuiltHouse, listeners: Listeners): Broker {
  const { house, retained, own } = built;
  let closing: Promise<void> | null = null;
  return {
    addresses: listeners.addresses,
    async publish(topic, payload, { qos = 0, retain = false } = {}) {
      if (closing !== null) throw new ApplianceError('MQTT_CLOSED');
      assertTopic(topic, isTopicName(topic), 'topic name', house.limits.topicLevelsMax);
      const bytes = typeof payload === 'string' ? Buffer.from(payload) : payload;
      const message = { topic, payload: bytes, qos, retain };
      if (qos > 0) return own.admit(message);
      house.handlers.tell(message, null);
      house.router.routeQos0(message);
    },
    subscribe(filter, handler) {
      assertTopic(filter, isTopicFilter(filter), 'topic filter', house.limits.topicLevelsMax);
      return house.handlers.add(filter, handler);
    },
    stats: () => collectStats(house, retained),
    setTls: (tls) => listeners.setTls(tls),
    disconnect(clientId) {
      const connection = house.connections.get(clientId);
      connection?.close('disconnected by the appliance');
      return connection !== undefined;
    },
    async revoke(user, why) {
      // Also those that are still being let in, by the password that was right a moment ago.
      for (const connection of [...house.sockets]) {
        if (connection.user === user) connection.close(`the password of its user was ${why}`);
      }
      if (why === 'removed') await house.sessions.forget(user);
    },
    close() {
      closing ??= closeAll(built, listeners.close);
      return closing;
    },
  };
}

function assertTopic(topic: string, valid: boolean, what: string, levelsMax: number): void {
  if (!valid || levelCount(topic) > levelsMax || Buffer.byteLength(topic) > 65_535) {
    throw new ApplianceError('MQTT_TOPIC_INVALID', { topic, what });
  }
}

async function closeAll(built: BuiltHouse, closeListeners: () => Promise<void>): Promise<void> {
  const closed = closeListeners();
  for (const connection of [...built.house.sockets]) connection.close('the broker stops');
  await closed;
  await shutDown(built);
}

/** Wills of the connections that were cut go out before the last commit. */
async function shutDown({ house, retained, wills }: BuiltHouse): Promise<void> {
  await new Promise<void>((done) => house.aedes.close(() => done()));
  await wills.idle();
  house.auditor.close();
  await retained.flush();
  await house.committer.idle();
}
