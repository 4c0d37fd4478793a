import { expect, test } from 'vitest';
import { between, chanceOf, pick } from '../../local-orchestrator/test-kit/index.ts';
import { createWorld, judge, run } from './crash-world.ts';

/** The nightly script kills two hundred times. */
const KILLS = Number(process.env.HOLDFAST_KILLS ?? 10);
const SEED = Number(process.env.HOLDFAST_SEED ?? Date.now() % 1_000_000);
const ORDERS_PER_LIFE = 8;
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
      for (let left = ORDERS_PER_LIFE; left > 0; left -= 1) world.orders.push(`o-${world.orders.length + 1}`);
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
