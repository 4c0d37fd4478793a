import { ApplianceError } from '#contracts/errors.ts';
import { credentialChanged } from '#contracts/events/identity.ts';
import type { Role } from '#contracts/site-file.ts';
import type { SqlRow } from '#contracts/store.ts';
import { limits } from './limits.ts';
import type { IdentityParts } from './parts.ts';
import { assertName, tooMany } from './people.ts';
import { makeToken, sha256 } from './secrets.ts';

export interface AccessToken {
  readonly name: string;
  readonly role: Role;
  readonly createdMs: number;
}

// So that a token that leaked into a log or a repository can be searched for.
const TOKEN_PREFIX = 'holdfast_';

/** Access tokens of machines. */
export class Tokens {
  readonly #parts: IdentityParts;
  readonly #byHash = new Map<string, AccessToken>();

  constructor(parts: IdentityParts) {
    this.#parts = parts;
  }

  load(rows: readonly SqlRow[]): void {
    for (const row of rows) {
      this.#byHash.set(String(row.token_hash), {
        name: String(row.name),
        role: String(row.role) as Role,
        createdMs: Number(row.created_ms),
      });
    }
  }

  list(): readonly AccessToken[] {
    return [...this.#byHash.values()];
  }

  find(token: string): AccessToken | undefined {
    return token.startsWith(TOKEN_PREFIX) ? this.#byHash.get(sha256(token)) : undefined;
  }

  /** Answers with the token, which is shown this once. */
  async issue(name: string, role: Role, by: string): Promise<string> {
    assertName(name);
    return this.#parts.turns.take(async () => {
      if (this.list().some((token) => token.name === name)) {
        throw new ApplianceError('IDN_EXISTS', { what: 'token', name });
      }
      if (this.#byHash.size >= limits.tokensMax) throw tooMany('tokens');
      const token = makeToken(TOKEN_PREFIX);
      const tokenHash = sha256(token);
      const createdMs = this.#parts.clock.nowMs();
      const params = { name, tokenHash, role, nowMs: createdMs };
      await this.#parts.store.commit([
        { op: 'run', statement: 'identity.token-add', params },
        this.#parts.audit.op(credentialChanged, name, { kind: 'token', name, change: 'made', role, by }),
      ]);
      this.#byHash.set(tokenHash, { name, role, createdMs });
      return token;
    });
  }

  async revoke(name: string, by: string): Promise<void> {
    await this.#parts.turns.take(async () => {
      const found = [...this.#byHash].find(([, token]) => token.name === name);
      if (found === undefined) throw new ApplianceError('IDN_NOT_FOUND', { what: 'token', name });
      await this.#parts.store.commit([
        { op: 'run', statement: 'identity.token-remove', params: { name }, changes: 1 },
        this.#parts.audit.op(credentialChanged, name, { kind: 'token', name, change: 'removed', by }),
      ]);
      this.#byHash.delete(found[0]);
    });
  }
}
