import { type ActionSpec, type CapabilityCall, goesBeside, partOf } from '#contracts/capabilities.ts';
import type { Command, CommandResult, CommandState } from '#contracts/commands.ts';
import type { DeviceCall, RobotState } from '#contracts/devices.ts';
import { type Admission, type AdmissionView, admit, refusal } from './admission.ts';
import { carryOutWithin } from './carry-out.ts';
import { checkCall } from './check-call.ts';
import { type CommandMemory, KEEP_AFTER_EXPIRY_MS } from './command-memory.ts';
import type { GateOptions, Transit } from './gate-types.ts';
import type { HandStops } from './hand-stops.ts';
import type { InterlockTable } from './interlock-table.ts';
import { EXECUTE_GRACE_MS, type Lanes } from './lanes.ts';
import type { SafeStates } from './safe-states.ts';
import type { GateTarget } from './targets.ts';

/** Time for a running command to end by itself after its stop was verified. */
export const STOP_SETTLE_MS = 1_000;

export interface DeskParts {
  readonly targets: ReadonlyMap<string, GateTarget>;
  readonly robots: ReadonlyMap<string, RobotState>;
  readonly table: InterlockTable;
  readonly lanes: Lanes;
  readonly memory: CommandMemory;
  readonly safeStates: SafeStates;
  readonly handStops: HandStops;
  isClosed(): boolean;
  /** A command has ended: what stands may have changed. */
  onEnded(): void;
}

/** Where commands are checked, recorded and handed to the drivers. */
export interface CommandDesk {
  /**
   * The driver is told before this returns, or never. `internal`: the gate's own restart of something whose last
   * command has not settled.
   */
  submit(command: Command, transit?: Transit, internal?: boolean): Promise<CommandResult>;
}

export function createCommandDesk(options: GateOptions, parts: DeskParts): CommandDesk {
  const { clock, devices } = options;
  const { targets, table, lanes, memory, safeStates, handStops } = parts;
  const epochs = new Map(options.epochs);
  const stopping = new Map<string, CapabilityCall[]>();

  const change = (command: Command, state: CommandState, more: object = {}) =>
    options.onCommand({ command, state, atMs: clock.nowMs(), ...more });

  const turnAway = (command: Command, result: Exclude<Admission, { state: 'admitted' }>): CommandResult => {
    const { reason } = result;
    change(
      command,
      result.state,
      result.state === 'refused' ? { reason, interlocks: result.interlocks } : { reason },
    );
    memory.remember({ command, result: Promise.resolve(result), settled: result, keepUntilMs: 0 }, true);
    return result;
  };

  const view = (command: Command, movement: Movement, beside: boolean, transit?: Transit): AdmissionView => {
    const { target, call } = command;
    const [stop] = stopping.get(target) ?? [];
    return {
      leftMs: leftOf(command, clock, transit),
      movement,
      highestEpoch: epochs.get(target) ?? 0,
      busyWith: stop ? `${stop.action} is running` : beside ? null : lanes.busyWith(target, call),
      open: table.openFor(target),
      heldFor: [
        ...safeStates.causesOf(target).map(({ reason }) => reason),
        ...handStops.reasonsAgainst(command),
        ...(call.action === 'resume' ? [] : pausedReason(parts.robots.get(target))),
      ],
      memoryFull: memory.isFull(clock.monotonicMs()),
      closed: parts.isClosed(),
    };
  };

  /** Stops, and what lets a stopped run go on: they do not wait for the target to be free. */
  const runBeside = async (command: Command, movement: Movement): Promise<CommandResult> => {
    const { target, call } = command;
    const stops = movement === 'stops';
    if (stops) stopping.set(target, [...(stopping.get(target) ?? []), call]);
    const runs = lanes.running(target);
    const limitMs = command.timeoutMs + EXECUTE_GRACE_MS;
    const result = await carryOutWithin(clock, limitMs, () => devices.execute(deviceCall(command)));
    if (stops) {
      const left = (stopping.get(target) ?? []).filter((other) => other !== call);
      if (left.length === 0) stopping.delete(target);
      else stopping.set(target, left);
    }
    const over = runs.filter((run) => result.state === 'verified' && endsRun(command, run.command));
    for (const run of over) {
      clock.after(STOP_SETTLE_MS, () => {
        run.end({ state: 'unknown', reason: `interrupted by ${call.action}: ${command.reason}` });
        lanes.free(run.command.commandId, target);
      });
    }
    return result;
  };

  const dispatch = (command: Command, movement: Movement, beside: boolean): Promise<CommandResult> => {
    change(command, 'dispatched');
    const { promise, resolve } = Promise.withResolvers<CommandResult>();
    const keepUntilMs = clock.monotonicMs() + leftOf(command, clock) + KEEP_AFTER_EXPIRY_MS;
    const entry = { command, result: promise, settled: null as CommandResult | null, keepUntilMs };
    memory.remember(entry, movement === 'stops');
    const settled = (result: CommandResult) => {
      entry.settled = result;
    };
    const ended = (result: CommandResult) => {
      change(command, result.state, 'reason' in result ? { reason: result.reason } : {});
      // Whatever it was told and did, it is no longer standing only because of us.
      if (result.state === 'verified' && movement !== 'none') safeStates.forget(command.target);
      parts.onEnded();
      resolve(result);
    };
    if (beside) {
      void runBeside(command, movement).then((result) => {
        settled(result);
        ended(result);
      });
    } else {
      lanes.start(command, movement === 'starts', { ended, settled });
    }
    return promise;
  };

  return {
    async submit(command, transit, internal = false) {
      const target = targets.get(command.target);
      if (target === undefined) {
        return turnAway(command, refusal('SAFE_UNKNOWN_TARGET', { target: command.target }));
      }
      const check = checkCall(command, target);
      if (!check.valid) {
        return turnAway(command, refusal('SAFE_INVALID_CALL', { target: target.id, problem: check.problem }));
      }
      // Before the expiry: who repeats a command that has ended wants its result, not "expired".
      const recalled = memory.recall(command);
      if (recalled.known === 'same') return recalled.entry.result;
      const { commandId, call, epoch } = command;
      if (recalled.known === 'differs') return refusal('SAFE_ID_REUSED', { commandId });

      change(command, 'requested');
      const beside = internal || goesBeside(call);
      const admission = admit(command, view(command, check.movement, beside, transit));
      if (admission.state !== 'admitted') return turnAway(command, admission);
      epochs.set(target.id, Math.max(epoch, epochs.get(target.id) ?? 0));
      change(command, 'admitted');
      handStops.heard(command);
      return dispatch(command, check.movement, beside);
    },
  };
}

type Movement = ActionSpec['movement'];

export const deviceCall = ({ commandId, target, call, timeoutMs }: Command): DeviceCall => ({
  commandId,
  target,
  call,
  timeoutMs,
});

/** Time until expiry: by the wall clock, or by the age since it was sent, whichever is less. */
function leftOf(command: Command, clock: GateOptions['clock'], transit?: Transit): number {
  const wallLeftMs = command.expiresAtMs - clock.nowMs();
  if (transit === undefined) return wallLeftMs;
  return Math.min(wallLeftMs, transit.leftMs - (clock.monotonicMs() - transit.sentAtMs));
}

/**
 * Whether a verified stop ends a run for good. A pause only holds it up, and so does the stop of a line for the
 * totes on it; a cancel may mean another run.
 */
function endsRun({ call }: Command, run: Command): boolean {
  if (call.action === 'pause' || call.action === 'resume' || call.action === 'run') return false;
  if (partOf(run.call) !== '') return false;
  const aimedAt = call.args.commandId;
  return aimedAt === undefined || aimedAt === run.commandId;
}

const pausedReason = (state: RobotState | undefined): string[] =>
  state?.activity === 'paused'
    ? [`${state.robotId} is paused${pausedByWords[state.pausedBy ?? 'command']}`]
    : [];

export const pausedByWords = {
  command: '',
  heartbeat: ' (it missed our heartbeat)',
  local: ' (by somebody at the robot)',
} as const;
