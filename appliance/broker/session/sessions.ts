import type { Clock } from '#contracts/clock.ts';
import type { Log } from '#contracts/log.ts';
import type { SqlRow, Store } from '#contracts/store.ts';
import type { Grants } from '../grants.ts';
import type { BrokerLimits } from '../limits.ts';
import type { Committer } from '../persistence/committer.ts';
import { QueueIndex } from '../persistence/queue-index.ts';
import { deleteSession, toOwed } from '../persistence/rows.ts';
import type { Subscriptions } from '../persistence/subscriptions.ts';
import { Session } from './session.ts';
import type { SessionParts, Wire } from './session-parts.ts';

export type OpenResult =
  | { readonly opened: true; readonly session: Session; readonly present: boolean }
  | { readonly opened: false; readonly reason: 'other-user' | 'too-many' };

export interface SessionsParts {
  readonly store: Store;
  readonly committer: Committer;
  readonly subscriptions: Subscriptions;
  readonly limits: BrokerLimits;
  readonly clock: Clock;
  readonly log: Log;
  onDropped(session: Session, count: number): void;
}

/** All sessions: those of connected clients, and the stored ones of absent clients. */
export class Sessions {
  readonly #parts: SessionsParts;
  readonly #sessionParts: SessionParts;
  readonly #byClient = new Map<string, Session>();
  readonly #opening = new Map<string, Promise<void>>();
  /** Stored sessions whose user is not in the site file (any more): kept, but owed nothing new. */
  readonly #orphans = new Map<string, { user: string; index: QueueIndex }>();

  #droppedQos0 = 0;

  constructor(parts: SessionsParts) {
    this.#parts = parts;
    const { store, committer, limits } = parts;
    this.#sessionParts = {
      limits,
      read: async (client, after, countMax) =>
        (await store.query('broker.outgoing-after', { client, after, countMax })).map(toOwed),
      settle: (ops) => committer.write(ops, { reserve: true }),
      onDropped: (session, count) => parts.onDropped(session, count),
    };
  }

  load(
    rows: { sessions: readonly SqlRow[]; sizes: readonly SqlRow[]; incoming: readonly SqlRow[] },
    grants: ReadonlyMap<string, Grants>,
  ): void {
    for (const row of rows.sessions) {
      const clientId = String(row.client_id);
      const user = String(row.user);
      const config = grants.get(user)?.config;
      if (config === undefined) this.#orphans.set(clientId, { user, index: new QueueIndex() });
      else this.#byClient.set(clientId, this.#create({ clientId, user, config, stored: true }));
    }
    for (const row of rows.sizes) {
      this.queueOf(String(row.client_id)).restore(Number(row.seq), Number(row.bytes));
    }
    for (const row of rows.incoming) {
      this.#byClient.get(String(row.client_id))?.incoming.set(Number(row.message_id), null);
    }
    for (const session of this.#byClient.values()) session.assumeSent();
    if (this.#orphans.size > 0) {
      const users = [...new Set([...this.#orphans.values()].map(({ user }) => user))];
      this.#parts.log.warn({ users }, 'stored MQTT sessions of users that are not in the site file');
    }
  }

  get(clientId: string): Session | undefined {
    return this.#byClient.get(clientId);
  }

  /** QoS 0 messages not sent to clean sessions that have ended. */
  get droppedQos0Before(): number {
    return this.#droppedQos0;
  }

  get size(): number {
    return this.#byClient.size;
  }

  values(): Iterable<Session> {
    return this.#byClient.values();
  }

  /** Index of a queue, also of one without a session. */
  queueOf(clientId: string): QueueIndex {
    const session = this.#byClient.get(clientId);
    if (session !== undefined) return session.index;
    let orphan = this.#orphans.get(clientId);
    if (orphan === undefined) {
      orphan = { user: '', index: new QueueIndex() };
      this.#orphans.set(clientId, orphan);
    }
    return orphan.index;
  }

  /**
   * The session for a new connection. A clean one ends what was stored [MQTT-3.1.2-6]; what is stored is on
   * disk when the promise resolves. A session never passes to another user. One at a time per client id: what
   * a slower, earlier CONNECT does must not land on the session of a later one.
   */
  async open(clientId: string, grants: Grants, clean: boolean): Promise<OpenResult> {
    const before = this.#opening.get(clientId) ?? Promise.resolve();
    const turn = before.then(() => this.#open(clientId, grants, clean));
    const settled = turn.then(
      () => {},
      () => {},
    );
    this.#opening.set(clientId, settled);
    try {
      return await turn;
    } finally {
      if (this.#opening.get(clientId) === settled) this.#opening.delete(clientId);
    }
  }

  /** Whether a session of this id belongs to somebody else. */
  isForeign(clientId: string, user: string): boolean {
    const owner = this.#byClient.get(clientId)?.user ?? this.#orphans.get(clientId)?.user ?? user;
    return owner !== user;
  }

  async #open(clientId: string, grants: Grants, clean: boolean): Promise<OpenResult> {
    const { config } = grants;
    if (this.isForeign(clientId, config.id)) return { opened: false, reason: 'other-user' };
    const old = this.#byClient.get(clientId);
    if (clean) {
      await this.#discard(clientId, old);
      const session = this.#create({ clientId, user: config.id, config, stored: false });
      this.#byClient.set(clientId, session);
      return { opened: true, session, present: false };
    }
    if (old?.stored) return { opened: true, session: old, present: true };
    if (!this.#hasRoomFor(config.id)) return { opened: false, reason: 'too-many' };
    return { opened: true, session: await this.#store(clientId, grants), present: false };
  }

  /** A connection has ended; a clean session ends with it. */
  release(session: Session, wire: Wire): void {
    session.detach(wire);
    if (session.stored || this.#byClient.get(session.clientId) !== session) return;
    this.#byClient.delete(session.clientId);
    this.#parts.subscriptions.removeAll(session.clientId);
    this.#droppedQos0 += session.droppedQos0;
  }

  #create(identity: ConstructorParameters<typeof Session>[0]): Session {
    return new Session(identity, this.#sessionParts);
  }

  async #store(clientId: string, { config }: Grants): Promise<Session> {
    const session = this.#create({ clientId, user: config.id, config, stored: true });
    this.#parts.subscriptions.removeAll(clientId);
    // Registered before the disk answers, so that a second CONNECT in between finds it.
    this.#byClient.set(clientId, session);
    const params = { client: clientId, user: config.id, nowMs: this.#parts.clock.nowMs() };
    try {
      await this.#parts.committer.write([{ op: 'run', statement: 'broker.session-put', params }]);
    } catch (error) {
      if (this.#byClient.get(clientId) === session) this.#byClient.delete(clientId);
      throw error;
    }
    return session;
  }

  async #discard(clientId: string, old: Session | undefined): Promise<void> {
    const stored = old?.stored === true || this.#orphans.has(clientId);
    this.#parts.subscriptions.removeAll(clientId);
    this.#byClient.delete(clientId);
    this.#orphans.delete(clientId);
    if (stored) await this.#parts.committer.write(deleteSession(clientId), { reserve: true });
  }

  #hasRoomFor(user: string): boolean {
    const { sessionsMax, sessionsPerUserMax } = this.#parts.limits;
    const stored = [...this.#byClient.values()].filter((session) => session.stored);
    const own = stored.filter((session) => session.user === user);
    return stored.length + this.#orphans.size < sessionsMax && own.length < sessionsPerUserMax;
  }
}
