import { randomBytes, scrypt, timingSafeEqual } from 'node:crypto';
import { ApplianceError } from '#contracts/errors.ts';
import { limits } from './limits.ts';

/** Cost of one derivation. Memory is 128 × 2^logN × r bytes. */
export interface ScryptCost {
  readonly logN: number;
  readonly r: number;
  readonly p: number;
}

// OWASP password storage: with 32 MiB (N = 2^15, r = 8), p = 3.
export const productionCost: ScryptCost = { logN: 15, r: 8, p: 3 };

const KEY_BYTES = 32;
const SALT_BYTES = 16;

/** Hashes and checks passwords, a bounded number at a time. */
export class Passwords {
  readonly #cost: ScryptCost;
  readonly #waiting: (() => void)[] = [];
  #running = 0;
  /** Compared with when there is no such user, so that an answer takes as long as for any other. */
  #decoy: Promise<string> | null = null;

  constructor(cost: ScryptCost = productionCost) {
    this.#cost = cost;
  }

  /** Shape: `scrypt$<logN>$<r>$<p>$<salt>$<key>`, the last two base64url. */
  async hash(password: string): Promise<string> {
    const { logN, r, p } = this.#cost;
    const salt = randomBytes(SALT_BYTES);
    const key = await this.#derive(password, salt, this.#cost);
    return ['scrypt', logN, r, p, salt.toString('base64url'), key.toString('base64url')].join('$');
  }

  /** Without a hash it takes as long, and says no. */
  async verify(password: string, hash: string | null): Promise<boolean> {
    this.#decoy ??= this.hash(randomBytes(SALT_BYTES).toString('hex'));
    const [, logN, r, p, salt = '', key = ''] = (hash ?? (await this.#decoy)).split('$');
    const cost = { logN: Number(logN), r: Number(r), p: Number(p) };
    const derived = await this.#derive(password, Buffer.from(salt, 'base64url'), cost);
    const wanted = Buffer.from(key, 'base64url');
    return derived.length === wanted.length && timingSafeEqual(derived, wanted) && hash !== null;
  }

  async #derive(password: string, salt: Buffer, { logN, r, p }: ScryptCost): Promise<Buffer> {
    await this.#enter();
    try {
      const N = 2 ** logN;
      const maxmem = 256 * N * r;
      return await new Promise<Buffer>((resolve, reject) => {
        // NFKC: the same word typed on two keyboards is one password.
        scrypt(password.normalize('NFKC'), salt, KEY_BYTES, { N, r, p, maxmem }, (error, key) =>
          error === null ? resolve(key) : reject(error),
        );
      });
    } finally {
      this.#running -= 1;
      this.#waiting.shift()?.();
    }
  }

  async #enter(): Promise<void> {
    if (this.#running >= limits.derivationsMax) {
      if (this.#waiting.length >= limits.derivationsWaitingMax) {
        throw new ApplianceError('API_RATE_LIMITED', { waitSeconds: 5 });
      }
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
    this.#running += 1;
  }
}

/** Words against passwords that do not protect. */
export function assertPassword(user: string, password: string): void {
  const length = [...password].length;
  const lower = password.toLowerCase();
  const problem =
    length < limits.passwordLengthMin
      ? 'it is too short'
      : length > limits.passwordLengthMax
        ? `it is longer than ${limits.passwordLengthMax} characters`
        : new Set(lower).size < 5
          ? 'it repeats a few characters'
          : lower.includes(user.toLowerCase()) && length < user.length + limits.passwordLengthMin
            ? 'it is little more than the name'
            : undefined;
  if (problem !== undefined) {
    throw new ApplianceError('IDN_PASSWORD_WEAK', { problem, lengthMin: limits.passwordLengthMin });
  }
}
