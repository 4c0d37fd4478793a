import { type CapabilityCall, partOf } from '#contracts/capabilities.ts';
import type { Clock } from '#contracts/clock.ts';
import type { Command, CommandResult } from '#contracts/commands.ts';
import type { DeviceCall } from '#contracts/devices.ts';
import { carryOut } from './carry-out.ts';

/** What a driver may need over the timeout of the call to say that it timed out. */
export const EXECUTE_GRACE_MS = 1_000;
/** Parts of one target that may be at work at once, such as totes on a line. */
export const PARTS_AT_WORK_MAX = 32;

export interface Run {
  readonly command: Command;
  readonly moves: boolean;
  /** The driver has answered; the target is free. */
  settled: boolean;
  /** Whoever asked has their result. */
  ended: boolean;
  end(result: CommandResult): void;
}

/**
 * One writer per target, or per part of it that works by itself (see `partOf`). A run whose requester was answered `unknown` keeps the target until the driver has
 * answered, or until somebody who knows says that it is over.
 */
export interface Lanes {
  start(
    command: Command,
    moves: boolean,
    hooks: { ended(result: CommandResult): void; settled(result: CommandResult): void },
  ): void;
  running(target: string): Run[];
  find(command: Pick<Command, 'commandId' | 'target'>): Run | undefined;
  /** The command is over, says the device: the target is free. */
  free(commandId: string, target: string): void;
  /** What stands in the way of a call, in words; `null` when its part of the target is free. */
  busyWith(target: string, call: CapabilityCall): string | null;
  runs(): Run[];
  close(): void;
}

export function createLanes(options: {
  readonly clock: Clock;
  execute(call: DeviceCall): Promise<CommandResult>;
}): Lanes {
  const { clock } = options;
  const lanes = new Map<string, Run>();
  const keyOf = (target: string, call: CapabilityCall) => `${target}\n${partOf(call)}`;
  const running = (target: string) => [...lanes.values()].filter(({ command }) => command.target === target);
  const timers = new Set<() => void>();

  return {
    start(command, moves, hooks) {
      const { commandId, target, call, timeoutMs } = command;
      const limitMs = timeoutMs + EXECUTE_GRACE_MS;
      const cancel = clock.after(limitMs, () =>
        run.end({ state: 'unknown', reason: `the device has not answered within ${limitMs} ms` }),
      );
      timers.add(cancel);
      const run: Run = {
        command,
        moves,
        settled: false,
        ended: false,
        end(result) {
          if (run.ended) return;
          run.ended = true;
          cancel();
          timers.delete(cancel);
          hooks.ended(result);
        },
      };
      const key = keyOf(target, call);
      lanes.set(key, run);
      const settle = (result: CommandResult) => {
        run.settled = true;
        if (lanes.get(key) === run) lanes.delete(key);
        hooks.settled(result);
        run.end(result);
      };
      void carryOut(() => options.execute({ commandId, target, call, timeoutMs })).then(settle);
    },
    running,
    find: ({ commandId, target }) => running(target).find(({ command }) => command.commandId === commandId),
    free(commandId, target) {
      for (const [key, { command }] of lanes) {
        if (command.target === target && command.commandId === commandId) lanes.delete(key);
      }
    },
    busyWith(target, asked) {
      const run = lanes.get(keyOf(target, asked));
      if (run === undefined) {
        const count = running(target).length;
        return count < PARTS_AT_WORK_MAX ? null : `${count} calls are running`;
      }
      const { call, commandId } = run.command;
      const what = `${call.action} (${commandId})`;
      return run.ended ? `nobody knows yet how ${what} ended` : `${what} is running`;
    },
    runs: () => [...lanes.values()],
    close() {
      for (const cancel of timers) cancel();
      timers.clear();
    },
  };
}
