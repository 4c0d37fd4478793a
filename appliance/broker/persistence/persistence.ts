import { Readable } from 'node:stream';
import type { SqlRow, Store, StoreOp } from '#contracts/store.ts';
import type { AedesBroker, AedesClientRef, AedesOwed, AedesPacket } from './aedes-packet.ts';
import type { Committer } from './committer.ts';
import type { QueueIndex } from './queue-index.ts';
import type { Retained } from './retained.ts';
import { deleteIncoming, deleteOutgoing, deleteWill, owedBytes, putIncoming, putOutgoing } from './rows.ts';
import { putSubscription, type SubscriptionRecord, type Subscriptions } from './subscriptions.ts';

// Rows of a queue that are in memory at a time while it is streamed.
const STREAM_COUNT_MAX = 128;

export interface PersistenceParts {
  readonly store: Store;
  readonly committer: Committer;
  readonly retained: Retained;
  readonly subscriptions: Subscriptions;
  /** Index of a client's queue. */
  readonly queueOf: (clientId: string) => QueueIndex;
}

export interface StoredWill extends AedesPacket {
  clientId: string;
  brokerId: string;
}

/**
 * The interface of aedes-persistence over the store; its own abstract suite runs against it. A promise
 * resolves when the row is on disk. Subscriptions, retained messages and wills are read from memory.
 */
export class StorePersistence {
  readonly #store: Store;
  readonly #committer: Committer;
  readonly #retained: Retained;
  readonly #subscriptions: Subscriptions;
  readonly #queueOf: (clientId: string) => QueueIndex;
  readonly #wills = new Map<string, StoredWill>();
  #broker: AedesBroker = { id: '' };

  constructor(parts: PersistenceParts) {
    this.#store = parts.store;
    this.#committer = parts.committer;
    this.#retained = parts.retained;
    this.#subscriptions = parts.subscriptions;
    this.#queueOf = parts.queueOf;
  }

  get broker(): AedesBroker {
    return this.#broker;
  }

  // aedes looks at the name of this function's constructor: it has to be async.
  async setup(broker: AedesBroker): Promise<void> {
    this.#broker = broker;
  }

  async storeRetained(packet: AedesPacket): Promise<void> {
    const message = { ...packet, payload: asBytes(packet.payload) };
    const arrival = this.#retained.arrived(message.topic);
    try {
      await this.#committer.write([this.#retained.op(message)]);
      this.#retained.set(message, arrival);
    } finally {
      this.#retained.left(message.topic);
    }
  }

  createRetainedStream(filter: string): Readable {
    return this.createRetainedStreamCombi([filter]);
  }

  createRetainedStreamCombi(filters: readonly string[]): Readable {
    const found = filters.flatMap((filter) => [...this.#retained.match(filter)]);
    return Readable.from(found.map((message) => ({ cmd: 'publish', retain: true, ...message })));
  }

  async addSubscriptions(client: AedesClientRef, records: readonly SubscriptionRecord[]): Promise<void> {
    await this.#committer.write(records.map((record) => putSubscription(client.id, record)));
    for (const record of records) this.#subscriptions.add(client.id, record, true);
  }

  async removeSubscriptions(client: AedesClientRef, filters: readonly string[]): Promise<void> {
    for (const filter of filters) this.#subscriptions.remove(client.id, filter);
    const ops = filters.map((filter) => run('subscription-delete', { client: client.id, filter }));
    await this.#committer.write(ops, { reserve: true });
  }

  async subscriptionsByClient(client: AedesClientRef): Promise<SubscriptionRecord[]> {
    return this.#subscriptions
      .of(client.id)
      .filter(({ stored }) => stored)
      .map(({ clientId: _, stored: __, ...record }) => record);
  }

  async subscriptionsByTopic(topic: string): Promise<(SubscriptionRecord & { clientId: string })[]> {
    return this.#subscriptions
      .match(topic)
      .filter(({ stored, qos }) => stored && qos > 0)
      .map(({ stored: _, ...record }) => record);
  }

  async cleanSubscriptions(client: AedesClientRef): Promise<void> {
    const known = this.#subscriptions.countOf(client.id) > 0;
    this.#subscriptions.removeAll(client.id);
    if (!known) return;
    await this.#committer.write([run('subscriptions-delete', { client: client.id })], { reserve: true });
  }

  async countOffline(): Promise<{ subsCount: number; clientsCount: number }> {
    let subsCount = 0;
    let clientsCount = 0;
    for (const [, own] of this.#subscriptions.clients()) {
      const stored = [...own.values()].filter((subscriber) => subscriber.stored);
      if (stored.length > 0) clientsCount += 1;
      subsCount += stored.filter(({ qos }) => qos > 0).length;
    }
    return { subsCount, clientsCount };
  }

  getClientList(filter: string): Readable {
    const clients = [...this.#subscriptions.clients()].filter(([, own]) => own.has(filter));
    return Readable.from(clients.map(([clientId]) => clientId));
  }

  async outgoingEnqueue(target: { clientId: string }, packet: AedesPacket): Promise<void> {
    await this.outgoingEnqueueCombi([target], packet);
  }

  async outgoingEnqueueCombi(targets: readonly { clientId: string }[], packet: AedesPacket): Promise<void> {
    const ops = targets.map(({ clientId }) =>
      putOutgoing(clientId, this.#queueOf(clientId).add(owedBytes(packet)), packet),
    );
    await this.#committer.write(ops);
  }

  /** Gives a queued packet its number, or turns the packet of that number into a `pubrel`. */
  async outgoingUpdate(client: AedesClientRef, packet: AedesOwed): Promise<void> {
    const row =
      'topic' in packet ? await this.#rowOf(client, packet) : await this.#rowById(client, packet.messageId);
    if (row === undefined) throw new Error('no such packet');
    const params = { client: client.id, seq: Number(row.seq) };
    const numbered = { ...params, messageId: packet.messageId ?? null };
    await this.#committer.write([
      'topic' in packet ? run('outgoing-number', numbered) : run('outgoing-release', params),
    ]);
  }

  async outgoingClearMessageId(
    client: AedesClientRef,
    packet: { messageId?: number | undefined },
  ): Promise<AedesOwed | undefined> {
    const row = await this.#rowById(client, packet.messageId);
    if (row === undefined) return undefined;
    const seq = Number(row.seq);
    this.#queueOf(client.id).remove(seq);
    await this.#committer.write([deleteOutgoing(client.id, seq)], { reserve: true });
    return toPacket(row);
  }

  outgoingStream(client: AedesClientRef): Readable {
    return Readable.from(this.#outgoing(client.id));
  }

  async incomingStorePacket(
    client: AedesClientRef,
    packet: AedesPacket & { messageId: number },
  ): Promise<void> {
    await this.#committer.write([putIncoming(client.id, packet.messageId, packet)]);
  }

  async incomingGetPacket(client: AedesClientRef, packet: { messageId: number }): Promise<AedesPacket> {
    const params = { client: client.id, messageId: packet.messageId };
    const [row] = await this.#store.query('broker.incoming', params);
    if (row === undefined) throw new Error('no such packet');
    return toPublish(row);
  }

  async incomingDelPacket(client: AedesClientRef, packet: { messageId: number }): Promise<void> {
    await this.incomingGetPacket(client, packet);
    await this.#committer.write([deleteIncoming(client.id, packet.messageId)], { reserve: true });
  }

  async cleanIncoming(client: AedesClientRef): Promise<void> {
    await this.#committer.write([run('incoming-clear', { client: client.id })], { reserve: true });
  }

  async putWill(client: AedesClientRef, packet: AedesPacket): Promise<void> {
    const will = Object.assign(packet, { clientId: client.id, brokerId: this.#broker.id });
    const { topic, payload, qos, brokerId } = will;
    const params = { client: client.id, brokerId, topic, payload, qos, retain: Number(will.retain) };
    await this.#committer.write([run('will-put', params)]);
    this.#wills.set(client.id, will);
  }

  async getWill(client: AedesClientRef): Promise<StoredWill | undefined> {
    return this.#wills.get(client.id);
  }

  async delWill(client: AedesClientRef): Promise<StoredWill | undefined> {
    const will = this.forgetWill(client.id);
    if (will !== undefined) await this.#committer.write([deleteWill(client.id)], { reserve: true });
    return will;
  }

  /** For those who delete the row in a transaction of their own. */
  forgetWill(clientId: string): StoredWill | undefined {
    const will = this.#wills.get(clientId);
    this.#wills.delete(clientId);
    return will;
  }

  loadWills(rows: readonly SqlRow[]): void {
    for (const row of rows) {
      const clientId = String(row.client_id);
      this.#wills.set(clientId, { ...toPublish(row), clientId, brokerId: String(row.broker_id) });
    }
  }

  /** Wills whose connections ended with an earlier process. Call before anybody connects. */
  openWills(): readonly StoredWill[] {
    return [...this.#wills.values()];
  }

  /** Wills whose broker is not among the living ones. */
  streamWill(brokers: Readonly<Record<string, number>> = {}): Readable {
    return Readable.from([...this.#wills.values()].filter((will) => brokers[will.brokerId] === undefined));
  }

  async destroy(): Promise<void> {
    await this.#retained.flush();
    await this.#committer.idle();
  }

  async *#outgoing(client: string): AsyncGenerator<AedesOwed> {
    let after = 0;
    while (true) {
      const params = { client, after, countMax: STREAM_COUNT_MAX };
      const rows = await this.#store.query('broker.outgoing-after', params);
      for (const row of rows) yield toPacket(row);
      if (rows.length < STREAM_COUNT_MAX) return;
      after = Number(rows.at(-1)?.seq);
    }
  }

  async #rowOf(client: AedesClientRef, packet: AedesPacket): Promise<SqlRow | undefined> {
    const { brokerId = null, brokerCounter = null } = packet;
    const params = { client: client.id, brokerId, brokerCounter };
    const [row] = await this.#store.query('broker.outgoing-by-counter', params);
    return row;
  }

  async #rowById(client: AedesClientRef, messageId: number | undefined): Promise<SqlRow | undefined> {
    if (messageId === undefined) return undefined;
    const [row] = await this.#store.query('broker.outgoing-by-id', { client: client.id, messageId });
    return row;
  }
}

const run = (name: string, params: Extract<StoreOp, { op: 'run' }>['params']): StoreOp => ({
  op: 'run',
  statement: `broker.${name}`,
  params,
});

const asBytes = (payload: string | Uint8Array): Uint8Array =>
  typeof payload === 'string' ? Buffer.from(payload) : payload;

function toPacket(row: SqlRow): AedesOwed {
  const messageId = row.message_id === null ? undefined : Number(row.message_id);
  if (Number(row.released) === 1 && messageId !== undefined) return { cmd: 'pubrel', messageId };
  const brokerId = row.broker_id === null ? undefined : String(row.broker_id);
  const brokerCounter = row.broker_counter === null ? 0 : Number(row.broker_counter);
  return { ...toPublish(row), brokerId, brokerCounter, messageId };
}

function toPublish(row: SqlRow): AedesPacket & { messageId?: number } {
  const payload = row.payload;
  return {
    cmd: 'publish',
    topic: String(row.topic),
    payload: payload instanceof Uint8Array ? Buffer.from(payload) : String(payload ?? ''),
    qos: Number(row.qos) as 0 | 1 | 2,
    retain: Number(row.retain) === 1,
    dup: false,
    ...(row.message_id === undefined || row.message_id === null ? {} : { messageId: Number(row.message_id) }),
  };
}
