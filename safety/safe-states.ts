import type { CapabilityCall } from '#contracts/capabilities.ts';
import type { Clock } from '#contracts/clock.ts';
import type { CommandResult } from '#contracts/commands.ts';
import type { DeviceCall } from '#contracts/devices.ts';
import { carryOutWithin } from './carry-out.ts';
import type { GateTarget, SafeAction } from './targets.ts';

/** How long a device may take to take its safe state before the write counts as failed. */
export const SAFE_WRITE_TIMEOUT_MS = 1_000;
/** Pause after a write that was not verified; doubles up to the maximum, for as long as the cause lasts. */
export const SAFE_RETRY_FIRST_MS = 100;
export const SAFE_RETRY_MAX_MS = 2_000;
/** A target that is seen moving although its safe state was verified is told again, at most this often. */
export const SAFE_REPEAT_MS = 500;

/** Why a target is held: an interlock's id, `shutdown`, or whoever else cannot vouch. */
export interface Cause {
  readonly id: string;
  readonly reason: string;
}

export interface SafeOutcome {
  readonly target: string;
  readonly cause: string;
  readonly outcome: 'verified' | 'failed' | 'unknown';
  readonly reason?: string;
}

interface Hold {
  readonly target: GateTarget;
  readonly action: SafeAction;
  readonly causes: Map<string, string>;
  /** Causes that had gone before this hold and still wait for a person. */
  readonly owed: readonly string[];
  /** Set in motion again when a person resets: only what we stopped, never what somebody else has. */
  restart: CapabilityCall | null;
  written: 'not-yet' | 'verified';
  reported: SafeOutcome['outcome'] | null;
  writing: Promise<void> | null;
  writtenAtMs: number;
  retryMs: number;
  cancelRetry: () => void;
}

/** A target at rest because of us, that nothing holds any more: it waits for a person or its next command. */
export interface Standing {
  readonly target: string;
  readonly restart: CapabilityCall;
  readonly causes: readonly string[];
}

/**
 * Holds targets in their safe state for as long as any cause lasts. Every write is verified by the driver's
 * read-back and repeated, one at a time and spaced, until it is. Nothing here sets anything in motion: who
 * lifts the last cause gets told what could be restarted.
 */
export interface SafeStates {
  /**
   * Resolves when the first write has ended, well or not; the write begins before this returns. `bringBack`
   * says that the target did not rest by itself, so that a reset may restart it.
   */
  hold(target: GateTarget, action: SafeAction, cause: Cause, bringBack: boolean): Promise<void>;
  /** The cause is gone. A target without causes is left standing. */
  lift(targetId: string, causeId: string): void;
  causesOf(targetId: string): readonly Cause[];
  /** The target was seen moving: told once more if it is being held, unless it was told just now. */
  check(targetId: string): void;
  /** Its device was reached: what it was told before may not have arrived. */
  tellAgain(targetId: string): void;
  standing(): Standing[];
  /** What would be restarted if every cause of every target ended now. */
  restartable(): Standing[];
  stand(standing: Standing): void;
  /** It moves again, on purpose. */
  forget(targetId: string): void;
  /** Somebody else has stopped it as well: it stays held, but whoever that was has to let it go on. */
  disown(targetId: string): void;
  /** True when every held target has verified its safe state. */
  allVerified(): boolean;
  /** Resolves as soon as that is so. */
  whenVerified(): Promise<void>;
  close(): void;
}

export function createSafeStates(options: {
  readonly clock: Clock;
  execute(call: DeviceCall): Promise<CommandResult>;
  onOutcome(outcome: SafeOutcome): void;
}): SafeStates {
  const { clock } = options;
  const holds = new Map<string, Hold>();
  const standing = new Map<string, Standing>();
  /** Ends with the process: only the orderly shutdown waits. */
  const waiters: (() => void)[] = [];
  const allVerified = () => [...holds.values()].every(({ written }) => written === 'verified');
  let writes = 0;
  let closed = false;

  const write = (hold: Hold): Promise<void> => {
    hold.cancelRetry();
    writes += 1;
    hold.writtenAtMs = clock.monotonicMs();
    const call: DeviceCall = {
      commandId: `safe-state-${writes}`,
      target: hold.target.id,
      call: hold.action.stop,
      timeoutMs: SAFE_WRITE_TIMEOUT_MS,
    };
    // Begun at once: whatever stands between the trip and the wire is time in which something moves.
    const ended = carryOutWithin(clock, SAFE_WRITE_TIMEOUT_MS, () => options.execute(call));
    const writing = ended.then((result) => {
      hold.writing = null;
      settle(hold, result);
    });
    hold.writing = writing;
    return writing;
  };

  const settle = (hold: Hold, result: CommandResult): void => {
    if (closed || holds.get(hold.target.id) !== hold) return;
    const outcome = outcomeOf(hold, result);
    // A device that stays away is told again and again; the log hears of it once.
    if (outcome.outcome !== hold.reported) options.onOutcome(outcome);
    hold.reported = outcome.outcome;
    if (outcome.outcome === 'verified') {
      hold.written = 'verified';
      hold.retryMs = SAFE_RETRY_FIRST_MS;
      if (allVerified()) for (const resolve of waiters.splice(0)) resolve();
      return;
    }
    hold.written = 'not-yet';
    hold.cancelRetry = clock.after(hold.retryMs, () => void write(hold));
    hold.retryMs = Math.min(hold.retryMs * 2, SAFE_RETRY_MAX_MS);
  };

  const begin = (target: GateTarget, action: SafeAction, bringBack: boolean): Hold => {
    // Stopped by us, let go, and stopped again before a person came: still ours to bring back.
    const earlier = standing.get(target.id);
    standing.delete(target.id);
    const ours = earlier !== undefined || bringBack;
    const hold: Hold = {
      target,
      action,
      causes: new Map(),
      owed: earlier?.causes ?? [],
      restart: ours ? action.restart : null,
      written: 'not-yet',
      reported: null,
      writing: null,
      writtenAtMs: 0,
      retryMs: SAFE_RETRY_FIRST_MS,
      cancelRetry: () => {},
    };
    holds.set(target.id, hold);
    return hold;
  };

  return {
    hold(target, action, cause, bringBack) {
      const hold = holds.get(target.id) ?? begin(target, action, bringBack);
      hold.causes.set(cause.id, cause.reason);
      return hold.writing ?? write(hold);
    },
    lift(targetId, causeId) {
      const hold = holds.get(targetId);
      if (hold === undefined) return;
      const causes = [...hold.owed, ...hold.causes.keys()];
      if (!hold.causes.delete(causeId) || hold.causes.size > 0) return;
      hold.cancelRetry();
      holds.delete(targetId);
      if (hold.restart !== null) standing.set(targetId, { target: targetId, restart: hold.restart, causes });
    },
    causesOf: (targetId) => [...(holds.get(targetId)?.causes ?? [])].map(([id, reason]) => ({ id, reason })),
    check(targetId) {
      const hold = holds.get(targetId);
      if (hold === undefined || hold.writing !== null) return;
      if (clock.monotonicMs() - hold.writtenAtMs >= SAFE_REPEAT_MS) void write(hold);
    },
    tellAgain(targetId) {
      const hold = holds.get(targetId);
      if (hold !== undefined && hold.writing === null) void write(hold);
    },
    standing: () => [...standing.values()],
    restartable: () => [
      ...standing.values(),
      ...[...holds.values()].flatMap(({ target, restart, causes, owed }) =>
        restart === null ? [] : [{ target: target.id, restart, causes: [...owed, ...causes.keys()] }],
      ),
    ],
    stand(entry) {
      if (!holds.has(entry.target)) standing.set(entry.target, entry);
    },
    forget(targetId) {
      standing.delete(targetId);
    },
    disown(targetId) {
      standing.delete(targetId);
      const hold = holds.get(targetId);
      if (hold !== undefined) hold.restart = null;
    },
    allVerified,
    whenVerified() {
      if (allVerified()) return Promise.resolve();
      return new Promise((resolve) => waiters.push(resolve));
    },
    close() {
      closed = true;
      for (const hold of holds.values()) hold.cancelRetry();
    },
  };
}

function outcomeOf(hold: Hold, result: CommandResult): SafeOutcome {
  const [[, cause] = ['', '']] = hold.causes;
  const base = { target: hold.target.id, cause };
  if (result.state === 'verified') return { ...base, outcome: 'verified' };
  const outcome = result.state === 'unknown' ? 'unknown' : 'failed';
  return { ...base, outcome, reason: result.reason };
}
