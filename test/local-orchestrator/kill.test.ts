import { expect, test } from 'vitest';
import { type CrashPoint, crashPoints } from '../../appliance/store/index.ts';
import { between, chanceOf, pick } from '../../local-orchestrator/test-kit/index.ts';
import { createWorld, judge, run, type World } from './crash-world.ts';

/** The nightly script kills two hundred times. */
const KILLS = Number(process.env.HOLDFAST_KILLS ?? 10);
const SEED = Number(process.env.HOLDFAST_SEED ?? Date.now() % 1_000_000);
const ORDERS_PER_LIFE = 8;
const bringOrders = (world: World) => {
  for (let left = ORDERS_PER_LIFE; left > 0; left -= 1) world.orders.push(`o-${world.orders.length + 1}`);
};

/** Some die before they are up, most while they work, some when they have nothing to do. */
const deaths = [
  { event: 'begun', msMax: 1_500 },
  { event: 'ready', msMax: 100 },
  { event: 'ready', msMax: 500 },
] as const;

test(
  `killed ${KILLS} times at random, each order is done once (HOLDFAST_SEED=${SEED})`,
  async () => {
    const random = chanceOf(SEED, 'kills');
    const world = createWorld(0);
    while (world.kills < KILLS) {
      bringOrders(world);
      const { event, msMax } = pick(random, deaths);
      await run(world, { killAfter: { event, ms: between(random, 1, msMax) } });
    }
    expect(world.kills).toBe(KILLS);
    expect(world.killsAtWork).toBeGreaterThan(0);
    await run(world);
    await judge(world);
  },
  60_000 + KILLS * 6_000,
);

/** Passed once in a life, or hardly more often; the others are passed again and again. */
const seldom: readonly CrashPoint[] = [
  'in-migration',
  'after-mark',
  'before-checkpoint',
  'after-checkpoint',
  'before-history-commit',
  'after-history-commit',
  'before-clean-mark',
  'after-clean-mark',
];

/** All of them in the nightly run; a quarter in each other, another one with each seed. */
const points =
  process.env.HOLDFAST_KILLS === undefined
    ? crashPoints.filter((_point, index) => index % 4 === SEED % 4)
    : crashPoints;

test(`killed at crash points of the store, each order is done once (HOLDFAST_SEED=${SEED})`, async () => {
  const random = chanceOf(SEED, 'points');
  const world = createWorld(0);
  const fired = new Map<string, number>();
  for (const point of points) {
    bringOrders(world);
    const before = world.kills;
    const nth = seldom.includes(point) ? 1 : between(random, 1, 5);
    await run(world, { crashPoint: `${point}:${nth}` });
    fired.set(point, world.kills - before);
  }
  console.log('killed at', Object.fromEntries(fired));
  expect(points.filter((point) => fired.get(point) !== 1)).toEqual([]);
  await run(world);
  await judge(world);
}, 300_000);
