import Value from 'typebox/value';
import {
  type ExecuteFeedback,
  goalStatusCodes,
  HeartbeatMessage,
  type RosNames,
  rosNames,
} from '#contracts/ros.ts';
import { cancelGoal, offerGoal, statusOfGoal } from '../robots/goals.ts';
import { hearHeartbeat, pauseRobot, resumeRobot } from '../robots/pause.ts';
import type { GoalRecord, RobotBody } from '../robots/robot.ts';
import type { World } from '../world.ts';
import { parseGoal } from './ros-requests.ts';

/** Whoever hears of a goal: the connection that asked last. */
export interface GoalListener {
  send(message: object): void;
}

/** What one robot answers. A lost one hears nothing and says nothing. */
export interface RosRobot {
  readonly names: RosNames;
  readonly body: RobotBody;
  heartbeat(message: unknown): void;
  /** `undefined`: no such service here. */
  service(name: string, args: unknown): { values: object; result: boolean } | undefined;
  sendGoal(id: string, args: unknown, feedback: boolean, listener: GoalListener): void;
  cancelGoal(id: string): void;
  tellFeedback(goalId: string): void;
  tellEnd(goalId: string): void;
  forget(listener: GoalListener): void;
}

export function createRosRobot(world: World, body: RobotBody): RosRobot {
  const names = rosNames(body.namespace);
  const listeners = new Map<string, { listener: GoalListener; feedback: boolean }>();

  const tellResult = (goalId: string, record: GoalRecord, listener: GoalListener) =>
    listener.send({
      op: 'action_result',
      id: goalId,
      action: names.execute,
      values: record.result,
      status: record.status,
      result: record.status === goalStatusCodes.succeeded,
    });

  return {
    names,
    body,
    heartbeat(message) {
      if (Value.Check(HeartbeatMessage, message)) hearHeartbeat(world, body);
    },
    service(name, args) {
      switch (name) {
        case names.pause:
          pauseRobot(world, body, 'service');
          return { values: { success: true, message: '' }, result: true };
        case names.resume: {
          const problem = resumeRobot(world, body);
          return { values: { success: problem === null, message: problem ?? '' }, result: true };
        }
        case names.goalStatus: {
          const { goal_id: goalId } = (args ?? {}) as { goal_id?: unknown };
          return { values: { ...statusOfGoal(body, String(goalId ?? '')) }, result: true };
        }
        default:
          return undefined;
      }
    },
    sendGoal(id, args, feedback, listener) {
      const refuse = (reason: string) =>
        listener.send({
          op: 'action_result',
          id,
          action: names.execute,
          values: reason,
          status: goalStatusCodes.aborted,
          result: false,
        });
      const goal = parseGoal(args);
      if (typeof goal === 'string') {
        refuse(goal);
        return;
      }
      if (goal.goal_id !== id) {
        refuse('the operation id is not the goal_id');
        return;
      }
      const answer = offerGoal(world, body, goal);
      if (answer.state === 'refused') refuse(answer.reason);
      else if (answer.state === 'ended') tellResult(id, answer.record, listener);
      else listeners.set(id, { listener, feedback });
    },
    cancelGoal: (id) => cancelGoal(world, body, id),
    tellFeedback(goalId) {
      const entry = listeners.get(goalId);
      if (entry?.feedback !== true) return;
      // The goal may have ended within the same cycle.
      const { lines } =
        body.goal?.id === goalId ? body.goal : (body.ended.get(goalId)?.result ?? { lines: [] });
      const values: ExecuteFeedback = { place: body.place, lines_done: lines.length };
      entry.listener.send({ op: 'action_feedback', id: goalId, action: names.execute, values });
    },
    tellEnd(goalId) {
      const entry = listeners.get(goalId);
      const record = body.ended.get(goalId);
      listeners.delete(goalId);
      if (entry !== undefined && record !== undefined) tellResult(goalId, record, entry.listener);
    },
    forget(listener) {
      for (const [goalId, entry] of listeners) if (entry.listener === listener) listeners.delete(goalId);
    },
  };
}
