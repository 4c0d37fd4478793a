import { Value } from 'typebox/value';
import type { RobotState } from '#contracts/devices.ts';
import { BatteryMessage, PoseMessage, RobotStatus, type RosNames, StringMessage } from '#contracts/ros.ts';

/** What is known of a robot so far. It is reported once pose, battery and status are all known. */
export interface RobotView {
  readonly pose?: RobotState['pose'];
  readonly battery?: number;
  readonly status?: RobotStatus;
}

/** The view after a message of one of the robot's topics; undefined when the message is not what the topic carries. */
export function nextView(
  view: RobotView,
  names: RosNames,
  topic: string,
  message: unknown,
): RobotView | undefined {
  switch (topic) {
    case names.pose: {
      if (!Value.Check(PoseMessage, message)) return undefined;
      const { position, orientation } = message.pose.pose;
      return { ...view, pose: { x: position.x, y: position.y, heading: yaw(orientation) } };
    }
    case names.battery:
      return Value.Check(BatteryMessage, message) ? { ...view, battery: message.percentage } : undefined;
    case names.state: {
      const status = parseStatus(message);
      return status === undefined ? undefined : { ...view, status };
    }
    default:
      return view;
  }
}

function parseStatus(message: unknown): RobotStatus | undefined {
  if (!Value.Check(StringMessage, message)) return undefined;
  try {
    const status: unknown = JSON.parse(message.data);
    return Value.Check(RobotStatus, status) ? status : undefined;
  } catch {
    // Text that is no JSON is counted as junk by the caller.
    return undefined;
  }
}

const pausedBy = { service: 'command', heartbeat: 'heartbeat', local: 'local' } as const;

/** The view as the rest of the house knows it; undefined while something is missing. */
export function toRobotState(robotId: string, view: RobotView, atMs: number): RobotState | undefined {
  const { pose, battery, status } = view;
  if (pose === undefined || battery === undefined || status === undefined) return undefined;
  return {
    robotId,
    pose,
    battery,
    activity: status.activity,
    moving: status.moving,
    toteId: status.tote_id || null,
    commandId: status.goal_id || null,
    place: status.place || null,
    ...(status.paused_by === '' ? {} : { pausedBy: pausedBy[status.paused_by] }),
    atMs,
  };
}

/** Rotation about z of a unit quaternion, in (-π, π]. REP 103: counter-clockwise, 0 along x. */
export const yaw = ({ x, y, z, w }: { x: number; y: number; z: number; w: number }): number =>
  Math.atan2(2 * (w * z + x * y), 1 - 2 * (y * y + z * z));
