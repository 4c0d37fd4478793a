import { ApplianceError } from '#contracts/errors.ts';
import { claimIssued, claimRedeemed, userSignedIn } from '#contracts/events/identity.ts';
import type { SqlRow } from '#contracts/store.ts';
import { limits } from './limits.ts';
import type { IdentityParts } from './parts.ts';
import { CLAIM_USER, type People, type User } from './people.ts';
import { makeCode, normalizeCode, sha256 } from './secrets.ts';
import type { Sessions } from './sessions.ts';

interface StoredClaim {
  readonly codeHash: string;
  readonly expiresMs: number;
}

/**
 * The one-time code that makes its first visitor an administrator: at the first start, or when all are locked
 * out. One at a time; a new one voids the old; used once; gone after a day. Only its hash is stored.
 */
export class Claim {
  readonly #parts: IdentityParts;
  readonly #people: People;
  readonly #sessions: Sessions;
  #stored: StoredClaim | null = null;
  /** As made in this process, until it is used. */
  #plain: string | null = null;

  constructor(parts: IdentityParts, people: People, sessions: Sessions) {
    this.#parts = parts;
    this.#people = people;
    this.#sessions = sessions;
  }

  load([row]: readonly SqlRow[]): void {
    if (row === undefined) return;
    this.#stored = { codeHash: String(row.code_hash), expiresMs: Number(row.expires_ms) };
  }

  get plain(): string | null {
    return this.#stored !== null && !this.#isExpired(this.#stored) ? this.#plain : null;
  }

  async issue(by: string): Promise<string> {
    return this.#parts.turns.take(async () => {
      const code = makeCode();
      const stored = {
        codeHash: sha256(normalizeCode(code)),
        expiresMs: this.#parts.clock.nowMs() + limits.claimMs,
      };
      const expiresAt = new Date(stored.expiresMs).toISOString();
      await this.#parts.store.commit([
        { op: 'run', statement: 'identity.claim-put', params: { ...stored } },
        this.#parts.audit.op(claimIssued, CLAIM_USER, { by, expiresAt }),
      ]);
      this.#stored = stored;
      this.#plain = code;
      return code;
    });
  }

  /** The code goes, `admin` comes, and the session begins in one transaction. */
  async redeem(code: string, address: string): Promise<{ token: string; user: User }> {
    return this.#parts.turns.take(async () => {
      const codeHash = sha256(normalizeCode(code));
      const stored = this.#stored;
      if (stored === null || stored.codeHash !== codeHash || this.#isExpired(stored)) {
        throw new ApplianceError('IDN_CLAIM_INVALID');
      }
      const ended = this.#sessions.planEndOf(CLAIM_USER, undefined);
      const admin = this.#people.planClaim();
      const session = this.#sessions.planStart(CLAIM_USER);
      const { audit } = this.#parts;
      await this.#parts.store.commit([
        { op: 'run', statement: 'identity.claim-use', params: { codeHash }, changes: 1 },
        ...this.#sessions.removals(ended),
        ...admin.ops,
        ...session.ops,
        audit.op(claimRedeemed, CLAIM_USER, { user: CLAIM_USER, address }),
        audit.op(userSignedIn, CLAIM_USER, { user: CLAIM_USER, role: 'admin', address }),
      ]);
      this.#stored = null;
      this.#plain = null;
      this.#sessions.forget(ended);
      session.done();
      return { token: session.token, user: admin.done() };
    });
  }

  #isExpired({ expiresMs }: StoredClaim): boolean {
    return this.#parts.clock.nowMs() >= expiresMs;
  }
}
