import type { ExecuteVerb } from '#contracts/ros.ts';

/** What physically happened. Oracles read these instead of what the appliance says of itself. */
export type Fact =
  | { kind: 'goal.accepted'; robot: string; goalId: string; verb: ExecuteVerb }
  | { kind: 'goal.refused'; robot: string; goalId: string; verb: string; reason: string }
  | { kind: 'goal.repeated'; robot: string; goalId: string; status: number }
  | {
      kind: 'goal.finished';
      robot: string;
      goalId: string;
      verb: ExecuteVerb;
      status: number;
      reason: string;
    }
  | { kind: 'robot.moving'; robot: string; goalId: string; yielding: boolean }
  | { kind: 'robot.standing'; robot: string; goalId: string }
  | { kind: 'robot.arrived'; robot: string; goalId: string; place: string }
  | { kind: 'robot.paused'; robot: string; by: 'service' | 'heartbeat' | 'local' }
  | { kind: 'robot.resumed'; robot: string }
  | { kind: 'robot.fault'; robot: string; reason: string }
  | { kind: 'robot.fault-cleared'; robot: string }
  | {
      kind: 'line.picked';
      robot: string;
      goalId: string;
      tote: string;
      sku: string;
      seenSku: string;
      quantity: number;
    }
  | { kind: 'line.put-back'; robot: string; goalId: string; tote: string; sku: string; quantity: number }
  | { kind: 'tote.created'; tote: string; robot: string }
  | { kind: 'tote.placed'; tote: string; robot: string; place: string }
  | { kind: 'tote.emptied'; tote: string; robot: string }
  | { kind: 'tote.seen'; tote: string; eye: string }
  | { kind: 'tote.jammed'; tote: string; section: string }
  | { kind: 'tote.arrived'; tote: string; lane: string }
  | { kind: 'tote.rejected'; tote: string; lane: string }
  | { kind: 'tote.removed'; tote: string; lane: string }
  | { kind: 'request.accepted'; request: string; tote: string; to: string }
  | { kind: 'request.repeated'; request: string; status: string }
  | { kind: 'request.done'; request: string; tote: string; status: string; lane: string }
  | { kind: 'line.started' }
  | { kind: 'line.stopped'; reason: string }
  | { kind: 'drive.started'; drive: string }
  | { kind: 'drive.stopped'; drive: string; reason: string }
  | { kind: 'vehicle.restrained'; place: string }
  | { kind: 'vehicle.released'; place: string }
  | { kind: 'door.opened'; place: string }
  | { kind: 'door.closed'; place: string }
  | { kind: 'e-stop.pressed' }
  | { kind: 'e-stop.released' }
  | { kind: 'light-curtain.broken' }
  | { kind: 'light-curtain.clear' }
  | { kind: 'fault.on'; fault: string; target: string }
  | { kind: 'fault.off'; fault: string; target: string };
