import { Readable } from 'node:stream';
import { Aedes, type Client, type PublishPacket } from 'aedes';
import type { AedesPacket } from '../persistence/aedes-packet.ts';
import { type PersistenceParts, StorePersistence } from '../persistence/persistence.ts';
import type { SubscriptionRecord } from '../persistence/subscriptions.ts';
import { ControlPipe } from './control-pipe.ts';

// aedes repeats heartbeats to other brokers of a cluster; there is none. It waits four times this for wills of
// dead brokers, which must stay below the longest timer of Node, 2^31 ms.
const HEARTBEAT_MS = 500_000_000;

declare module 'aedes' {
  interface Aedes {
    /** Not in its types as of 1.2; the last step of CONNECT before CONNACK. */
    registerClient(client: Client): void;
  }
}

/** What aedes calls a finished message with. */
type Done = (error?: Error | null) => void;

/** Wills are the only messages that come through aedes. */
export type OnWill = (clientId: string, will: AedesPacket) => void;

/**
 * aedes keeps the life of a connection: CONNECT, session restore, SUBSCRIBE, UNSUBSCRIBE, takeover, DISCONNECT
 * and wills. Messages go past it, because as of 1.2 it
 * - writes PUBACK before it stores (handlers/publish.js), and stores a QoS 2 identifier and its message apart;
 * - drops a message that overtakes another as a duplicate (lib/client.js `dedupe`), which with a store that
 *   answers later happens to every mix of QoS 0 and 1;
 * - lets one reader that stops hold a place of the emitter until all are taken (`drainTimeout`);
 * - sends at the publisher's QoS to wildcard subscriptions, and without a window.
 */
export class SiteAedes extends Aedes {
  readonly #onWill: OnWill;

  constructor(persistence: ControlPersistence, onWill: OnWill) {
    super({
      persistence,
      heartbeatInterval: HEARTBEAT_MS,
      // Both are ours: aedes gets to see a connection with its CONNECT, and one packet at a time.
      connectTimeout: HEARTBEAT_MS,
      drainTimeout: 0,
      preConnect: (client, packet, done) => {
        const pipe = client.conn;
        if (pipe instanceof ControlPipe) Object.assign(packet, { clientId: pipe.clientId, keepalive: 0 });
        done(null, true);
      },
      authenticate: (_client, _user, _password, done) => done(null, true),
      authorizePublish: (_client, _packet, done) => done(null),
    });
    this.#onWill = onWill;
    this.on('clientReady', ({ conn }) => {
      if (conn instanceof ControlPipe) conn.onReady();
    });
  }

  // Our own routing needs no emitter: subscriptions are read from the persistence.
  override subscribe(_topic: string, _deliver: unknown, done: () => void): void {
    done();
  }

  override unsubscribe(_topic: string, _deliver: unknown, done?: () => void): void {
    done?.();
  }

  /**
   * A connection may be overtaken while aedes waits for the disk on its behalf; aedes would go on, register it
   * and thereby end the connection that overtook it [MQTT-3.1.4-2].
   */
  override registerClient(client: Client): void {
    if (!isGone(client)) super.registerClient(client);
  }

  /**
   * aedes publishes notes to itself, which go nowhere, and wills, which come with their client. `done` is not
   * called for a will: aedes would delete the row of the same client's next connection; ours goes in the
   * transaction that takes the will.
   */
  override publish(packet: PublishPacket, ...rest: unknown[]): void {
    const [client, done] = rest.length > 1 ? rest : [null, rest[0]];
    if (isClient(client)) {
      this.#onWill(client.id, packet);
      return;
    }
    if (isDone(done)) done(null);
  }
}

const isGone = ({ closed, conn }: Client): boolean => closed || conn.destroyed;
const isClient = (value: unknown): value is Client =>
  typeof value === 'object' && value !== null && 'id' in value && 'conn' in value;
const isDone = (value: unknown): value is Done => typeof value === 'function';

/** The persistence as aedes is to see it: queues and retained messages are sent by us, not by it. */
export class ControlPersistence extends StorePersistence {
  readonly #isClean: (clientId: string) => boolean;
  readonly #adding = new WeakMap<readonly SubscriptionRecord[], Promise<void>>();

  constructor(parts: PersistenceParts, isClean: (clientId: string) => boolean) {
    super(parts);
    this.#isClean = isClean;
  }

  // aedes calls this once per filter, each time with all filters of the packet.
  override addSubscriptions(client: { id: string }, records: readonly SubscriptionRecord[]): Promise<void> {
    const known = this.#adding.get(records);
    if (known !== undefined) return known;
    const added = super.addSubscriptions(client, records);
    this.#adding.set(records, added);
    return added;
  }

  override outgoingStream(): Readable {
    return Readable.from([]);
  }

  override createRetainedStreamCombi(): Readable {
    return Readable.from([]);
  }

  // Wills of an earlier process are published at start.
  override streamWill(): Readable {
    return Readable.from([]);
  }

  // [MQTT-3.1.2-6] All of an earlier session went when this one was opened; a clean one stores nothing.
  override async cleanSubscriptions(client: { id: string }): Promise<void> {
    if (!this.#isClean(client.id)) await super.cleanSubscriptions(client);
  }

  override async cleanIncoming(client: { id: string }): Promise<void> {
    if (!this.#isClean(client.id)) await super.cleanIncoming(client);
  }

  // The will of a connection that is gone has been published; its row would be published again at the next start.
  override async putWill(...[client, will]: Parameters<StorePersistence['putWill']>): Promise<void> {
    if (!(isClient(client) && isGone(client))) await super.putWill(client, will);
  }

  // aedes waits for this with `finally` and catches nothing; putWill, which follows, overwrites the row.
  override async delWill(client: { id: string }): ReturnType<StorePersistence['delWill']> {
    return super.delWill(client).catch(() => undefined);
  }
}
