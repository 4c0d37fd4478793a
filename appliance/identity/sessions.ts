import { ApplianceError } from '#contracts/errors.ts';
import { userSignedIn, userSignedOut } from '#contracts/events/identity.ts';
import type { Role } from '#contracts/site-file.ts';
import type { SqlRow, StoreOp } from '#contracts/store.ts';
import { limits } from './limits.ts';
import type { IdentityParts } from './parts.ts';
import { makeToken, sha256 } from './secrets.ts';

interface StoredSession {
  readonly tokenHash: string;
  readonly user: string;
  readonly createdMs: number;
  /** Last use, and what of it is on disk. */
  seenMs: number;
  savedMs: number;
}

/** Signed-in people. Only a hash of each token is kept; nobody who reads the disk can use a session. */
export class Sessions {
  readonly #parts: IdentityParts;
  readonly #byHash = new Map<string, StoredSession>();

  constructor(parts: IdentityParts) {
    this.#parts = parts;
  }

  load(rows: readonly SqlRow[]): void {
    for (const row of rows) {
      const tokenHash = String(row.token_hash);
      const seenMs = Number(row.seen_ms);
      const createdMs = Number(row.created_ms);
      this.#byHash.set(tokenHash, { tokenHash, user: String(row.user), createdMs, seenMs, savedMs: seenMs });
    }
  }

  /** Removes what expired while the process was away. */
  async sweep(): Promise<void> {
    const nowMs = this.#parts.clock.nowMs();
    const expired = [...this.#byHash.values()].filter((session) => isExpired(session, nowMs));
    if (expired.length === 0) return;
    await this.#parts.store.commit(this.removals(expired), { reserve: true });
    this.forget(expired);
  }

  /** A session, and what stores it: for the transaction that lets the user in. The oldest make room. */
  planStart(user: string): { token: string; ops: readonly StoreOp[]; done(): void } {
    const token = makeToken();
    const tokenHash = sha256(token);
    const nowMs = this.#parts.clock.nowMs();
    const own = [...this.#byHash.values()].filter((session) => session.user === user);
    const ended = own.slice(0, Math.max(0, own.length + 1 - limits.sessionsPerUserMax));
    const params = { tokenHash, user, nowMs };
    return {
      token,
      ops: [{ op: 'run', statement: 'identity.session-add', params }, ...this.removals(ended)],
      done: () => {
        this.forget(ended);
        this.#byHash.set(tokenHash, { tokenHash, user, createdMs: nowMs, seenMs: nowMs, savedMs: nowMs });
      },
    };
  }

  /** `isStillRight`: asked when its turn has come; the password that was right may have been replaced before. */
  async start(user: string, role: Role, address: string, isStillRight: () => boolean): Promise<string> {
    return this.#parts.turns.take(async () => {
      if (!isStillRight()) throw new ApplianceError('IDN_SIGN_IN_REFUSED');
      const { token, ops, done } = this.planStart(user);
      const record = this.#parts.audit.op(userSignedIn, user, { user, role, address });
      await this.#parts.store.commit([...ops, record]);
      done();
      return token;
    });
  }

  /** The user of a token, if the session still holds. Using it keeps it alive. */
  user(token: string): string | undefined {
    const session = this.#byHash.get(sha256(token));
    if (session === undefined) return undefined;
    const nowMs = this.#parts.clock.nowMs();
    if (isExpired(session, nowMs)) {
      this.forget([session]);
      this.#save(this.removals([session]));
      return undefined;
    }
    session.seenMs = nowMs;
    if (nowMs - session.savedMs >= limits.sessionSeenMs) {
      session.savedMs = nowMs;
      const params = { tokenHash: session.tokenHash, nowMs };
      this.#save([{ op: 'run', statement: 'identity.session-seen', params }]);
    }
    return session.user;
  }

  async end(token: string): Promise<void> {
    const session = this.#byHash.get(sha256(token));
    if (session === undefined) return;
    // Gone at once: a sign-out that waits for the disk is no sign-out.
    this.forget([session]);
    const { user } = session;
    await this.#parts.store.commit([
      ...this.removals([session]),
      this.#parts.audit.op(userSignedOut, user, { user }),
    ]);
  }

  planEndOf(user: string, keepToken: string | undefined): readonly StoredSession[] {
    const kept = keepToken === undefined ? undefined : sha256(keepToken);
    return [...this.#byHash.values()].filter(
      (session) => session.user === user && session.tokenHash !== kept,
    );
  }

  removals(sessions: readonly StoredSession[]): StoreOp[] {
    return sessions.map(({ tokenHash }) => ({
      op: 'run',
      statement: 'identity.session-remove',
      params: { tokenHash },
    }));
  }

  forget(sessions: readonly StoredSession[]): void {
    for (const { tokenHash } of sessions) this.#byHash.delete(tokenHash);
  }

  // Losing one of these costs nothing but a session that ends a little earlier, or a row that goes at the next start.
  #save(ops: readonly StoreOp[]): void {
    this.#parts.store.commit(ops).catch((error: unknown) => {
      this.#parts.log.warn({ err: error }, 'the state of a session could not be stored');
    });
  }
}

// A clock that was set back must not give a session more than its whole life.
const isExpired = ({ createdMs, seenMs }: StoredSession, nowMs: number): boolean =>
  nowMs - seenMs > limits.sessionIdleMs || Math.abs(nowMs - createdMs) > limits.sessionMs;
