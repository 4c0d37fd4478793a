import { ApplianceError } from '#contracts/errors.ts';
import { userChanged } from '#contracts/events/identity.ts';
import type { Role } from '#contracts/site-file.ts';
import type { SqlRow, StoreOp } from '#contracts/store.ts';
import { limits } from './limits.ts';
import type { IdentityParts } from './parts.ts';
import { assertPassword } from './passwords.ts';
import { makePassword } from './secrets.ts';
import type { Sessions } from './sessions.ts';

export interface User {
  readonly name: string;
  readonly role: Role;
  readonly mustSetPassword: boolean;
  readonly createdMs: number;
}
interface StoredUser extends User {
  /** Null until the first password is set. */
  readonly hash: string | null;
}

/** Name of the administrator whom the one-time code makes. */
export const CLAIM_USER = 'admin';

/** Users and their passwords. All in memory; a change takes effect when it is on disk. */
export class People {
  readonly #parts: IdentityParts;
  readonly #sessions: Sessions;
  readonly #users = new Map<string, StoredUser>();

  constructor(parts: IdentityParts, sessions: Sessions) {
    this.#parts = parts;
    this.#sessions = sessions;
  }

  load(rows: readonly SqlRow[]): void {
    for (const row of rows) {
      const name = String(row.name);
      this.#users.set(name, {
        name,
        role: String(row.role) as Role,
        hash: row.hash === null ? null : String(row.hash),
        mustSetPassword: Number(row.must_set_password) === 1,
        createdMs: Number(row.created_ms),
      });
    }
  }

  get(name: string): User | undefined {
    return this.#users.get(name);
  }

  list(): readonly User[] {
    return [...this.#users.values()].map(({ hash: _, ...user }) => user);
  }

  /** An administrator can sign in with a password, so the site needs no one-time code. */
  get isClaimed(): boolean {
    return [...this.#users.values()].some(({ role, hash }) => role === 'admin' && hash !== null);
  }

  /** Takes as long for a name that is not there. */
  async verify(name: string, password: string): Promise<User | undefined> {
    const user = this.#users.get(name);
    const hash = user?.hash ?? null;
    const isRight = await this.#parts.passwords.verify(password, hash);
    // Meanwhile the user may have been removed or have got another password.
    return isRight && this.#users.get(name)?.hash === hash ? this.#users.get(name) : undefined;
  }

  /** Whether this user is as it was found: not removed, no other password, no other role. */
  isUnchanged(user: User): boolean {
    return this.#users.get(user.name) === user;
  }

  /** Answers with a first password, which the user has to replace. */
  async add(name: string, role: Role, by: string): Promise<string> {
    assertName(name);
    const password = makePassword();
    const hash = await this.#parts.passwords.hash(password);
    await this.#parts.turns.take(async () => {
      if (this.#users.has(name)) throw new ApplianceError('IDN_EXISTS', { what: 'user', name });
      if (this.#users.size >= limits.usersMax) throw tooMany('users');
      const user = { name, role, hash, mustSetPassword: true, createdMs: this.#parts.clock.nowMs() };
      await this.#parts.store.commit([
        putUser(user),
        this.#parts.audit.op(userChanged, name, { user: name, change: 'added', role, by }),
      ]);
      this.#users.set(name, user);
    });
    return password;
  }

  /** What makes `admin` an administrator without a password, for the transaction that uses up the code. */
  planClaim(): { ops: readonly StoreOp[]; done(): User } {
    const old = this.#users.get(CLAIM_USER);
    const user: StoredUser = {
      name: CLAIM_USER,
      role: 'admin',
      // Whoever lost the password redeems a code: the old one is void.
      hash: null,
      mustSetPassword: true,
      createdMs: old?.createdMs ?? this.#parts.clock.nowMs(),
    };
    return {
      ops: [putUser(user)],
      done: () => {
        this.#users.set(CLAIM_USER, user);
        return user;
      },
    };
  }

  /** Ends the sessions of the user, except `keep`: whoever knew the old password, or the one handed out, is out. */
  async setPassword(name: string, password: string, by: string, keep: string | undefined): Promise<void> {
    assertPassword(name, password);
    const hash = await this.#parts.passwords.hash(password);
    await this.#parts.turns.take(async () => {
      const user = this.#existing(name);
      const ended = this.#sessions.planEndOf(name, keep);
      await this.#parts.store.commit([
        { op: 'run', statement: 'identity.user-password', params: { name, hash }, changes: 1 },
        ...this.#sessions.removals(ended),
        this.#parts.audit.op(userChanged, name, { user: name, change: 'password-set', by }),
      ]);
      this.#users.set(name, { ...user, hash, mustSetPassword: false });
      this.#sessions.forget(ended);
    });
  }

  async setRole(name: string, role: Role, by: string): Promise<void> {
    await this.#parts.turns.take(async () => {
      const user = this.#existing(name);
      if (role !== 'admin') this.#assertNotLastAdmin(user);
      await this.#parts.store.commit([
        { op: 'run', statement: 'identity.user-role', params: { name, role }, changes: 1 },
        this.#parts.audit.op(userChanged, name, { user: name, change: 'role-set', role, by }),
      ]);
      this.#users.set(name, { ...user, role });
    });
  }

  async remove(name: string, by: string): Promise<void> {
    await this.#parts.turns.take(async () => {
      this.#assertNotLastAdmin(this.#existing(name));
      const ended = this.#sessions.planEndOf(name, undefined);
      await this.#parts.store.commit([
        { op: 'run', statement: 'identity.user-remove', params: { name }, changes: 1 },
        ...this.#sessions.removals(ended),
        this.#parts.audit.op(userChanged, name, { user: name, change: 'removed', by }),
      ]);
      this.#users.delete(name);
      this.#sessions.forget(ended);
    });
  }

  #existing(name: string): StoredUser {
    const user = this.#users.get(name);
    if (user === undefined) throw new ApplianceError('IDN_NOT_FOUND', { what: 'user', name });
    return user;
  }

  #assertNotLastAdmin(user: StoredUser): void {
    const others = [...this.#users.values()].filter(
      ({ name, role, hash }) => name !== user.name && role === 'admin' && hash !== null,
    );
    if (user.role === 'admin' && others.length === 0) {
      throw new ApplianceError('IDN_LAST_ADMIN', { name: user.name });
    }
  }
}

export function assertName(name: string): void {
  if (!/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/.test(name)) throw new ApplianceError('IDN_NAME_INVALID', { name });
}

export const tooMany = (what: string): ApplianceError => new ApplianceError('IDN_TOO_MANY', { what });

function putUser({ name, role, hash, mustSetPassword, createdMs }: StoredUser): StoreOp {
  const params = { name, role, hash, mustSetPassword: Number(mustSetPassword), nowMs: createdMs };
  return { op: 'run', statement: 'identity.user-add', params };
}
