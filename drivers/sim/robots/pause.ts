import { ROBOT_HEARTBEAT_SILENCE_MS_MAX } from '#contracts/ros.ts';
import { say, type World } from '../world.ts';
import type { RobotBody } from './robot.ts';

export function pauseRobot(world: World, robot: RobotBody, by: 'service' | 'heartbeat' | 'local'): void {
  if (robot.pausedBy !== '') return;
  robot.pausedBy = by;
  say(world, { kind: 'robot.paused', robot: robot.id, by });
}

/** Why it does not go on, or null when it does. */
export function resumeRobot(world: World, robot: RobotBody): string | null {
  if (robot.pausedBy === '') return null;
  if (robot.flat) return 'battery is flat';
  if (isSilent(world, robot)) return 'no heartbeat is heard';
  robot.pausedBy = '';
  say(world, { kind: 'robot.resumed', robot: robot.id });
  return null;
}

export function hearHeartbeat(world: World, robot: RobotBody): void {
  robot.heardAtMs = world.nowMs;
}

const isSilent = (world: World, { heardAtMs }: RobotBody): boolean =>
  heardAtMs === null || world.nowMs - heardAtMs > ROBOT_HEARTBEAT_SILENCE_MS_MAX;

/**
 * Once per cycle: a robot whose heartbeat went missing pauses itself, with or without work, and stays so until
 * `resume`. One that never heard any keeps quiet until it is given work: a fresh robot has nothing to stop.
 */
export function watchHeartbeats(world: World): void {
  for (const robot of world.robots) {
    if ((robot.heardAtMs !== null || robot.goal !== null) && isSilent(world, robot)) {
      pauseRobot(world, robot, 'heartbeat');
    }
  }
}
