import type { Clock } from '#contracts/clock.ts';

interface Bucket {
  tokens: number;
  atMs: number;
}

/** One bucket per key: `burst` at once, then `perSecond`. Remembers a bounded number of keys. */
export class TokenBuckets {
  readonly #buckets = new Map<string, Bucket>();
  readonly #clock: Clock;
  readonly #burst: number;
  readonly #perSecond: number;
  readonly #keysMax: number;

  constructor(clock: Clock, options: { burst: number; perSecond: number; keysMax: number }) {
    this.#clock = clock;
    this.#burst = options.burst;
    this.#perSecond = options.perSecond;
    this.#keysMax = options.keysMax;
  }

  /** Takes one token. */
  take(key: string): boolean {
    const bucket = this.#refilled(key);
    if (bucket.tokens < 1) return false;
    bucket.tokens -= 1;
    return true;
  }

  /** Whether one is there, without taking it. */
  has(key: string): boolean {
    return this.#refilled(key).tokens >= 1;
  }

  #refilled(key: string): Bucket {
    const nowMs = this.#clock.monotonicMs();
    const old = this.#buckets.get(key);
    const elapsedMs = old === undefined ? 0 : nowMs - old.atMs;
    const tokens =
      old === undefined
        ? this.#burst
        : Math.min(this.#burst, old.tokens + (elapsedMs / 1_000) * this.#perSecond);
    const bucket = { tokens, atMs: nowMs };
    // Deleting first moves the key to the end, so that the first key is the one not seen for longest.
    this.#buckets.delete(key);
    this.#buckets.set(key, bucket);
    const [oldest] = this.#buckets.keys();
    if (this.#buckets.size > this.#keysMax && oldest !== undefined) this.#buckets.delete(oldest);
    return bucket;
  }
}
