import {
  type BatteryMessage,
  type OdometryMessage,
  type PoseMessage,
  type RobotStatus,
  type RosNames,
  rosTypes,
  type StringMessage,
} from '#contracts/ros.ts';
import { ROBOT_SPEED } from '../limits.ts';
import { isCharging, poseOf } from '../robots/motion.ts';
import { activityOf, type RobotBody } from '../robots/robot.ts';
import type { World } from '../world.ts';

export type RobotTopic = 'pose' | 'odometry' | 'battery' | 'state';
export const robotTopics: readonly RobotTopic[] = ['pose', 'odometry', 'battery', 'state'];
/** Time between two messages when nothing changes, ms wall; the contract asks for two a second of pose and state. */
export const topicEveryMs: Readonly<Record<RobotTopic, number>> = {
  pose: 100,
  odometry: 100,
  battery: 1_000,
  state: 400,
};

/** The message of a topic as it is now. `nowMs` is wall time. */
export function topicMessage(world: World, robot: RobotBody, topic: RobotTopic, nowMs: number): unknown {
  switch (topic) {
    case 'pose':
      return poseMessage(world, robot, nowMs);
    case 'odometry':
      return odometryMessage(world, robot, nowMs);
    case 'battery':
      return batteryMessage(world, robot, nowMs);
    case 'state':
      return { data: JSON.stringify(statusOf(world, robot)) } satisfies StringMessage;
  }
}

export function statusOf(world: World, robot: RobotBody): RobotStatus {
  return {
    activity: activityOf(robot, isCharging(world, robot)),
    moving: robot.moving,
    tote_id: robot.tote?.id ?? '',
    goal_id: robot.goal?.id ?? '',
    place: robot.place,
    paused_by: robot.pausedBy,
    fault: robot.flat ? 'The battery is flat; swap it.' : '',
  };
}

const header = (nowMs: number) => ({
  stamp: { sec: Math.floor(nowMs / 1000), nanosec: Math.floor(nowMs % 1000) * 1_000_000 },
  frame_id: 'map',
});

/** Heading as a rotation about z. */
function poseOnMap(world: World, robot: RobotBody) {
  const { x, y, heading } = poseOf(world, robot);
  return {
    position: { x, y, z: 0 },
    orientation: { x: 0, y: 0, z: Math.sin(heading / 2), w: Math.cos(heading / 2) },
  };
}

const poseMessage = (world: World, robot: RobotBody, nowMs: number): PoseMessage => ({
  header: header(nowMs),
  pose: { pose: poseOnMap(world, robot) },
});

const odometryMessage = (world: World, robot: RobotBody, nowMs: number): OdometryMessage => ({
  header: { ...header(nowMs), frame_id: 'odom' },
  child_frame_id: 'base_link',
  pose: { pose: poseOnMap(world, robot) },
  twist: {
    twist: {
      linear: { x: robot.moving ? ROBOT_SPEED * world.speed : 0, y: 0, z: 0 },
      angular: { x: 0, y: 0, z: 0 },
    },
  },
});

function batteryMessage(world: World, robot: RobotBody, nowMs: number): BatteryMessage {
  const charging = isCharging(world, robot);
  return {
    header: header(nowMs),
    voltage: 42 + 8 * robot.battery,
    current: charging ? 30 : robot.moving ? -12 : -1,
    percentage: robot.battery,
    power_supply_status: charging ? 1 : robot.battery === 1 ? 4 : 2,
    present: true,
  };
}

/** Everything a robot offers, for `rosapi`. */
export const topicList = (names: RosNames): readonly { topic: string; type: string }[] => [
  ...robotTopics.map((topic) => ({ topic: names[topic], type: rosTypes[topic] })),
  { topic: names.heartbeat, type: rosTypes.heartbeat },
];
