import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { expect, onTestFinished, test } from 'vitest';
import { offset } from '#contracts/ids.ts';
import type { FromChild, ToChild } from './crash-child.ts';
import { openSagaStore } from './parts.ts';
import { createPlant, type Plant } from './plant.ts';
import { temporaryFolder } from './site.ts';

/** What the world outside of the box knows: the plant, and what it was acknowledged. */
interface World {
  readonly dir: string;
  readonly plant: Plant;
  readonly orders: readonly string[];
  readonly acknowledged: Set<string>;
  readonly ended: Set<string>;
  kills: number;
}

interface RunOptions {
  readonly crashPoint?: string;
  /** Killed from outside at the so-manieth message to the plant. */
  readonly killAtMessage?: number;
}

/** Runs the orchestrator until it dies, or until every order has ended. */
async function run(world: World, { crashPoint = '', killAtMessage }: RunOptions = {}): Promise<void> {
  const { plant } = world;
  const child: ChildProcess = fork(new URL('./crash-child.ts', import.meta.url), [world.dir, crashPoint], {
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    serialization: 'advanced',
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  const exited = once(child, 'exit');
  const tell = (message: ToChild) => {
    if (child.connected) child.send(message, () => {});
  };
  let messages = 0;
  child.on('message', async (message: FromChild) => {
    switch (message.kind) {
      case 'ready':
        tell({ kind: 'robots', robots: [...plant.fleet.robots()] });
        for (const orderId of world.orders) {
          if (!world.acknowledged.has(orderId)) tell({ kind: 'order', orderId });
        }
        break;
      case 'acknowledged':
        world.acknowledged.add(message.orderId);
        break;
      case 'ended':
        world.ended.add(message.orderId);
        break;
      default: {
        messages += 1;
        // Half of the kills come before the plant has done it, half after: both must be found out.
        const isLast = messages === killAtMessage;
        if (isLast && messages % 2 === 0) child.kill('SIGKILL');
        const answer = await plant.commands[message.kind](message.command);
        if (isLast) child.kill('SIGKILL');
        tell({ kind: 'answer', call: message.call, answer });
      }
    }
    if (world.ended.size === world.orders.length) tell({ kind: 'stop' });
  });
  const [, signal] = await exited;
  if (signal === 'SIGKILL') world.kills += 1;
}

/** Nothing acknowledged is lost, nothing is done twice. */
async function judge(world: World): Promise<void> {
  const { plant, orders } = world;
  expect([...world.ended].toSorted()).toEqual([...orders].toSorted());
  for (const action of ['pick', 'drop', 'convey']) {
    const perTote = new Map<string, number>();
    for (const effect of plant.effects) {
      if (effect.action === action)
        perTote.set(effect.toteId ?? '', (perTote.get(effect.toteId ?? '') ?? 0) + 1);
    }
    expect([action, [...perTote.values()].filter((count) => count !== 1)]).toEqual([action, []]);
    expect([action, perTote.size]).toEqual([action, orders.length]);
  }
  expect(plant.count('putBack') + plant.count('reject')).toBe(0);

  const store = await openSagaStore(world.dir);
  onTestFinished(() => store.close());
  const completed = await store.readLog(offset(0), {
    types: ['holdfast.work-order.completed.v1'],
    countMax: 10_000,
  });
  expect(completed.map(({ event }) => event.subject).toSorted()).toEqual([...orders].toSorted());
  const [stock] = await store.query('inventory.stock', { sku: 'A' });
  expect(stock).toMatchObject({ quantity: 1_000 - 2 * orders.length, reserved: 0 });
  expect(await store.query('fleet.leases')).not.toContainEqual(
    expect.objectContaining({ holder: expect.any(String) }),
  );
  expect(await store.verify()).toMatchObject({ state: 'whole' });
}

const createWorld = (count: number): World => ({
  dir: temporaryFolder(),
  plant: createPlant(['amr-1', 'amr-2', 'amr-3']),
  orders: Array.from({ length: count }, (_one, index) => `o-${index + 1}`),
  acknowledged: new Set(),
  ended: new Set(),
  kills: 0,
});

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
