import type { SqlRow, StoreOp } from '#contracts/store.ts';
import { TopicTree } from '../wire/topic-tree.ts';

/** A subscription in the words of aedes; the MQTT 5 options are kept for it and mean nothing in 3.1.1. */
export interface SubscriptionRecord {
  readonly topic: string;
  readonly qos: 0 | 1 | 2;
  readonly rh?: number | undefined;
  readonly rap?: boolean | undefined;
  readonly nl?: boolean | undefined;
  readonly subscriptionIdentifier?: number | undefined;
}
export interface Subscriber extends SubscriptionRecord {
  readonly clientId: string;
  /** False for a clean session, which ends with its connection. */
  readonly stored: boolean;
}

// Topics whose subscribers are remembered until a subscription changes.
const MATCHES_COUNT_MAX = 10_000;

/** Who subscribed to what: clean sessions and stored ones, offline ones too. */
export class Subscriptions {
  readonly #tree = new TopicTree<Subscriber>();
  readonly #byClient = new Map<string, Map<string, Subscriber>>();
  readonly #matches = new Map<string, readonly Subscriber[]>();

  /** `allowed` leaves out what its user was granted once but is no longer; the row stays, for a mistyped grant. */
  load(rows: readonly SqlRow[], allowed: (clientId: string, filter: string) => boolean): void {
    for (const row of rows) {
      const clientId = String(row.client_id);
      const record = toRecord(row);
      if (allowed(clientId, record.topic)) this.add(clientId, record, true);
    }
  }

  add(clientId: string, record: SubscriptionRecord, stored: boolean): void {
    const subscriber: Subscriber = { ...record, clientId, stored };
    let own = this.#byClient.get(clientId);
    if (own === undefined) {
      own = new Map();
      this.#byClient.set(clientId, own);
    }
    own.set(record.topic, subscriber);
    this.#tree.add(record.topic, clientId, subscriber);
    this.#matches.clear();
  }

  remove(clientId: string, filter: string): void {
    const own = this.#byClient.get(clientId);
    if (own?.delete(filter) !== true) return;
    if (own.size === 0) this.#byClient.delete(clientId);
    this.#tree.remove(filter, clientId);
    this.#matches.clear();
  }

  removeAll(clientId: string): void {
    for (const filter of [...(this.#byClient.get(clientId)?.keys() ?? [])]) this.remove(clientId, filter);
  }

  of(clientId: string): readonly Subscriber[] {
    return [...(this.#byClient.get(clientId)?.values() ?? [])];
  }

  has(clientId: string, filter: string): boolean {
    return this.#byClient.get(clientId)?.has(filter) === true;
  }

  countOf(clientId: string): number {
    return this.#byClient.get(clientId)?.size ?? 0;
  }

  get size(): number {
    return this.#tree.size;
  }

  clients(): Iterable<[string, ReadonlyMap<string, Subscriber>]> {
    return this.#byClient;
  }

  match(topic: string): readonly Subscriber[] {
    const known = this.#matches.get(topic);
    if (known !== undefined) return known;
    const found = this.#tree.match(topic);
    if (this.#matches.size >= MATCHES_COUNT_MAX) this.#matches.clear();
    this.#matches.set(topic, found);
    return found;
  }
}

export function putSubscription(clientId: string, record: SubscriptionRecord): StoreOp {
  const flag = (value: boolean | undefined) => (value === undefined ? null : Number(value));
  return {
    op: 'run',
    statement: 'broker.subscription-put',
    params: {
      client: clientId,
      filter: record.topic,
      qos: record.qos,
      rh: record.rh ?? null,
      rap: flag(record.rap),
      nl: flag(record.nl),
      identifier: record.subscriptionIdentifier ?? null,
    },
  };
}

export function toRecord(row: SqlRow): SubscriptionRecord {
  const number = (name: string) => (row[name] === null ? undefined : Number(row[name]));
  const flag = (name: string) => (row[name] === null ? undefined : row[name] === 1 || row[name] === 1n);
  const identifier = number('identifier');
  return {
    topic: String(row.filter),
    qos: Number(row.qos) as 0 | 1 | 2,
    rh: number('rh'),
    rap: flag('rap'),
    nl: flag('nl'),
    ...(identifier === undefined ? {} : { subscriptionIdentifier: identifier }),
  };
}
