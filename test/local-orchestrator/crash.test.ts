import { expect, test } from 'vitest';
import { createWorld, judge, run } from './crash-world.ts';

test('killed at the crash points of the store, again and again, each order is still done once', async () => {
  const world = createWorld(12);
  const points = [
    'after-append:7',
    'after-run:90',
    'before-commit:9',
    'after-commit-before-answer:11',
    'after-answer:30',
    'after-savepoint:6',
  ];
  for (const crashPoint of points) await run(world, { crashPoint });
  expect(world.kills).toBeGreaterThanOrEqual(points.length - 2); // the last ones may come when all is done
  await run(world);
  await judge(world);
});

test('killed while robots are on their way, what they did is found out and not done again', async () => {
  const world = createWorld(10);
  for (const killAtMessage of [4, 7, 10, 3]) await run(world, { killAtMessage });
  expect(world.kills).toBe(4);
  expect(world.plant.asked.length).toBeGreaterThan(0); // outcomes were in doubt
  await run(world);
  await judge(world);
});
