import { Value } from 'typebox/value';
import type { Clock } from '#contracts/clock.ts';
import { isApplianceError } from '#contracts/errors.ts';
import { GoalStatusRequest, GoalStatusResponse, goalStatusCodes, type RosNames } from '#contracts/ros.ts';
import { type GoalEnd, hasEnded } from './goal.ts';
import type { RosSession } from './session.ts';

export type GoalWait = { state: 'ended'; end: GoalEnd } | { state: 'never-taken' } | { state: 'timed-out' };

export interface Goals {
  /** Waits for the end of a goal that was sent, over lost and new connections. */
  waitFor(goalId: string, timeoutMs: number): Promise<GoalWait>;
  /** What the robot says of a goal. Rejects when it is silent. */
  ask(goalId: string, timeoutMs: number): Promise<GoalEnd>;
  /** The robot reported an end by itself. */
  end(goalId: string, end: GoalEnd): void;
  /** A new connection is up: each goal that is waited for is asked about. */
  reconnected(): void;
}

/** A result may get lost with the connection that asked; asking now and then finds it. */
const ASK_EVERY_MS = 2_000;
const ASK_MS_MAX = 2_000;

interface Tracked {
  finish(wait: GoalWait): void;
  /** The connection that sent it is gone, so a robot that does not know it never will through that one. */
  orphaned: boolean;
}

/** Goals under way. The robot knows them by id, whichever connection asks. */
export function createGoals(names: RosNames, clock: Clock, live: () => RosSession): Goals {
  const tracked = new Map<string, Tracked>();

  const ask = async (goalId: string, timeoutMs: number): Promise<GoalEnd> => {
    const request = Value.Parse(GoalStatusRequest, { goal_id: goalId });
    const values = await live().call(names.goalStatus, request, timeoutMs);
    if (!Value.Check(GoalStatusResponse, values)) return { status: goalStatusCodes.accepted, values: null };
    return { status: values.status, values: values.result };
  };

  const look = async (goalId: string): Promise<void> => {
    const goal = tracked.get(goalId);
    if (goal === undefined) return;
    const { orphaned } = goal;
    try {
      const end = await ask(goalId, ASK_MS_MAX);
      if (hasEnded(end.status)) goal.finish({ state: 'ended', end });
      else if (end.status === goalStatusCodes.none && orphaned) goal.finish({ state: 'never-taken' });
    } catch (error) {
      // The link is down or slow: the goal goes on at the robot, and we ask again.
      if (!isApplianceError(error)) throw error;
    }
  };

  return {
    ask,
    waitFor(goalId, timeoutMs) {
      return new Promise((resolve) => {
        let cancelAsk = () => {};
        const finish = (wait: GoalWait) => {
          cancelAsk();
          cancelLimit();
          if (tracked.get(goalId) === goal) tracked.delete(goalId);
          resolve(wait);
        };
        const goal: Tracked = { finish, orphaned: false };
        const cancelLimit = clock.after(timeoutMs, () => finish({ state: 'timed-out' }));
        const askAgain = () => {
          cancelAsk = clock.after(ASK_EVERY_MS, () => {
            void look(goalId).then(() => {
              if (tracked.get(goalId) === goal) askAgain();
            });
          });
        };
        tracked.set(goalId, goal);
        askAgain();
      });
    },
    end: (goalId, end) => tracked.get(goalId)?.finish({ state: 'ended', end }),
    reconnected() {
      for (const [goalId, goal] of tracked) {
        goal.orphaned = true;
        void look(goalId);
      }
    },
  };
}
