import { Value } from 'typebox/value';
import type { PickLine } from '#contracts/capabilities.ts';
import type { Reconciliation } from '#contracts/commands.ts';
import type { DeviceCall } from '#contracts/devices.ts';
import { ApplianceError } from '#contracts/errors.ts';
import { type ExecuteGoal, ExecuteResult, type ExecuteVerb, goalStatusCodes } from '#contracts/ros.ts';
import type { PlaceConfig } from '#contracts/site-file.ts';
import { type CallResult, fault, verified } from '../capabilities/adapter.ts';

const verbs: Readonly<Record<string, ExecuteVerb>> = {
  goTo: 'go_to',
  pick: 'pick',
  drop: 'drop',
  putBack: 'put_back',
  park: 'park',
};

export const isGoalAction = (action: string): boolean => Object.hasOwn(verbs, action);

/**
 * The goal a call asks for. The host has checked the arguments against the capability table.
 *
 * Errors: DRV_UNKNOWN_PLACE, DRV_UNSUPPORTED.
 */
export function toGoal({ commandId, target, call }: DeviceCall, places: readonly PlaceConfig[]): ExecuteGoal {
  const verb = verbs[call.action];
  if (verb === undefined) throw new ApplianceError('DRV_UNSUPPORTED', { target, action: call.action });
  const { place, toteId, lines } = call.args as { place?: string; toteId?: string; lines?: PickLine[] };
  const find = (id: string) => {
    const found = places.find((candidate) => candidate.id === id);
    if (found === undefined) throw new ApplianceError('DRV_UNKNOWN_PLACE', { place: id });
    return { x: found.x, y: found.y };
  };
  return {
    goal_id: commandId,
    verb,
    place: place ?? '',
    ...(place === undefined ? { x: 0, y: 0 } : find(place)),
    tote_id: toteId ?? '',
    lines: (lines ?? []).map((line) => ({ ...line, ...find(line.place) })),
  };
}

/** How a goal ended, as the robot said it. */
export interface GoalEnd {
  readonly status: number;
  /** An `ExecuteResult`, or text when the goal was refused. */
  readonly values: unknown;
}

export const hasEnded = (status: number): boolean => status >= goalStatusCodes.succeeded;

/** How the end of a goal counts for the call. */
export function judgeGoal({ commandId, target, call }: DeviceCall, { status, values }: GoalEnd): CallResult {
  const result = Value.Check(ExecuteResult, values) ? values : undefined;
  const reason = result?.reason || (typeof values === 'string' && values) || 'it gave no reason';
  if (status === goalStatusCodes.canceled) {
    return fault(new ApplianceError('DRV_CANCELLED', { target, commandId, reason }));
  }
  if (status !== goalStatusCodes.succeeded) {
    const code = result === undefined ? 'DRV_REFUSED' : 'DRV_ABORTED';
    return fault(new ApplianceError(code, { target, device: target, what: call.action, reason }));
  }
  if (result === undefined) {
    // It says it has done it and not what: the amount picked must not be made up.
    return { state: 'unknown', reason: `${target} reported success without a result that can be read` };
  }
  if (call.action === 'pick') {
    const lines = result.lines.map(({ seen_sku: seenSku, ...line }) => ({ ...line, seenSku }));
    return verified({ lines });
  }
  return verified(call.action === 'goTo' || call.action === 'drop' ? { place: result.place } : {});
}

/** What a robot says of a goal when asked. */
export function judgeStatus(call: DeviceCall, end: GoalEnd): Reconciliation {
  if (end.status === goalStatusCodes.none)
    return { outcome: 'not-done', reason: 'the robot never took this goal' };
  if (!hasEnded(end.status)) return { outcome: 'running' };
  const result = judgeGoal(call, end);
  if (result.state === 'verified') return { outcome: 'done', data: result.data };
  return { outcome: result.state === 'failed' ? 'failed' : 'unknown', reason: result.reason };
}
