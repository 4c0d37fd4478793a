import type { Clock } from '#contracts/clock.ts';
import type { Fact } from './facts.ts';
import { LEDGER_COUNT_MAX, LEDGER_PAGE_MAX } from './limits.ts';
import type { World } from './world.ts';

/** A fact with its number and its times. `atMs` is wall time, ms since the epoch. */
export type LedgerEntry = Fact & {
  readonly n: number;
  readonly atMs: number;
  readonly simMs: number;
  /** PLC cycle in which it happened. */
  readonly cycle: number;
};

export interface LedgerPage {
  readonly entries: readonly LedgerEntry[];
  /** Number of the newest fact there is. */
  readonly last: number;
  /** Facts that were dropped from the start; they had the numbers 1 to `dropped`. */
  readonly dropped: number;
}

export interface Ledger {
  /** Takes the facts that the world has told since the last time. */
  collect(world: World): readonly LedgerEntry[];
  after(n: number, countMax?: number): LedgerPage;
}

/** Append-only and bounded: numbers have no gaps, the oldest facts go first. */
export function createLedger(clock: Clock, countMax = LEDGER_COUNT_MAX): Ledger {
  let entries: LedgerEntry[] = [];
  let last = 0;
  return {
    collect(world) {
      if (world.facts.length === 0) return [];
      const atMs = clock.nowMs();
      const fresh = world.facts
        .splice(0)
        .map((fact): LedgerEntry => ({ n: ++last, atMs, simMs: world.simMs, cycle: world.cycle, ...fact }));
      entries.push(...fresh);
      // In lumps, so that a full ledger does not move all its facts at each cycle.
      if (entries.length > countMax * 1.1) entries = entries.slice(-countMax);
      return fresh;
    },
    after(n, pageMax = LEDGER_PAGE_MAX) {
      const dropped = last - entries.length;
      const start = Math.max(0, n - dropped);
      return { entries: entries.slice(start, start + pageMax), last, dropped };
    },
  };
}
