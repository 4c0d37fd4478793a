import { type ExecuteGoal, type ExecuteResult, goalStatusCodes } from '#contracts/ros.ts';
import { standingCell } from '../floor/map.ts';
import {
  BATTERY_WORK_MIN,
  DROP_MS,
  GOALS_REMEMBERED,
  PICK_LINE_MS,
  PICK_LINE_MS_MAX,
  PICK_PIECE_MS,
} from '../limits.ts';
import { toteOnLine } from '../line/line.ts';
import { say, type World } from '../world.ts';
import type { GoalRecord, RobotBody, Work } from './robot.ts';

/** What the robot says to a goal that arrives. */
export type GoalAnswer =
  | { state: 'accepted' }
  | { state: 'running' }
  | { state: 'ended'; record: GoalRecord }
  | { state: 'refused'; reason: string };

/** Takes a goal, once: an id the robot knows is answered with what became of the first. */
export function offerGoal(world: World, robot: RobotBody, goal: ExecuteGoal): GoalAnswer {
  const record = robot.ended.get(goal.goal_id);
  if (record !== undefined) {
    say(world, { kind: 'goal.repeated', robot: robot.id, goalId: goal.goal_id, status: record.status });
    return { state: 'ended', record };
  }
  if (robot.goal?.id === goal.goal_id) {
    const status = goalStatusCodes.executing;
    say(world, { kind: 'goal.repeated', robot: robot.id, goalId: goal.goal_id, status });
    return { state: 'running' };
  }
  const plan = planGoal(world, robot, goal);
  if (typeof plan === 'string') {
    // A refused id is not remembered: `goal_status` says "never taken", which is what happened.
    say(world, {
      kind: 'goal.refused',
      robot: robot.id,
      goalId: goal.goal_id,
      verb: goal.verb,
      reason: plan,
    });
    return { state: 'refused', reason: plan };
  }
  robot.goal = {
    id: goal.goal_id,
    verb: goal.verb,
    toteId: goal.tote_id,
    works: plan,
    at: 0,
    lines: [],
    canceling: false,
  };
  robot.rank = ++world.goalsTaken;
  // The watch begins now at the latest: work without a heartbeat is not done for long.
  robot.heardAtMs ??= world.nowMs;
  robot.routeTo = -1;
  robot.waitedMs = 0;
  if (goal.verb === 'pick' && robot.tote === null) robot.tote = { id: goal.tote_id, items: [] };
  say(world, { kind: 'goal.accepted', robot: robot.id, goalId: goal.goal_id, verb: goal.verb });
  return { state: 'accepted' };
}

/** The works of a goal, or why it is not taken. */
function planGoal(world: World, robot: RobotBody, goal: ExecuteGoal): Work[] | string {
  if (goal.goal_id === '') return 'goal_id is empty';
  if (robot.goal !== null) return `busy with goal ${robot.goal.id}`;
  if (robot.flat) return 'battery is flat';
  if (robot.battery < BATTERY_WORK_MIN && goal.verb !== 'park') {
    return `battery is at ${Math.round(robot.battery * 100)} %`;
  }
  const drive = (place: string, x: number, y: number): Work => ({
    kind: 'drive',
    cell: standingCell(world.map, x, y),
    place,
  });
  switch (goal.verb) {
    case 'go_to':
      return goal.place === '' ? 'place is empty' : [drive(goal.place, goal.x, goal.y)];
    case 'pick':
      return planPick(world, robot, goal);
    case 'drop':
      if (goal.place === '') return 'place is empty';
      if (robot.tote?.id !== goal.tote_id) return `it does not carry tote ${goal.tote_id}`;
      return [drive(goal.place, goal.x, goal.y), { kind: 'drop', msLeft: DROP_MS, place: goal.place }];
    case 'put_back':
      return planPutBack(world, robot, goal.tote_id);
    case 'park':
      return planPark(world, robot);
  }
}

function planPick(world: World, robot: RobotBody, goal: ExecuteGoal): Work[] | string {
  if (goal.tote_id === '') return 'tote_id is empty';
  if (goal.lines.length === 0) return 'there is nothing to pick';
  if (robot.tote !== null && robot.tote.id !== goal.tote_id) return `it carries tote ${robot.tote.id}`;
  if (robot.tote === null && toteElsewhere(world, goal.tote_id)) return `tote ${goal.tote_id} is in use`;
  return goal.lines.flatMap(({ sku, quantity, place, x, y }): Work[] => {
    const cell = standingCell(world.map, x, y);
    const msLeft = Math.min(PICK_LINE_MS_MAX, PICK_LINE_MS + PICK_PIECE_MS * quantity);
    return [
      { kind: 'drive', cell, place },
      { kind: 'pick', msLeft, sku, quantity, place, cell },
    ];
  });
}

/** Back over the racks in reverse order; with nothing picked there is nothing to do. */
function planPutBack(world: World, robot: RobotBody, toteId: string): Work[] | string {
  if (robot.tote?.id !== toteId) {
    return toteElsewhere(world, toteId) ? `tote ${toteId} is no longer on this robot` : [];
  }
  return robot.tote.items.toReversed().flatMap(({ cell, place }): Work[] => [
    { kind: 'drive', cell, place },
    { kind: 'unload', msLeft: PICK_LINE_MS },
  ]);
}

const toteElsewhere = (world: World, toteId: string): boolean =>
  toteOnLine(world.line, toteId) !== undefined ||
  world.placedTotes.has(toteId) ||
  world.robots.some(({ tote }) => tote?.id === toteId);

/** The nearest charging place that nobody holds or drives to; with a full battery a parking place will do. */
function planPark(world: World, robot: RobotBody): Work[] | string {
  const taken = new Set(
    world.robots
      .filter((other) => other !== robot)
      .flatMap(({ cell, next, goal }) => [
        cell,
        next ?? cell,
        ...(goal?.works ?? []).map((work) => ('cell' in work ? work.cell : cell)),
      ]),
  );
  const far = (cell: number) =>
    Math.abs((cell % world.map.width) - (robot.cell % world.map.width)) +
    Math.abs(Math.floor(cell / world.map.width) - Math.floor(robot.cell / world.map.width));
  const wants = (kind: string) => kind === 'charge' || (kind === 'park' && robot.battery > 0.9);
  const [best] = [...world.places.values()]
    .filter(({ kind }) => kind === 'charge' || kind === 'park')
    .map((place) => ({ place, cell: standingCell(world.map, place.x, place.y) }))
    .filter(({ cell }) => !taken.has(cell))
    .toSorted(
      (a, b) =>
        Number(wants(b.place.kind)) - Number(wants(a.place.kind)) ||
        far(a.cell) - far(b.cell) ||
        a.place.id.localeCompare(b.place.id),
    );
  if (best === undefined) return 'every parking and charging place is taken';
  return [{ kind: 'drive', cell: best.cell, place: best.place.id }];
}

/** Ends the goal and remembers how. */
export function endGoal(world: World, robot: RobotBody, status: number, reason: string): void {
  const { goal } = robot;
  if (goal === null) return;
  const result: ExecuteResult = { place: robot.place, lines: goal.lines, reason };
  robot.ended.set(goal.id, { verb: goal.verb, status, result });
  for (const oldest of robot.ended.keys()) {
    if (robot.ended.size <= GOALS_REMEMBERED) break;
    robot.ended.delete(oldest);
  }
  robot.goal = null;
  robot.rank = Number.POSITIVE_INFINITY;
  robot.routeTo = -1;
  robot.route = [];
  say(world, { kind: 'goal.finished', robot: robot.id, goalId: goal.id, verb: goal.verb, status, reason });
}

/** Ends a goal by name. A rolling robot first comes to rest on a cell; a paused one ends at once. */
export function cancelGoal(world: World, robot: RobotBody, goalId: string): void {
  if (robot.goal?.id !== goalId) return;
  robot.goal.canceling = true;
  if (robot.next === null || robot.pausedBy !== '') {
    endGoal(world, robot, goalStatusCodes.canceled, 'cancelled on request');
  }
}

export function statusOfGoal(robot: RobotBody, goalId: string): { status: number; result: ExecuteResult } {
  const record = robot.ended.get(goalId);
  if (record !== undefined) return record;
  const nothing: ExecuteResult = { place: '', lines: [], reason: '' };
  if (robot.goal?.id !== goalId) return { status: goalStatusCodes.none, result: nothing };
  const { canceling, executing } = goalStatusCodes;
  return { status: robot.goal.canceling ? canceling : executing, result: nothing };
}
