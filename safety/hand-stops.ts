import type { Interlock } from '#contracts/api.ts';
import type { Command } from '#contracts/commands.ts';
import type { GateTarget } from './targets.ts';

/** Rows for lines that people have stopped. The dot keeps them apart from every id a site file can hold. */
export const STOPPED_PREFIX = 'stopped.';

/** A line that a person has stopped by hand, and who it was. */
export interface HandStop {
  readonly target: string;
  readonly by: string;
}

/**
 * Lines that people have stopped. A robot says itself that it is paused; a line only stands, and the next order would
 * start it under the hands of whoever frees a tote. The last admitted word of a person counts, whatever the device made
 * of it: a stop whose outcome nobody knows may have stopped it.
 */
export interface HandStops {
  /** To be told of every admitted command. */
  heard(command: Command): void;
  /** Why a command must not move its target; nothing stands against a person who lets it run. */
  reasonsAgainst(command: Command): string[];
  has(target: string): boolean;
  letGo(target: string): void;
  list(): readonly HandStop[];
  /** One for each: a person has to let it run, so a person must see it. */
  rows(): Interlock[];
}

export function createHandStops(options: {
  readonly targets: ReadonlyMap<string, GateTarget>;
  readonly latched: readonly HandStop[];
  onChange(): void;
}): HandStops {
  const stopped = new Map(
    options.latched.flatMap(({ target, by }) => (options.targets.has(target) ? [[target, by] as const] : [])),
  );
  const letGo = (target: string): void => {
    if (stopped.delete(target)) options.onChange();
  };
  return {
    heard(command) {
      const { target, requestedBy } = command;
      if (letsRun(command)) letGo(target);
      else if (isByPerson(command, 'stop') && stopped.get(target) !== requestedBy.id) {
        stopped.set(target, requestedBy.id);
        options.onChange();
      }
    },
    reasonsAgainst(command) {
      const by = stopped.get(command.target);
      if (by === undefined || letsRun(command)) return [];
      return [`${wordsOf({ target: command.target, by })} and a person has to let it run again`];
    },
    has: (target) => stopped.has(target),
    letGo,
    list: () => [...stopped].map(([target, by]) => ({ target, by })),
    // Met: nothing is wrong with the site, one line stands.
    rows: () =>
      [...stopped].map(([target, by]) => ({
        id: `${STOPPED_PREFIX}${target}`,
        text: wordsOf({ target, by }),
        met: true,
        needsReset: true,
        reason: null,
        protects: [target],
      })),
  };
}

const isByPerson = ({ call, requestedBy }: Command, action: 'run' | 'stop'): boolean =>
  requestedBy.kind === 'person' && call.capability === 'Conveyor' && call.action === action;

const letsRun = (command: Command): boolean => isByPerson(command, 'run');

const wordsOf = ({ target, by }: HandStop): string => `${target} was stopped by hand (${by})`;
