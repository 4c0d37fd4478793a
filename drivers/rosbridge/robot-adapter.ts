import { Value } from 'typebox/value';
import type { Clock } from '#contracts/clock.ts';
import type { Reconciliation } from '#contracts/commands.ts';
import type { DeviceCall } from '#contracts/devices.ts';
import { ApplianceError, isApplianceError } from '#contracts/errors.ts';
import {
  type ExecuteGoal,
  goalStatusCodes,
  type RobotStatus,
  type RosNames,
  TriggerResponse,
} from '#contracts/ros.ts';
import type { PlaceConfig } from '#contracts/site-file.ts';
import {
  type Adapter,
  type CallResult,
  fault,
  unknown,
  unsupported,
  verified,
} from '../capabilities/adapter.ts';
import { deadline } from '../capabilities/wait.ts';
import { hasEnded, isGoalAction, judgeGoal, judgeStatus, toGoal } from './goal.ts';
import type { Goals } from './goals.ts';
import type { RosSession } from './session.ts';

export interface RobotAdapterOptions {
  readonly names: RosNames;
  readonly clock: Clock;
  readonly places: readonly PlaceConfig[];
  readonly goals: Goals;
  /** Throws DRV_LINK_DOWN while there is none. */
  live(): RosSession;
  /** Last status the robot sent on the present connection. */
  status(): RobotStatus | undefined;
}

const CANCEL_POLL_MS = 100;

/** MobileRobot by one action and three services. */
export function createRobotAdapter(options: RobotAdapterOptions): Adapter {
  const { names, goals, live } = options;

  const carryOut = async (call: DeviceCall): Promise<CallResult> => {
    let goal: ExecuteGoal;
    let session: RosSession;
    try {
      goal = toGoal(call, options.places);
      session = live();
    } catch (error) {
      if (isApplianceError(error)) return fault(error);
      throw error;
    }
    // Waited for before it is sent: the refusal of a goal may come in the same turn.
    const waiting = goals.waitFor(goal.goal_id, call.timeoutMs);
    if (!session.sendGoal(goal)) {
      goals.end(goal.goal_id, { status: goalStatusCodes.aborted, values: 'not sent' });
      return fault(
        new ApplianceError('DRV_LINK_DOWN', { device: call.target, reason: 'the goal was not sent' }),
      );
    }
    const waited = await waiting;
    if (waited.state === 'ended') return judgeGoal(call, waited.end);
    return unknown(
      waited.state === 'timed-out'
        ? `${call.target} did not report the end of ${call.call.action} within ${call.timeoutMs} ms`
        : `the link was lost while the goal was sent, and ${call.target} does not know it`,
    );
  };

  return {
    async execute(call) {
      const { action } = call.call;
      if (isGoalAction(action)) return carryOut(call);
      if (action === 'pause') return trigger(options, call, names.pause);
      if (action === 'resume') return trigger(options, call, names.resume);
      return action === 'cancel' ? cancel(options, call) : unsupported(call);
    },
    reconcile: (call) => reconcile(options, call),
  };
}

async function trigger(
  { live }: RobotAdapterOptions,
  call: DeviceCall,
  service: string,
): Promise<CallResult> {
  try {
    const values = await live().call(service, {}, call.timeoutMs);
    if (!Value.Check(TriggerResponse, values))
      return unknown(`${call.target} answered something that cannot be read`);
    if (values.success) return verified();
    const details = { device: call.target, what: call.call.action, reason: values.message };
    return fault(new ApplianceError('DRV_REFUSED', details));
  } catch (error) {
    if (!isApplianceError(error)) throw error;
    return error.code === 'DRV_TIMEOUT' ? unknown(error.message) : fault(error);
  }
}

async function cancel(options: RobotAdapterOptions, call: DeviceCall): Promise<CallResult> {
  const { clock, goals, live } = options;
  const limit = deadline(clock, call.timeoutMs);
  let sent = false;
  try {
    const session = live();
    const goalId = goalToCancel(options, call);
    if (goalId === undefined) return unknown(`${call.target} has not told its state yet`);
    if (goalId === '') return verified();
    sent = session.cancelGoal(goalId);
    if (!sent) {
      const details = { device: call.target, reason: 'the connection is gone' };
      return fault(new ApplianceError('DRV_LINK_DOWN', details));
    }
    while (limit.leftMs() > 0) {
      const { status } = await goals.ask(goalId, Math.max(1, limit.leftMs()));
      if (status === goalStatusCodes.none || hasEnded(status)) return verified();
      await new Promise<void>((resolve) => {
        clock.after(CANCEL_POLL_MS, resolve);
      });
    }
    return unknown(`${call.target} did not end goal ${goalId}`);
  } catch (error) {
    if (!isApplianceError(error)) throw error;
    return sent ? unknown(error.message) : fault(error);
  }
}

/** The goal that is meant: '' when the robot says that it has none, undefined when it has said nothing yet. */
function goalToCancel({ status }: RobotAdapterOptions, { call }: DeviceCall): string | undefined {
  const { commandId } = call.args;
  return typeof commandId === 'string' ? commandId : status()?.goal_id;
}

async function reconcile(
  { goals, live, status: statusOf }: RobotAdapterOptions,
  call: DeviceCall,
): Promise<Reconciliation> {
  const { action, args } = call.call;
  if (isGoalAction(action)) return judgeStatus(call, await goals.ask(call.commandId, call.timeoutMs));
  if (action === 'cancel' && typeof args.commandId === 'string') {
    const { status } = await goals.ask(args.commandId, call.timeoutMs);
    const ended = status === goalStatusCodes.none || hasEnded(status);
    return ended ? { outcome: 'done', data: {} } : { outcome: 'not-done', reason: 'the goal still runs' };
  }
  live();
  const status = statusOf();
  if (status === undefined) return { outcome: 'unknown', reason: 'the robot has not told its state yet' };
  const holds =
    action === 'pause'
      ? status.paused_by !== ''
      : action === 'resume'
        ? status.paused_by === ''
        : status.goal_id === '';
  return holds
    ? { outcome: 'done', data: {} }
    : { outcome: 'not-done', reason: `the robot is ${status.activity}` };
}
