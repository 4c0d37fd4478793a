import type { Command, Requester } from '#contracts/commands.ts';
import type { RobotState } from '#contracts/devices.ts';
import type { CommandDesk } from './command-desk.ts';
import type { GateOptions } from './gate-types.ts';
import type { InterlockTable } from './interlock-table.ts';
import { whyNotRestart } from './paused.ts';
import { SHUTDOWN_CAUSE } from './reactions.ts';
import type { SafeStates, Standing } from './safe-states.ts';
import { type GateTarget, safeActionOf } from './targets.ts';

/**
 * Time after the start within which a robot that is first seen paused for want of heartbeats is taken to have
 * missed them because we were away. Later it lost its link, and only a person lets it go on.
 */
export const START_MS_MAX = 30_000;
/** Life of a restart command. */
export const RESTART_EXPIRY_MS = 5_000;
/** Pause between two tries to bring a target back after a start, and how many there are. */
const START_RETRY_MS = 1_000;
const START_TRIES_MAX = 10;

export interface RestartParts {
  readonly targets: ReadonlyMap<string, GateTarget>;
  readonly robots: ReadonlyMap<string, RobotState>;
  readonly table: InterlockTable;
  readonly safeStates: SafeStates;
  readonly desk: CommandDesk;
  isUp(device: string): boolean;
}

/**
 * Sets in motion again what was stopped by us: when a person resets, or when the appliance starts after an end that
 * was nobody's emergency. Each restart is a command of its own through the gate, so every interlock stands before it.
 */
export interface Restarts {
  /** A person let go what the interlock had stopped. */
  byPerson(entries: readonly Standing[], by: string, reason: string): void;
  /** Before the state is remembered: a robot that stopped itself while we were away goes on with us. */
  claim(state: RobotState): void;
  /** True when what is asked of people may have changed: it has given one up, or the time of the start is over. */
  tick(): boolean;
  /** Whether the start is bringing this target back, or is going to. */
  comesBack(target: string): boolean;
  /** Robots that were going before the start and may still be found paused for want of our heartbeats. */
  expected(): readonly string[];
}

export function createRestarts(options: GateOptions, parts: RestartParts): Restarts {
  const { clock, log } = options;
  const { targets, safeStates, table } = parts;
  const startedMs = clock.monotonicMs();
  const atStart = new Map<string, { tries: number; nextMs: number }>();
  const isStart = () => clock.monotonicMs() - startedMs <= START_MS_MAX;
  const stands = (target: string) => safeStates.standing().some((entry) => entry.target === target);
  let expected = options.latch.going ?? [];

  for (const { atStart: comesBack, ...entry } of options.latch.standing) {
    if (!targets.has(entry.target)) continue;
    safeStates.stand(entry);
    if (comesBack) atStart.set(entry.target, { tries: 0, nextMs: 0 });
  }

  // A start is a deliberate act of its own, so the latch need not know them.
  for (const target of targets.values()) {
    const action = safeActionOf(target, options.config.safeStates);
    if (!action?.atStart || action.restart === null) continue;
    safeStates.stand({ target: target.id, restart: action.restart, causes: [SHUTDOWN_CAUSE] });
    atStart.set(target.id, { tries: 0, nextMs: 0 });
  }

  const restart = async (entry: Standing, requestedBy: Requester, reason: string): Promise<boolean> => {
    const command: Command = {
      commandId: options.newId(),
      target: entry.target,
      call: entry.restart,
      expiresAtMs: Math.round(clock.nowMs()) + RESTART_EXPIRY_MS,
      timeoutMs: RESTART_EXPIRY_MS,
      epoch: 0,
      requestedBy,
      reason,
      correlationId: requestedBy.id,
    };
    const result = await parts.desk.submit(command, undefined, true);
    if (result.state !== 'verified') log.warn({ target: entry.target, result }, 'a restart did not succeed');
    return result.state === 'verified';
  };

  const mayStart = (id: string): boolean => {
    const target = targets.get(id);
    if (target === undefined || !parts.isUp(target.device) || table.openFor(id).length > 0) return false;
    return whyNotRestart(target, parts.robots.get(id)) === null;
  };

  return {
    byPerson(entries, by, reason) {
      for (const entry of entries) {
        const target = targets.get(entry.target);
        const why = target ? whyNotRestart(target, parts.robots.get(entry.target)) : null;
        // It stays in the list of what waits to be restarted.
        if (why !== null) log.warn({ target: entry.target, why }, 'a restart was left out');
        else void restart(entry, { kind: 'person', id: by }, reason);
      }
    },
    claim({ robotId, pausedBy }) {
      const isFirst = !parts.robots.has(robotId);
      const target = targets.get(robotId);
      if (!isFirst || !isStart() || pausedBy !== 'heartbeat' || target === undefined) return;
      // Paused or out of reach before we went: it lost its link, and a person was asked for then.
      if (!expected.includes(robotId)) return;
      const call = safeActionOf(target, options.config.safeStates)?.restart ?? null;
      if (call === null || stands(robotId)) return;
      safeStates.stand({ target: robotId, restart: call, causes: [SHUTDOWN_CAUSE] });
      atStart.set(robotId, { tries: 0, nextMs: 0 });
    },
    tick() {
      const isOver = expected.length > 0 && !isStart();
      if (isOver) expected = [];
      if (atStart.size === 0) return isOver;
      let hasGivenUp = false;
      const nowMs = clock.monotonicMs();
      const standing = new Map(safeStates.standing().map((entry) => [entry.target, entry]));
      for (const [target, turn] of atStart) {
        const entry = standing.get(target);
        // Held again, or moving again: a start has nothing to say any more.
        if (entry === undefined || turn.tries >= START_TRIES_MAX) {
          atStart.delete(target);
          hasGivenUp = true;
        } else if (nowMs >= turn.nextMs && mayStart(target)) {
          turn.tries += 1;
          turn.nextMs = nowMs + RESTART_EXPIRY_MS + START_RETRY_MS;
          const why = 'the appliance has started, and its end had stopped it';
          void restart(entry, { kind: 'system', id: 'start' }, why);
        }
      }
      return isOver || hasGivenUp;
    },
    comesBack: (target) => atStart.has(target) && stands(target),
    expected: () => expected,
  };
}
