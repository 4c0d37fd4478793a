import { neighbours } from '../floor/map.ts';
import { BATTERY_FULL, DETOUR_AFTER_MS, HOLD_MS, REPLAN_MS } from '../limits.ts';
import type { World } from '../world.ts';
import { isHalted, type RobotBody, workOf } from './robot.ts';

/**
 * Who drives where next.
 *
 * Invariant: each robot owns the cell it stands on and, from the moment it turns towards it, the next one; no cell
 * has two owners. A cell is given away only when it is empty, so a robot may be halted at any point of its way
 * and nobody runs into it.
 *
 * Against deadlock: work taken earlier goes first. Who is in the way of it and can move makes way, and asks others
 * in turn (priority inheritance, after Okumura et al., "Priority Inheritance with Backtracking", 2022). Who
 * cannot make way, because the only way out is where the other comes from, is let out first.
 */
export function decideMoves(world: World): void {
  const order = world.robots
    .filter((robot) => robot.next === null && !isHalted(robot))
    .toSorted((a, b) => rankOf(world, a) - rankOf(world, b) || a.id.localeCompare(b.id));
  for (const robot of order) {
    const work = workOf(robot);
    if (robot.next !== null || work?.kind !== 'drive' || work.cell === robot.cell) continue;
    if (world.simMs < robot.holdUntilMs) continue;
    goOn(world, robot, work.cell);
  }
}

const rankOf = (world: World, robot: RobotBody): number =>
  world.simMs < robot.holdUntilMs ? Number.POSITIVE_INFINITY : robot.rank;

/**
 * Standing and free to be sent aside: not halted, not at work with its arm, and not charging, unless its charger is
 * the very place (`goal`) that the other was sent to.
 */
const canYield = (world: World, robot: RobotBody, goal = -1): boolean => {
  if (robot.next !== null || isHalted(robot)) return false;
  const work = workOf(robot);
  if (work !== undefined) return work.kind === 'drive';
  return !world.chargeCells.has(robot.cell) || robot.battery >= BATTERY_FULL || robot.cell === goal;
};

export const ownerOf = (world: World, cell: number): RobotBody | undefined =>
  world.robots[world.owner[cell] ?? -1];

function goOn(world: World, robot: RobotBody, goal: number): void {
  const impatient = robot.waitedMs > DETOUR_AFTER_MS && world.simMs >= robot.replanAtMs;
  if (!hasRoute(robot, goal) || impatient) {
    if (world.simMs < robot.replanAtMs) return;
    robot.replanAtMs = world.simMs + REPLAN_MS;
    robot.routeTo = goal;
    robot.route = planRoute(world, robot, goal) ?? [];
  }
  const [next] = robot.route;
  if (next === undefined) return;
  const other = ownerOf(world, next);
  if (other === undefined) {
    take(world, robot, next);
    robot.route = robot.route.slice(1);
    return;
  }
  if (isHalted(other)) {
    robot.routeTo = -1;
    return;
  }
  const rank = rankOf(world, robot);
  if (!canYield(world, other, goal) || rankOf(world, other) < rank) return;
  const asked = new Set([robot.cell, other.cell]);
  if (push(world, other, { rank, asked, avoid: new Set(robot.route) })) return;
  letOut(world, robot, other);
}

const hasRoute = (robot: RobotBody, goal: number): boolean =>
  robot.routeTo === goal && robot.route.length > 0 && robot.route.at(-1) === goal;

/** Halted robots are walls. Working ones cost about as much as waiting for them; after long waiting they are walls too. */
function planRoute(world: World, robot: RobotBody, goal: number): number[] | null {
  const patient = robot.waitedMs <= DETOUR_AFTER_MS;
  const cost = (cell: number) => {
    const other = ownerOf(world, cell);
    if (other === undefined || other === robot) return 0;
    if (isHalted(other)) return cell === goal ? 0 : Number.POSITIVE_INFINITY;
    if (canYield(world, other) || other.next !== null) return 2;
    return patient || cell === goal ? 8 : Number.POSITIVE_INFINITY;
  };
  return world.route(robot.cell, goal, cost);
}

function take(world: World, robot: RobotBody, cell: number): void {
  robot.next = cell;
  robot.progress = 0;
  robot.yielding = false;
  world.owner[cell] = world.robots.indexOf(robot);
}

interface Push {
  /** Of the one who asks: who goes before it is left in peace. */
  readonly rank: number;
  readonly asked: Set<number>;
  /** Cells that the one who asks wants to drive over: the worst places to wait. */
  readonly avoid: ReadonlySet<number>;
}

/** Makes a robot step aside, or the one beside it first. True when somebody began to move. */
function push(world: World, robot: RobotBody, { rank, asked, avoid }: Push): boolean {
  const around = neighbours(world.map, robot.cell).filter((cell) => !asked.has(cell));
  const goal = workOf(robot);
  const far = (cell: number) => (goal?.kind === 'drive' ? distance(world, cell, goal.cell) : 0);
  const free = around
    .filter((cell) => ownerOf(world, cell) === undefined)
    .toSorted((a, b) => Number(avoid.has(a)) - Number(avoid.has(b)) || far(a) - far(b) || a - b);
  const [best] = free;
  if (best !== undefined) {
    take(world, robot, best);
    robot.yielding = true;
    robot.routeTo = -1;
    if (world.simMs < robot.holdUntilMs) robot.holdUntilMs = world.simMs + HOLD_MS;
    return true;
  }
  for (const cell of around) {
    const other = ownerOf(world, cell);
    if (other === undefined || !canYield(world, other) || rankOf(world, other) < rank) continue;
    asked.add(cell);
    if (push(world, other, { rank, asked, avoid })) return true;
  }
  // Somebody beside it is already on the move: the room it leaves is room to make way into.
  return around.some((cell) => ownerOf(world, cell)?.next !== null && ownerOf(world, cell) !== undefined);
}

/** The other stands in a dead end: whoever wants in backs off and holds, and the other comes out. */
function letOut(world: World, robot: RobotBody, other: RobotBody): void {
  const asked = new Set([robot.cell, other.cell]);
  if (!push(world, robot, { rank: rankOf(world, robot), asked, avoid: new Set(other.route) })) return;
  robot.holdUntilMs = world.simMs + HOLD_MS;
}

function distance(world: World, a: number, b: number): number {
  const { width } = world.map;
  return Math.abs((a % width) - (b % width)) + Math.abs(Math.floor(a / width) - Math.floor(b / width));
}
