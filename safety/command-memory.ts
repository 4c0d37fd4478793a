import { isDeepStrictEqual } from 'node:util';
import type { Command, CommandResult } from '#contracts/commands.ts';

/** Commands that may have acted and are not yet dead: some hundred bytes each, so a few MB at the most. */
export const ACTED_COUNT_MAX = 10_000;
/** Refused commands and stops, which do no harm when they come twice; the oldest makes room. */
export const HARMLESS_COUNT_MAX = 1_000;
/** How long after its expiry an id still gets its result instead of "expired". */
export const KEEP_AFTER_EXPIRY_MS = 60_000;

export interface Remembered {
  readonly command: Command;
  /** Resolves once; the same promise for everybody who repeats the id. */
  readonly result: Promise<CommandResult>;
  /** What the driver said, also when it came after the gate had given up waiting. */
  settled: CommandResult | null;
  /** Monotonic time up to which it has to be remembered. */
  readonly keepUntilMs: number;
}

export type Recollection =
  | { readonly known: 'no' }
  | { readonly known: 'same'; readonly entry: Remembered }
  | { readonly known: 'differs' };

/**
 * Remembers command ids so that none acts twice. An id that acted is kept until its command has expired, when a
 * repeat would be dead anyway; there is no other way out, so a full memory refuses instead of forgetting.
 */
export interface CommandMemory {
  recall(command: Command): Recollection;
  find(commandId: string): Remembered | undefined;
  isFull(nowMs: number): boolean;
  remember(entry: Remembered, harmless: boolean): void;
}

export function createCommandMemory(): CommandMemory {
  const acted = new Map<string, Remembered>();
  const harmless = new Map<string, Remembered>();
  const find = (commandId: string) => acted.get(commandId) ?? harmless.get(commandId);

  return {
    find,
    recall(command) {
      const entry = find(command.commandId);
      if (entry === undefined) return { known: 'no' };
      return sameWish(entry.command, command) ? { known: 'same', entry } : { known: 'differs' };
    },
    isFull(nowMs) {
      if (acted.size < ACTED_COUNT_MAX) return false;
      for (const [id, { keepUntilMs, settled }] of acted) {
        if (settled !== null && keepUntilMs <= nowMs) acted.delete(id);
      }
      return acted.size >= ACTED_COUNT_MAX;
    },
    remember(entry, isHarmless) {
      const { commandId } = entry.command;
      if (!isHarmless) {
        acted.set(commandId, entry);
        return;
      }
      const oldest = harmless.size >= HARMLESS_COUNT_MAX ? harmless.keys().next().value : undefined;
      if (oldest !== undefined) harmless.delete(oldest);
      harmless.set(commandId, entry);
    },
  };
}

/** Trace context, reason and deadline may differ when something is said again; what shall be done may not. */
const sameWish = (a: Command, b: Command): boolean =>
  a.target === b.target && a.epoch === b.epoch && isDeepStrictEqual(a.call, b.call);
