import { goalStatusCodes } from '#contracts/ros.ts';
import { SKUS_SEEN_MAX, TOTES_PLACED_MAX } from '../limits.ts';
import { inductIsFree, putOnInduct } from '../line/induct.ts';
import { say, type World } from '../world.ts';
import { endGoal } from './goals.ts';
import { type RobotBody, type Work, workOf } from './robot.ts';

/** Carries on with the goal of a robot that stands where its current work is. */
export function doWork(world: World, robot: RobotBody, dtMs: number): void {
  const { goal } = robot;
  if (goal === null) return;
  const work = workOf(robot);
  if (work !== undefined && !finishes(world, robot, work, dtMs)) return;
  if (work !== undefined) goal.at += 1;
  if (goal.at < goal.works.length) return;
  if (goal.verb === 'put_back' && robot.tote?.id === goal.toteId) {
    say(world, { kind: 'tote.emptied', tote: goal.toteId, robot: robot.id });
    robot.tote = null;
  }
  endGoal(world, robot, goalStatusCodes.succeeded, '');
}

function finishes(world: World, robot: RobotBody, work: Work, dtMs: number): boolean {
  if (work.kind === 'drive') {
    robot.place = work.place;
    say(world, { kind: 'robot.arrived', robot: robot.id, goalId: robot.goal?.id ?? '', place: work.place });
    return true;
  }
  work.msLeft -= dtMs;
  if (work.msLeft > 0) return false;
  switch (work.kind) {
    case 'pick':
      pickLine(world, robot, work);
      return true;
    case 'drop':
      return dropTote(world, robot, work.place);
    case 'unload':
      unloadLine(world, robot);
      return true;
  }
}

function pickLine(world: World, robot: RobotBody, work: Extract<Work, { kind: 'pick' }>): void {
  const { goal, tote } = robot;
  if (goal === null || tote === null) return;
  const { sku, quantity, place, cell } = work;
  const wrong = world.wrongSkuFor.delete(robot.id) || world.wrongSkuFor.delete('*');
  const seenSku = wrong ? otherSku(world, sku) : sku;
  if (wrong) say(world, { kind: 'fault.off', fault: 'wrong-sku', target: robot.id });
  if (world.seenSkus.size < SKUS_SEEN_MAX) world.seenSkus.add(sku);
  tote.items.push({ sku: seenSku, quantity, place, cell });
  goal.lines.push({ sku, quantity, seen_sku: seenSku, place });
  say(world, {
    kind: 'line.picked',
    robot: robot.id,
    goalId: goal.id,
    tote: tote.id,
    sku,
    seenSku,
    quantity,
  });
}

/** Something that lies nearby: another article that was picked before, or a made-up one. */
function otherSku(world: World, sku: string): string {
  const others = [...world.seenSkus].filter((other) => other !== sku);
  return others[Math.floor(world.random() * others.length)] ?? `${sku}-B`;
}

/** Waits until the induct has room; a tote never goes on top of another. */
function dropTote(world: World, robot: RobotBody, place: string): boolean {
  const { tote } = robot;
  if (tote === null) return true;
  if (robot.cell === world.inductCell) {
    if (!inductIsFree(world.line)) return false;
    putOnInduct(world, tote.id, robot.id);
  } else {
    world.placedTotes.set(tote.id, place);
    for (const oldest of world.placedTotes.keys()) {
      if (world.placedTotes.size <= TOTES_PLACED_MAX) break;
      world.placedTotes.delete(oldest);
    }
    say(world, { kind: 'tote.placed', tote: tote.id, robot: robot.id, place });
  }
  robot.tote = null;
  return true;
}

function unloadLine(world: World, robot: RobotBody): void {
  const item = robot.tote?.items.pop();
  if (item === undefined) return;
  const { sku, quantity } = item;
  const goalId = robot.goal?.id ?? '';
  say(world, { kind: 'line.put-back', robot: robot.id, goalId, tote: robot.tote?.id ?? '', sku, quantity });
}
