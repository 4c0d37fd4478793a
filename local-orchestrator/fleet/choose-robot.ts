import type { RobotState } from '#contracts/devices.ts';

/** What a saga wants a robot for. */
export interface RobotWish {
  /** Saga that will hold it. */
  readonly holder: string;
  /** First place it will go to, m. */
  readonly near: { readonly x: number; readonly y: number } | null;
  /** Ids it may be; `*` matches within an id. */
  readonly robots: readonly string[];
  /** 0 to 1. */
  readonly batteryMin: number;
  /** 0 is the most urgent. */
  readonly priority: number;
  /** Since when its order waits. */
  readonly sinceMs: number;
}

/** Most urgent first, then the one that has waited longest: nobody is overtaken by a younger equal. */
export const inTurn = (a: RobotWish, b: RobotWish): number =>
  a.priority - b.priority || a.sinceMs - b.sinceMs;

/** Nearest robot that is free, well and allowed; undefined when there is none. Pure. */
export function chooseRobot(
  wish: RobotWish,
  robots: readonly RobotState[],
  isFree: (robotId: string) => boolean,
): RobotState | undefined {
  let best: RobotState | undefined;
  let bestDistance = Number.POSITIVE_INFINITY;
  for (const robot of robots) {
    if (!isFree(robot.robotId) || !isFit(robot, wish)) continue;
    const distance =
      wish.near === null ? 0 : Math.hypot(robot.pose.x - wish.near.x, robot.pose.y - wish.near.y);
    const closer = distance < bestDistance;
    // Equally near: by name, so that the choice does not depend on who reported last.
    if (closer || (distance === bestDistance && best !== undefined && robot.robotId < best.robotId)) {
      best = robot;
      bestDistance = distance;
    }
  }
  return best;
}

/** Has nothing to do and nothing on board, whatever it may be wanted for. */
export const isIdle = (robot: RobotState): boolean =>
  (robot.activity === 'idle' || robot.activity === 'charging') &&
  robot.toteId === null &&
  robot.commandId === null;

/** Ready for an order: standing by or charging with enough in it, nothing on board, nothing under way. */
export const isFit = (robot: RobotState, wish: Pick<RobotWish, 'robots' | 'batteryMin'>): boolean =>
  isIdle(robot) &&
  robot.battery >= wish.batteryMin &&
  wish.robots.some((pattern) => matches(pattern, robot.robotId));

export function matches(pattern: string, id: string): boolean {
  const [first = '', ...rest] = pattern.split('*');
  if (rest.length === 0) return pattern === id;
  const last = rest.pop() ?? '';
  if (!id.startsWith(first) || !id.endsWith(last) || id.length < first.length + last.length) return false;
  let from = first.length;
  for (const part of rest) {
    const found = id.indexOf(part, from);
    if (found < 0) return false;
    from = found + part.length;
  }
  return from <= id.length - last.length;
}
