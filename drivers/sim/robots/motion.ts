import { goalStatusCodes } from '#contracts/ros.ts';
import { middleOf } from '../floor/map.ts';
import { CHARGE, DRAIN_STAND, DRAIN_WORK, ROBOT_SPEED, ROBOT_TURN } from '../limits.ts';
import { say, type World } from '../world.ts';
import { endGoal } from './goals.ts';
import { isHalted, type RobotBody, workOf } from './robot.ts';
import { decideMoves } from './traffic.ts';
import { doWork } from './work.ts';

/** One piece of simulated time for all robots. */
export function stepRobots(world: World, dtMs: number): void {
  for (const robot of world.robots) stepBattery(world, robot, dtMs);
  decideMoves(world);
  for (const robot of world.robots) {
    const rolled = !isHalted(robot) && robot.next !== null && roll(world, robot, dtMs);
    if (!isHalted(robot) && robot.next === null) settle(world, robot, rolled ? 0 : dtMs);
    tellMotion(world, robot, rolled);
  }
}

const isOnCharger = (world: World, robot: RobotBody): boolean =>
  robot.goal === null && robot.next === null && world.chargeCells.has(robot.cell);

export const isCharging = (world: World, robot: RobotBody): boolean =>
  robot.battery < 1 && isOnCharger(world, robot);

function stepBattery(world: World, robot: RobotBody, dtMs: number): void {
  if (robot.lost || robot.flat) return;
  const busy = robot.goal !== null && robot.pausedBy === '';
  const change = isOnCharger(world, robot) ? CHARGE : -(busy ? DRAIN_WORK : DRAIN_STAND);
  robot.battery = Math.max(0, Math.min(1, robot.battery + change * dtMs));
  if (robot.battery === 0) runFlat(world, robot);
}

/** The battery is empty: the robot stands where it is, between two cells if need be, and its goal has failed. */
export function runFlat(world: World, robot: RobotBody): void {
  if (robot.flat) return;
  robot.battery = 0;
  robot.flat = true;
  say(world, { kind: 'robot.fault', robot: robot.id, reason: 'battery is flat' });
  endGoal(world, robot, goalStatusCodes.aborted, 'battery is flat');
}

/** A person swaps the battery. */
export function swapBattery(world: World, robot: RobotBody): void {
  if (!robot.flat) return;
  robot.battery = 0.9;
  robot.flat = false;
  say(world, { kind: 'robot.fault-cleared', robot: robot.id });
}

/** Turns towards the next cell, then drives onto it. True: it moved. */
function roll(world: World, robot: RobotBody, dtMs: number): boolean {
  if (robot.next === null) return false;
  const left = turn(world, robot, robot.next, dtMs);
  robot.progress += (left / 1000) * (ROBOT_SPEED / world.map.metresPerCell);
  if (robot.progress < 1) return true;
  world.owner[robot.cell] = -1;
  robot.cell = robot.next;
  robot.next = null;
  robot.progress = 0;
  robot.place = '';
  return true;
}

/** Turns the shorter way; returns the time that is left for driving. */
function turn(world: World, robot: RobotBody, next: number, dtMs: number): number {
  const from = middleOf(world.map, robot.cell);
  const to = middleOf(world.map, next);
  const wanted = Math.atan2(to.y - from.y, to.x - from.x);
  const off = Math.atan2(Math.sin(wanted - robot.heading), Math.cos(wanted - robot.heading));
  const possible = (ROBOT_TURN * dtMs) / 1000;
  if (Math.abs(off) > possible) {
    robot.heading += Math.sign(off) * possible;
    return 0;
  }
  robot.heading = wanted;
  return dtMs - (Math.abs(off) / ROBOT_TURN) * 1000;
}

/** It stands on a cell: carries on with its goal. */
function settle(world: World, robot: RobotBody, dtMs: number): void {
  const { goal } = robot;
  if (goal === null) return;
  if (goal.canceling) {
    endGoal(world, robot, goalStatusCodes.canceled, 'cancelled on request');
    return;
  }
  const work = workOf(robot);
  if (work?.kind === 'drive' && work.cell !== robot.cell) {
    robot.waitedMs += dtMs;
    return;
  }
  robot.waitedMs = 0;
  doWork(world, robot, dtMs);
}

/** Moving is what the wheels did in this piece of time; the fact is told when it changes. */
function tellMotion(world: World, robot: RobotBody, rolled: boolean): void {
  const moving = rolled && !isHalted(robot);
  if (rolled) robot.waitedMs = 0;
  if (moving === robot.moving) return;
  robot.moving = moving;
  const goalId = robot.goal?.id ?? '';
  if (moving) say(world, { kind: 'robot.moving', robot: robot.id, goalId, yielding: robot.yielding });
  else say(world, { kind: 'robot.standing', robot: robot.id, goalId });
}

/** Where the middle of the robot is, m. */
export function poseOf(world: World, robot: RobotBody): { x: number; y: number; heading: number } {
  const from = middleOf(world.map, robot.cell);
  const to = robot.next === null ? from : middleOf(world.map, robot.next);
  return {
    x: from.x + (to.x - from.x) * robot.progress,
    y: from.y + (to.y - from.y) * robot.progress,
    heading: robot.heading,
  };
}
