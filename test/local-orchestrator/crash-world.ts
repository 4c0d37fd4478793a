import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { expect, onTestFinished } from 'vitest';
import { offset } from '#contracts/ids.ts';
import type { FromChild, ToChild } from './crash-child.ts';
import { CRASH_STOCK, openSagaStore } from './parts.ts';
import { createPlant, type Plant } from './plant.ts';
import { temporaryFolder } from './site.ts';

/** What the world outside of the box knows: the plant, and what it was acknowledged. */
export interface World {
  readonly dir: string;
  readonly plant: Plant;
  /** Those that may be given out; more may come. */
  readonly orders: string[];
  readonly acknowledged: Set<string>;
  readonly ended: Set<string>;
  kills: number;
  /** Kills while orders were under way. */
  killsAtWork: number;
}

interface RunOptions {
  readonly crashPoint?: string;
  /** Killed from outside at the so-manieth message to the plant. */
  readonly killAtMessage?: number;
  /** Killed from outside so long after its process has begun, or after it was ready for orders. */
  readonly killAfter?: { readonly event: 'begun' | 'ready'; readonly ms: number };
}

/** Runs the orchestrator until it dies, or until every order has ended. */
export async function run(
  world: World,
  { crashPoint = '', killAtMessage, killAfter }: RunOptions = {},
): Promise<void> {
  const { plant } = world;
  const child: ChildProcess = fork(new URL('./crash-child.ts', import.meta.url), [world.dir, crashPoint], {
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    serialization: 'advanced',
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  let deadline: NodeJS.Timeout | undefined;
  const killOn = (event: 'begun' | 'ready') => {
    if (killAfter?.event !== event) return;
    deadline = setTimeout(() => child.kill('SIGKILL'), killAfter.ms);
  };
  killOn('begun');
  const exited = once(child, 'exit');
  const tell = (message: ToChild) => {
    if (child.connected) child.send(message, () => {});
  };
  let messages = 0;
  child.on('message', async (message: FromChild) => {
    switch (message.kind) {
      case 'ready':
        killOn('ready');
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
    if (killAfter === undefined && world.ended.size === world.orders.length) tell({ kind: 'stop' });
  });
  const [, signal] = await exited;
  clearTimeout(deadline);
  if (signal !== 'SIGKILL') return;
  world.kills += 1;
  if (world.ended.size < world.orders.length) world.killsAtWork += 1;
}

/** Nothing acknowledged is lost, nothing is done twice. */
export async function judge(world: World): Promise<void> {
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
  expect(stock).toMatchObject({ quantity: CRASH_STOCK - 2 * orders.length, reserved: 0 });
  expect(await store.query('fleet.leases')).not.toContainEqual(
    expect.objectContaining({ holder: expect.any(String) }),
  );
  expect(await store.verify()).toMatchObject({ state: 'whole' });
}

export const createWorld = (count: number): World => ({
  dir: temporaryFolder(),
  plant: createPlant(['amr-1', 'amr-2', 'amr-3']),
  orders: Array.from({ length: count }, (_one, index) => `o-${index + 1}`),
  acknowledged: new Set(),
  ended: new Set(),
  kills: 0,
  killsAtWork: 0,
});
