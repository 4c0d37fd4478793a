import type { Clock } from '#contracts/clock.ts';
import { ApplianceError } from '#contracts/errors.ts';
import { limits } from './limits.ts';

interface Failures {
  count: number;
  /** Monotonic. */
  openAtMs: number;
}

/** How long to wait after so many failures: nothing at first, then doubling up to the longest. */
export function waitMs(failures: number, free: number): number {
  if (failures < free) return 0;
  // 2^30 s is far beyond the longest wait; it keeps the power finite.
  return Math.min(limits.attemptMaxMs, limits.attemptFirstMs * 2 ** Math.min(failures - free, 30));
}

/** Slows down guessing, by name and by address. Bounded in memory, and nobody is ever locked out for good. */
export class Attempts {
  readonly #failures = new Map<string, Failures>();
  readonly #clock: Clock;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /**
   * Counts an attempt before its outcome is known, so that many at once do not all slip through; `undo` takes
   * it back. A name is left out where there is only one (the one-time code): strangers must not block it.
   *
   * Errors: API_RATE_LIMITED.
   */
  begin(address: string, name?: string): { undo(): void } {
    const keys = keysOf(address, name);
    const nowMs = this.#clock.monotonicMs();
    const leftMs = Math.max(...keys.map(({ key }) => this.#openAt(key) - nowMs));
    if (leftMs > 0) throw new ApplianceError('API_RATE_LIMITED', { waitSeconds: Math.ceil(leftMs / 1_000) });
    for (const { key, free } of keys) this.#count(key, free, nowMs);
    return {
      undo: () => {
        for (const { key } of keys) this.#takeBack(key);
      },
    };
  }

  /** The name starts anew; the address does not, or one good account would shield attacks on all others. */
  succeeded(name: string): void {
    this.#failures.delete(nameKey(name));
  }

  #count(key: string, free: number, nowMs: number): void {
    const old = this.#failures.get(key);
    // After a quiet time as long as the longest wait, counting begins anew.
    const isOld = old === undefined || nowMs - old.openAtMs > limits.attemptMaxMs;
    const count = (isOld ? 0 : old.count) + 1;
    this.#failures.delete(key);
    this.#failures.set(key, { count, openAtMs: nowMs + waitMs(count, free) });
    const [oldest] = this.#failures.keys();
    if (this.#failures.size > limits.attemptKeysMax && oldest !== undefined) this.#failures.delete(oldest);
  }

  #takeBack(key: string): void {
    const failures = this.#failures.get(key);
    if (failures === undefined) return;
    failures.count -= 1;
    failures.openAtMs = this.#clock.monotonicMs();
    if (failures.count <= 0) this.#failures.delete(key);
  }

  #openAt(key: string): number {
    return this.#failures.get(key)?.openAtMs ?? Number.NEGATIVE_INFINITY;
  }
}

const nameKey = (name: string): string => `name ${name}`;
const keysOf = (address: string, name: string | undefined) => [
  { key: `address ${address}`, free: limits.attemptsFreePerAddress },
  ...(name === undefined ? [] : [{ key: nameKey(name), free: limits.attemptsFree }]),
];
