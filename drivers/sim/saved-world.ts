import { ROBOT_GOALS_REMEMBERED_MIN } from '#contracts/ros.ts';
import type { DockGear } from './docks/dock-gear.ts';
import type { Drive } from './line/drives.ts';
import type { Diverter, Line, TransportRequest } from './line/line.ts';
import type { GoalRecord, RobotBody } from './robots/robot.ts';
import type { World } from './world.ts';

const robotKeys = [
  'cell',
  'next',
  'progress',
  'heading',
  'battery',
  'flat',
  'lost',
  'pausedBy',
  'goal',
  'tote',
  'place',
] as const satisfies readonly (keyof RobotBody)[];
const lineKeys = [
  'runWord',
  'stopReason',
  'jamIn',
  'jammed',
  'scannerCode',
  'scannerCount',
] as const satisfies readonly (keyof Line)[];
const driveKeys = [
  'runCommand',
  'setSpeed',
  'temperature',
  'watchdogMs',
  'commsLost',
] as const satisfies readonly (keyof Drive)[];
const worldKeys = [
  'simMs',
  'goalsTaken',
  'eStopPressed',
  'curtainBroken',
] as const satisfies readonly (keyof World)[];

/**
 * What of a world outlives its process: where everything is and what was promised, as a building keeps it while its
 * computers are off. Pressed buttons, jams, lost robots and whatever else was broken by hand stay so: an e-stop that
 * a restart released would be none. Cables are not in it; they come up whole.
 */
export interface SavedWorld extends Pick<World, (typeof worldKeys)[number]> {
  readonly robots: readonly (Pick<RobotBody, (typeof robotKeys)[number]> & {
    /** null without a goal: JSON knows no infinity. */
    readonly rank: number | null;
    readonly ended: readonly [goalId: string, GoalRecord][];
  })[];
  readonly line: Pick<Line, (typeof lineKeys)[number] | 'totes' | 'words'> & {
    readonly diverters: readonly (Diverter | null)[];
    readonly eyes: readonly [eye: string, dark: boolean][];
    readonly requests: readonly TransportRequest[];
  };
  readonly drives: readonly Pick<Drive, (typeof driveKeys)[number]>[];
  readonly docks: readonly DockGear[];
  readonly placedTotes: readonly [tote: string, place: string][];
  readonly wrongSkuFor: readonly string[];
}

/** A view to be written down at once, not a copy. */
export function savedWorld(world: World): SavedWorld {
  const { line } = world;
  return {
    ...pick(world, worldKeys),
    robots: world.robots.map((robot) => ({
      ...pick(robot, robotKeys),
      rank: Number.isFinite(robot.rank) ? robot.rank : null,
      // As many as a robot owes; the thousands that it remembers beyond would be written again each second.
      ended: [...robot.ended].slice(-ROBOT_GOALS_REMEMBERED_MIN),
    })),
    line: {
      ...pick(line, lineKeys),
      totes: line.totes,
      words: line.words,
      diverters: line.lanes.map(({ diverter }) => diverter),
      eyes: [...line.eyes],
      requests: [...line.requests.values()],
    },
    drives: world.drives.map((drive) => pick(drive, driveKeys)),
    docks: world.docks,
    placedTotes: [...world.placedTotes],
    wrongSkuFor: [...world.wrongSkuFor],
  };
}

/**
 * Puts a fresh world of the same floor into the state that was saved.
 *
 * It stands as a floor whose appliance has fallen silent, which is what happened: the line is stopped and its drives
 * are at rest, and a robot with a goal has heard no heartbeat yet, pauses itself in the first cycle, keeps the goal
 * and reports it as under way. Going on by itself would be an unexpected start-up; forgetting the goal, a lie about
 * the tote it holds. Done triples that were not shown yet are left to the query, which knows their requests.
 */
export function restoreWorld(world: World, saved: SavedWorld): void {
  Object.assign(world, pick(saved, worldKeys));
  world.owner.fill(-1);
  for (const [index, robot] of world.robots.entries()) {
    const { rank, ended, ...body } = at(saved.robots, index);
    Object.assign(robot, body, { rank: rank ?? Number.POSITIVE_INFINITY });
    for (const [goalId, record] of ended) robot.ended.set(goalId, record);
    for (const cell of [body.cell, body.next ?? body.cell]) world.owner[cell] = index;
  }
  restoreLine(world.line, saved.line);
  for (const [index, drive] of world.drives.entries()) Object.assign(drive, at(saved.drives, index));
  for (const [index, gear] of world.docks.entries()) Object.assign(gear, at(saved.docks, index));
  for (const [tote, place] of saved.placedTotes) world.placedTotes.set(tote, place);
  for (const robot of saved.wrongSkuFor) world.wrongSkuFor.add(robot);
}

function restoreLine(line: Line, saved: SavedWorld['line']): void {
  Object.assign(line, pick(saved, lineKeys));
  line.stopReason ||= 'heartbeat';
  Object.assign(line.words, saved.words);
  line.totes.push(...saved.totes);
  for (const [index, { diverter }] of line.lanes.entries()) {
    if (diverter !== null) Object.assign(diverter, at(saved.diverters, index));
  }
  for (const [eye, dark] of saved.eyes) line.eyes.set(eye, dark);
  for (const request of saved.requests) line.requests.set(request.id, request);
}

function pick<T, K extends keyof T>(from: T, keys: readonly K[]): Pick<T, K> {
  return Object.fromEntries(keys.map((key) => [key, from[key]])) as Pick<T, K>;
}

/** The same floor has the same machines: see `floorMark`. */
function at<T>(list: readonly T[], index: number): T {
  const found = list[index];
  if (found === undefined) throw new RangeError(`nothing was saved of machine ${index}`);
  return found;
}
