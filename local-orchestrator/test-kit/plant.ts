import { Value } from 'typebox/value';
import { actionSpec, goesBeside, type PickLine, partOf } from '#contracts/capabilities.ts';
import type { Clock } from '#contracts/clock.ts';
import type { Command, CommandPort, CommandResult, Reconciliation } from '#contracts/commands.ts';
import type { RobotState } from '#contracts/devices.ts';
import type { FleetView } from '../fleet/fleet.ts';
import { afterCall, type DeviceState, resultOf } from './devices.ts';
import { createRobots } from './robots.ts';

/** What physically happened, once per entry. */
export interface Effect {
  readonly commandId: string;
  readonly target: string;
  readonly action: string;
  readonly toteId: string | null;
  readonly epoch: number;
  readonly atMs: number;
}

/** What the plant does with a command instead of simply doing it. */
export type Behaviour =
  | { readonly do: 'answer'; readonly result: CommandResult }
  /** It happens, and the answer says something else. */
  | { readonly do: 'act-and-say'; readonly result: CommandResult }
  /** It happens, and the answer comes so late. */
  | { readonly do: 'act-and-wait'; readonly byMs: number }
  /** It happens, and the answer gets lost. */
  | { readonly do: 'act-and-hang' }
  | { readonly do: 'hang' }
  | { readonly do: 'pick'; readonly change: (line: PickLine) => { quantity?: number; seenSku?: string } };

export type Rule = (command: Command) => Behaviour | undefined;

export interface Plant {
  readonly commands: CommandPort;
  readonly fleet: FleetView;
  readonly effects: readonly Effect[];
  readonly submitted: readonly Command[];
  readonly asked: readonly Command[];
  /** Times a fault of a test really happened, by its name. */
  readonly fired: Map<string, number>;
  /** First rule that answers wins; a rule that has fired `times` times is gone. */
  fault(name: string, times: number, rule: Rule): void;
  /** How the device answers when it is asked; without one, from what really happened. */
  onAsk(answer: (command: Command) => Reconciliation | undefined): void;
  setRobot(robotId: string, change: Partial<RobotState>): void;
  /** Where a device stands: its door, its lanes, its light; empty when nothing has happened to it. */
  state(target: string): DeviceState;
  /** How often an action happened, in all or to one tote or target. */
  count(action: string, toteOrTarget?: string): number;
}

export interface PlantOptions {
  readonly robots?: readonly string[];
  /** With it, what a device does takes time, and it is busy meanwhile. */
  readonly clock?: Clock;
  readonly tookMs?: (command: Command) => number;
}

const CANCELLED: CommandResult = {
  state: 'failed',
  code: 'CANCELLED',
  reason: 'told to end it',
  retryable: false,
};
const NEVER = new Promise<never>(() => {});
const nextTurn = () => new Promise<void>((resolve) => setImmediate(resolve));

/**
 * The devices of a site, known by what they can do. It counts: a command id acts at most once, whatever it is
 * told, as the gate promises. It stands outside of the box and goes on when the box dies.
 */
export function createPlant(options: PlantOptions = {}): Plant {
  const { robots: robotIds = [], clock, tookMs = () => 0 } = options;
  const robots = createRobots(robotIds);
  const effects: Effect[] = [];
  const submitted: Command[] = [];
  const asked: Command[] = [];
  const fired = new Map<string, number>();
  const ended = new Map<string, CommandResult>();
  /** What was told and has not been answered, by command id. */
  const told = new Map<string, Promise<CommandResult>>();
  /** What a device is at, by command id; true once it was told to end that. */
  const acting = new Map<string, { readonly part: string; isCancelled: boolean }>();
  const states = new Map<string, DeviceState>();
  let faults: { name: string; left: number; rule: Rule }[] = [];
  let answer: (command: Command) => Reconciliation | undefined = () => undefined;

  const behaviourOf = (command: Command): Behaviour | undefined => {
    for (const fault of faults) {
      const behaviour = fault.rule(command);
      if (behaviour === undefined) continue;
      fault.left -= 1;
      fired.set(fault.name, (fired.get(fault.name) ?? 0) + 1);
      faults = faults.filter(({ left }) => left > 0);
      return behaviour;
    }
    return undefined;
  };

  const act = (command: Command, behaviour: Behaviour | undefined): CommandResult => {
    const { commandId, target, epoch, call } = command;
    const toteId = typeof call.args.toteId === 'string' ? call.args.toteId : null;
    effects.push({ commandId, target, action: call.action, toteId, epoch, atMs: clock?.nowMs() ?? 0 });
    states.set(target, afterCall(states.get(target) ?? {}, call));
    const data = resultOf(call, behaviour?.do === 'pick' ? behaviour.change : undefined);
    const result: CommandResult = { state: 'verified', data };
    ended.set(commandId, result);
    return result;
  };

  const pass = (ms: number): Promise<void> =>
    clock === undefined || ms <= 0 ? nextTurn() : new Promise((resolve) => clock.after(ms, resolve));

  const carryOut = async (command: Command, part: string): Promise<CommandResult> => {
    const { commandId, call } = command;
    const doing = { part, isCancelled: false };
    acting.set(commandId, doing);
    await pass(tookMs(command));
    acting.delete(commandId);
    if (call.action === 'cancel') {
      for (const [id, other] of acting) if (isMeant(command, id, other)) other.isCancelled = true;
    }
    if (doing.isCancelled) {
      ended.set(commandId, CANCELLED);
      return CANCELLED;
    }
    const behaviour = behaviourOf(command);
    switch (behaviour?.do) {
      case 'answer':
        ended.set(command.commandId, behaviour.result);
        return behaviour.result;
      case 'act-and-say':
        act(command, behaviour);
        return behaviour.result;
      case 'act-and-wait': {
        const result = act(command, behaviour);
        await pass(behaviour.byMs);
        return result;
      }
      case 'act-and-hang':
        act(command, behaviour);
        return NEVER;
      case 'hang':
        return NEVER;
      default:
        return act(command, behaviour);
    }
  };

  const submit = (command: Command): Promise<CommandResult> => {
    submitted.push(command);
    const { commandId, call } = command;
    const known = ended.get(commandId);
    if (known !== undefined) return Promise.resolve(known);
    const same = told.get(commandId);
    if (same !== undefined) return same;
    const part = `${command.target} ${goesBeside(call) ? commandId : partOf(call)}`;
    const isBusy = clock !== undefined && [...acting.values()].some((one) => one.part === part);
    const refusal = refusalOf(command, isBusy);
    if (refusal !== null) return Promise.resolve(refusal);
    const promise = carryOut(command, part);
    told.set(commandId, promise);
    return promise;
  };

  const reconcile = async (command: Command): Promise<Reconciliation> => {
    asked.push(command);
    const said = answer(command);
    if (said !== undefined) return said;
    if (acting.has(command.commandId)) return { outcome: 'running' };
    const result = ended.get(command.commandId);
    if (result?.state === 'verified') return { outcome: 'done', data: result.data };
    if (result?.state === 'failed') return { outcome: 'failed', reason: result.reason };
    return { outcome: 'not-done', reason: 'never heard of it' };
  };

  return {
    commands: { submit, reconcile },
    fleet: robots.fleet,
    effects,
    submitted,
    asked,
    fired,
    fault: (name, times, rule) => void faults.push({ name, left: times, rule }),
    onAsk: (given) => {
      answer = given;
    },
    setRobot: robots.set,
    state: (target) => states.get(target) ?? {},
    count: (action, key) =>
      effects.filter(
        (effect) =>
          effect.action === action && (key === undefined || effect.toteId === key || effect.target === key),
      ).length,
  };
}

/** A cancellation without a command is about whatever its target is doing. */
const isMeant = ({ target, call }: Command, commandId: string, doing: { readonly part: string }): boolean =>
  call.args.commandId === undefined ? doing.part.startsWith(`${target} `) : call.args.commandId === commandId;

/** What the gate would not let through. */
function refusalOf({ call, target }: Command, isBusy: boolean): CommandResult | null {
  const refuse = (reason: string, retryable: boolean): CommandResult => ({
    state: 'refused',
    reason,
    interlocks: [],
    retryable,
  });
  const spec = actionSpec(call);
  if (spec === undefined) return refuse(`no ${call.capability} can ${call.action}`, false);
  if (!Value.Check(spec.args, call.args)) {
    return refuse(`${call.capability}.${call.action} does not take ${JSON.stringify(call.args)}`, false);
  }
  return isBusy ? refuse(`${target} is busy`, true) : null;
}
