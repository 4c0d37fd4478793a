import type { Clock } from '#contracts/clock.ts';
import type { Log } from '#contracts/log.ts';
import type { SqlParams, SqlRow, Store } from '#contracts/store.ts';
import type { Grants } from '../grants.ts';
import type { BrokerLimits } from '../limits.ts';
import type { Committer } from '../persistence/committer.ts';
import { QueueIndex } from '../persistence/queue-index.ts';
import { deleteSession, toOwed } from '../persistence/rows.ts';
import type { Subscriptions } from '../persistence/subscriptions.ts';
import { type KeptSession, makeRoom } from './make-room.ts';
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
  readonly #orphans = new Map<string, { user: string; index: QueueIndex; leftMs: number }>();

  #droppedQos0 = 0;
  #givenUp = 0;

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
    const nowMs = this.#parts.clock.nowMs();
    for (const row of rows.sessions) {
      const clientId = String(row.client_id);
      const user = String(row.user);
      const leftMs = row.left_ms == null ? nowMs : Number(row.left_ms);
      const config = grants.get(user)?.config;
      if (config === undefined) this.#orphans.set(clientId, { user, index: new QueueIndex(), leftMs });
      else {
        const session = this.#create({ clientId, user, config, stored: true });
        session.leftMs = leftMs;
        this.#byClient.set(clientId, session);
      }
    }
    // Held when the process was killed: away from now on, and not anew from each further start.
    if (rows.sessions.some((row) => row.left_ms == null)) this.#note('sessions-left', { leftMs: nowMs });
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

  /** Stored sessions that went to make room, or with the password of their user. */
  get givenUpCount(): number {
    return this.#givenUp;
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
      orphan = { user: '', index: new QueueIndex(), leftMs: this.#parts.clock.nowMs() };
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
      session.holders = 1;
      this.#byClient.set(clientId, session);
      return { opened: true, session, present: false };
    }
    if (old?.stored) {
      old.holders += 1;
      if (old.holders === 1) this.#note('session-left', { client: clientId, leftMs: null });
      return { opened: true, session: old, present: true };
    }
    const room = makeRoom(this.#kept(), config.id, this.#parts.limits, this.#parts.clock.nowMs());
    if (!room.hasRoom) return { opened: false, reason: 'too-many' };
    // Both at once: while the one waited for the disk, another CONNECT would take the room.
    const [session] = await Promise.all([
      this.#store(clientId, grants),
      room.giveUp &&
        this.#giveUp(room.giveUp, 'there are too many stored MQTT sessions: the longest away went'),
    ]);
    return { opened: true, session, present: false };
  }

  /** All that is stored for a user, and what it is owed, for good. Call when its connections are closed. */
  async forget(user: string): Promise<void> {
    // Sessions of connections that were closed while they were being opened.
    await Promise.all(this.#opening.values());
    const own = this.#kept().filter((session) => session.user === user);
    const why = 'a stored MQTT session went with the password of its user';
    await Promise.all(own.map((session) => this.#giveUp(session, why)));
  }

  /** A connection has ended; a clean session ends with it. */
  release(session: Session, wire: Wire): void {
    session.detach(wire);
    session.holders -= 1;
    if (this.#byClient.get(session.clientId) !== session) return;
    if (session.stored) {
      if (session.holders > 0) return;
      session.leftMs = this.#parts.clock.nowMs();
      this.#note('session-left', { client: session.clientId, leftMs: session.leftMs });
      return;
    }
    this.#byClient.delete(session.clientId);
    this.#parts.subscriptions.removeAll(session.clientId);
    this.#droppedQos0 += session.droppedQos0;
  }

  #create(identity: ConstructorParameters<typeof Session>[0]): Session {
    return new Session(identity, this.#sessionParts);
  }

  async #store(clientId: string, { config }: Grants): Promise<Session> {
    const session = this.#create({ clientId, user: config.id, config, stored: true });
    session.holders = 1;
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

  /** Stored sessions, those of users that are not in the site file included. */
  #kept(): KeptSession[] {
    const stored = [...this.#byClient.values()].filter((session) => session.stored);
    return [
      ...stored.map(({ clientId, user, holders, leftMs }) => ({
        clientId,
        user,
        leftMs: holders > 0 ? null : leftMs,
      })),
      ...[...this.#orphans].map(([clientId, { user, leftMs }]) => ({ clientId, user, leftMs })),
    ];
  }

  /** What it is still owed is given up with it: counted, and recorded like what a full queue gives up. */
  async #giveUp({ clientId, user, leftMs }: KeptSession, why: string): Promise<void> {
    const session = this.#byClient.get(clientId);
    const index = session?.index ?? this.queueOf(clientId);
    const queuedCount = index.count;
    const leftAt = leftMs === null ? null : new Date(leftMs).toISOString();
    this.#parts.log.warn({ clientId, user, leftAt, queuedCount }, why);
    this.#givenUp += 1;
    index.clear();
    if (session !== undefined && queuedCount > 0) this.#parts.onDropped(session, queuedCount);
    await this.#discard(clientId, session);
  }

  // Losing one of these costs nothing but a session that seems to be away for longer or shorter than it is.
  #note(statement: string, params: SqlParams): void {
    this.#parts.committer
      .write([{ op: 'run', statement: `broker.${statement}`, params }], { reserve: true })
      .catch((error: unknown) => this.#parts.log.warn({ err: error }, 'the end of a session was not stored'));
  }
}
