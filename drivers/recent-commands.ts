import type { CallResult } from './capabilities/index.ts';

/** Ended commands that are remembered, so that the same id never runs twice. */
export const COMMANDS_REMEMBERED_MAX = 4_096;

export interface RecentCommands {
  /** The run of this id, under way or ended. */
  find(commandId: string): Promise<CallResult> | undefined;
  /** How it ended; undefined while it runs or when it is not known. */
  ended(commandId: string): CallResult | undefined;
  remember(commandId: string, run: Promise<CallResult>): void;
}

/**
 * What was carried out lately. Running commands are never forgotten; ended ones are, oldest first. An id that was
 * forgotten here is still known to the device (goal id, request id), which is asked after a restart as well.
 */
export function createRecentCommands(countMax = COMMANDS_REMEMBERED_MAX): RecentCommands {
  const running = new Map<string, Promise<CallResult>>();
  const done = new Map<string, CallResult>();
  return {
    find(commandId) {
      const result = done.get(commandId);
      return result === undefined ? running.get(commandId) : Promise.resolve(result);
    },
    ended: (commandId) => done.get(commandId),
    remember(commandId, run) {
      running.set(commandId, run);
      void run.then((result) => {
        running.delete(commandId);
        done.set(commandId, result);
        const [oldest] = done.keys();
        if (done.size > countMax && oldest !== undefined) done.delete(oldest);
      });
    },
  };
}
