import { existsSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { setFault } from '../../drivers/sim/faults.ts';
import type { FloorMap } from '../../drivers/sim/floor/map.ts';
import { seededRandom } from '../../drivers/sim/random.ts';
import { offerGoal } from '../../drivers/sim/robots/goals.ts';
import { poseOf } from '../../drivers/sim/robots/motion.ts';
import { pauseRobot, resumeRobot } from '../../drivers/sim/robots/pause.ts';
import type { World } from '../../drivers/sim/world.ts';
import { benchWorld, facts, goal, live, liveUntil, readFloor, smallFloor } from './bench-world.ts';

/** Robots are 0.6 m wide on cells of 1 m; closer than this they touch. */
const TOUCH_M = 0.69;

function expectApart(world: World, seed: number): void {
  const poses = world.robots.map((robot) => poseOf(world, robot));
  for (const [index, first] of poses.entries()) {
    for (const [other, second] of poses.slice(0, index).entries()) {
      const distance = Math.hypot(first.x - second.x, first.y - second.y);
      if (distance < TOUCH_M) {
        const who = `${world.robots[index]?.id} and ${world.robots[other]?.id}`;
        expect.fail(`seed ${seed}: ${who} are ${distance} m apart at ${world.simMs} ms`);
      }
    }
    const cell = world.robots[index]?.cell ?? -1;
    expect(world.owner[cell], `seed ${seed}: a robot does not own its cell`).toBe(index);
  }
}

/** Nobody stands waiting for longer than others take to work and to be cured. */
const STUCK_MS = 5 * 60_000;

function expectProgress(world: World, seed: number): void {
  if (world.cycle % 500 !== 0) return;
  for (const robot of world.robots) {
    if (robot.goal === null || robot.waitedMs < STUCK_MS) continue;
    expect.fail(`seed ${seed}: ${robot.id} is stuck at ${world.simMs} ms\n${draw(world)}`);
  }
}

function draw(world: World): string {
  const cells = world.map.rows.map((row) => [...row]);
  const put = (cell: number, mark: string) => {
    const row = cells[Math.floor(cell / world.map.width)];
    if (row !== undefined) row[cell % world.map.width] = mark;
  };
  for (const [index, robot] of world.robots.entries()) put(robot.cell, `${index + 1}`);
  const told = world.robots.map((robot) => JSON.stringify({ ...robot, ended: robot.ended.size }));
  return [...cells.map((row) => row.join('')), ...told].join('\n');
}

interface RushOptions {
  readonly map: FloorMap;
  readonly robots: number;
  readonly seed: number;
  readonly goalsPerRobot: number;
  readonly faults: boolean;
}

/** Everybody has somewhere to go all the time; some are halted now and then, in the middle of their way. */
function rush({ map, robots, seed, goalsPerRobot, faults }: RushOptions): World {
  const world = benchWorld({ map, robots, seed, speed: 10 });
  const random = seededRandom(seed + 1_000);
  const places = [...world.places.keys()];
  const left = world.robots.map(() => goalsPerRobot);
  const curesAt = new Map<string, number>();
  const busy = () => world.robots.some((robot, index) => robot.goal !== null || (left[index] ?? 0) > 0);
  liveUntil(
    world,
    () => !busy(),
    goalsPerRobot * robots * 4,
    () => {
      expectApart(world, seed);
      expectProgress(world, seed);
      for (const [index, robot] of world.robots.entries()) {
        if (robot.goal === null && (left[index] ?? 0) > 0) {
          left[index] = (left[index] ?? 0) - 1;
          const place = places[Math.floor(random() * places.length)] ?? '';
          offerGoal(world, robot, goal(world, `g-${index}-${left[index]}`, { place }));
        }
        if (!faults) continue;
        const cureAt = curesAt.get(robot.id);
        if (cureAt !== undefined && world.simMs > cureAt) {
          curesAt.delete(robot.id);
          setFault(world, 'robot-lost', false, robot.id);
          resumeRobot(world, robot);
        } else if (cureAt === undefined && random() < 0.002) {
          curesAt.set(robot.id, world.simMs + 60_000 * random());
          if (random() < 0.5) pauseRobot(world, robot, 'service');
          else setFault(world, 'robot-lost', true, robot.id);
        }
      }
    },
  );
  const finished = facts(world, 'goal.finished');
  expect(finished).toHaveLength(goalsPerRobot * robots);
  return world;
}

describe('robots on the floor', () => {
  for (const seed of [1, 2, 3, 4, 5, 6, 7, 8]) {
    test(`six on a small floor reach every goal and never touch, seed ${seed}`, () => {
      const world = rush({ map: smallFloor(), robots: 6, seed, goalsPerRobot: 40, faults: false });
      expect(facts(world, 'goal.finished').every((fact) => 'status' in fact && fact.status === 4)).toBe(true);
    });
    test(`four that are halted now and then do so too, seed ${seed}`, () => {
      rush({ map: smallFloor(), robots: 4, seed, goalsPerRobot: 30, faults: true });
    });
  }

  for (const file of ['warehouse-21x43', 'warehouse-41x127']) {
    const path = new URL(`../../../shared/data/maps/${file}.map`, import.meta.url).pathname;
    test.runIf(existsSync(path))(`ten on ${file} reach every goal and never touch`, () => {
      rush({ map: readFloor(path), robots: 10, seed: 11, goalsPerRobot: 20, faults: false });
    });
  }
});

test('the same seed, goals and cycles give the same facts', () => {
  const once = rush({ map: smallFloor(), robots: 5, seed: 21, goalsPerRobot: 10, faults: true });
  const again = rush({ map: smallFloor(), robots: 5, seed: 21, goalsPerRobot: 10, faults: true });
  expect(again.facts).toEqual(once.facts);
  expect(again.simMs).toBe(once.simMs);
});

test('a robot takes the time its way takes', () => {
  const world = benchWorld({ robots: 1 });
  const [robot] = world.robots;
  if (robot === undefined) throw new Error('no robot');
  const from = poseOf(world, robot);
  const place = world.places.get('induct');
  const metres = Math.abs((place?.x ?? 0) - from.x) + Math.abs((place?.y ?? 0) - from.y);
  offerGoal(world, robot, goal(world, 'g', { place: 'induct' }));
  liveUntil(world, () => robot.goal === null);
  // 1.5 m/s and a handful of quarter turns of 0.6 s.
  expect(world.simMs).toBeGreaterThan((metres / 1.5) * 1_000);
  expect(world.simMs).toBeLessThan((metres / 1.5) * 1_000 + 5_000);
  expect(robot.place).toBe('induct');
});

test('who stands about makes way for who works, and moves no further', () => {
  const world = benchWorld({ robots: 2 });
  const [first, second] = world.robots;
  if (first === undefined || second === undefined) throw new Error('no robots');
  offerGoal(world, first, goal(world, 'to-induct', { place: 'induct' }));
  liveUntil(world, () => first.goal === null);
  offerGoal(world, second, goal(world, 'to-induct-too', { place: 'induct' }));
  liveUntil(world, () => second.goal === null);
  expect(second.place).toBe('induct');
  const moves = facts(world, 'robot.moving').filter((fact) => 'yielding' in fact && fact.yielding);
  expect(moves).toMatchObject([{ robot: first.id, goalId: '' }]);
  live(world, 60_000);
  expect(first.moving).toBe(false);
});
