import type { PickLine } from '#contracts/capabilities.ts';
import type { Command, CommandPort, CommandResult, Reconciliation } from '#contracts/commands.ts';
import type { RobotState } from '#contracts/devices.ts';
import type { FleetView } from '../../local-orchestrator/index.ts';

/** What physically happened, once per entry. */
export interface Effect {
  readonly commandId: string;
  readonly target: string;
  readonly action: string;
  readonly toteId: string | null;
  readonly epoch: number;
}

/** What the plant does with a command instead of simply doing it. */
export type Behaviour =
  | { readonly do: 'answer'; readonly result: CommandResult }
  /** It happens, and the answer gets lost. */
  | { readonly do: 'act-and-say'; readonly result: CommandResult }
  | { readonly do: 'act-and-hang' }
  | { readonly do: 'hang' }
  | { readonly do: 'pick'; readonly change: (line: PickLine) => { quantity?: number; seenSku?: string } };

export type Rule = (command: Command) => Behaviour | undefined;

export interface Plant {
  readonly commands: CommandPort;
  readonly fleet: FleetView;
  readonly effects: Effect[];
  readonly submitted: Command[];
  readonly asked: Command[];
  /** Times a fault of a test really happened. */
  readonly fired: Map<string, number>;
  /** First rule that answers wins; a rule that has fired `times` times is gone. */
  fault(name: string, times: number, rule: Rule): void;
  /** How the device answers when it is asked; without one, from what really happened. */
  onAsk(answer: (command: Command) => Reconciliation | undefined): void;
  setRobot(robotId: string, change: Partial<RobotState>): void;
  count(action: string, toteOrTarget?: string): number;
}

/** A plant that counts: every command id acts at most once, whatever it is told, as the gate promises. */
export function createPlant(robotIds: readonly string[]): Plant {
  const effects: Effect[] = [];
  const submitted: Command[] = [];
  const asked: Command[] = [];
  const fired = new Map<string, number>();
  const ended = new Map<string, CommandResult>();
  const underWay = new Set<string>();
  let faults: { name: string; left: number; rule: Rule }[] = [];
  let answer: (command: Command) => Reconciliation | undefined = () => undefined;
  const listeners = new Set<() => void>();
  const robots = new Map<string, RobotState>(
    robotIds.map((robotId, index) => [robotId, idleRobot(robotId, index)]),
  );

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
    const { commandId, target, epoch } = command;
    const { action, args } = command.call;
    const toteId = typeof args.toteId === 'string' ? args.toteId : null;
    effects.push({ commandId, target, action, toteId, epoch });
    const result: CommandResult = { state: 'verified', data: dataOf(command, behaviour) };
    ended.set(commandId, result);
    return result;
  };

  const submit = async (command: Command): Promise<CommandResult> => {
    submitted.push(command);
    underWay.add(command.commandId);
    await new Promise((resolve) => setImmediate(resolve));
    const known = ended.get(command.commandId);
    underWay.delete(command.commandId);
    if (known !== undefined) return known;
    const behaviour = behaviourOf(command);
    switch (behaviour?.do) {
      case 'answer':
        ended.set(command.commandId, behaviour.result);
        return behaviour.result;
      case 'act-and-say':
        act(command, behaviour);
        return behaviour.result;
      case 'act-and-hang':
        act(command, behaviour);
        return new Promise(() => {});
      case 'hang':
        return new Promise(() => {});
      default:
        return act(command, behaviour);
    }
  };

  const reconcile = async (command: Command): Promise<Reconciliation> => {
    asked.push(command);
    const told = answer(command);
    if (told !== undefined) return told;
    if (underWay.has(command.commandId)) return { outcome: 'running' };
    const result = ended.get(command.commandId);
    if (result?.state === 'verified') return { outcome: 'done', data: result.data };
    if (result?.state === 'failed') return { outcome: 'failed', reason: result.reason };
    return { outcome: 'not-done', reason: 'never heard of it' };
  };

  return {
    commands: { submit, reconcile },
    fleet: {
      robots: () => [...robots.values()],
      onChange(listener) {
        listeners.add(listener);
        return () => listeners.delete(listener);
      },
    },
    effects,
    submitted,
    asked,
    fired,
    fault: (name, times, rule) => void faults.push({ name, left: times, rule }),
    onAsk: (told) => {
      answer = told;
    },
    setRobot(robotId, change) {
      const robot = robots.get(robotId) ?? idleRobot(robotId, robots.size);
      robots.set(robotId, { ...robot, ...change });
      for (const listener of listeners) listener();
    },
    count: (action, key) =>
      effects.filter(
        (effect) =>
          effect.action === action && (key === undefined || effect.toteId === key || effect.target === key),
      ).length,
  };
}

const idleRobot = (robotId: string, index: number): RobotState => ({
  robotId,
  pose: { x: index, y: 0, heading: 0 },
  battery: 0.9,
  activity: 'idle',
  moving: false,
  toteId: null,
  commandId: null,
  place: 'park-1',
  atMs: 0,
});

function dataOf(command: Command, behaviour: Behaviour | undefined): Record<string, unknown> {
  const { action, args } = command.call;
  if (action === 'goTo' || action === 'drop') return { place: args.place };
  if (action === 'convey') return { lane: args.to };
  if (action !== 'pick') return {};
  const change = behaviour?.do === 'pick' ? behaviour.change : () => ({});
  const lines = (args.lines as PickLine[]).map((line) => ({ ...line, seenSku: line.sku, ...change(line) }));
  return { lines };
}
