import { expect, onTestFinished, test } from 'vitest';
import { silentLog } from '#contracts/log.ts';
import { createIntake, intakeStoreModule } from '../../appliance/intake/index.ts';
import { orchestratorStoreModules } from '../../local-orchestrator/index.ts';
import { createKeeper } from '../../local-orchestrator/retention/keeper.ts';
import { openTestStore } from '../store/site.ts';
import { createFakeClock } from '../support/fake-clock.ts';
import { passUntil, waitsFor } from '../support/pass-until.ts';

const DAY_MS = 86_400_000;

test('an id whose order was deleted is free again: the next order of it is another one, and is picked', async () => {
  const clock = createFakeClock();
  const modules = [intakeStoreModule, ...orchestratorStoreModules];
  const store = waitsFor(await openTestStore({ modules, clock }));
  const intake = createIntake({
    store,
    clock,
    log: silentLog,
    site: 'test',
    backlog: { enter: () => () => {}, size: () => 0 },
    rules: {
      defaultDestination: 'packing-1',
      destinations: new Set(['packing-1']),
      serviceSkus: new Set(),
      unknownSku: 'refuse',
      knowsSku: () => true,
    },
  });
  const origin = { intake: 'http', key: 'A-1' } as const;
  const order = (quantity: number) => ({ orderId: 'A-1', lines: [{ sku: 'MUG', quantity }] });
  expect((await intake.accept(order(2), origin)).outcome).toBe('accepted');
  const params = {
    orderId: 'A-1',
    sagaId: 'pick-order:A-1',
    priority: 5,
    turn: 5,
    risk: null,
    lineCount: 1,
    pieceCount: 2,
    destination: 'packing-1',
    customer: null,
    traceparent: null,
    acceptedMs: clock.nowMs(),
    offset: 1,
  };
  await store.commit([
    { op: 'run', statement: 'orders.accept', params },
    { op: 'run', statement: 'orders.drop', params: { orderId: 'A-1', nowMs: clock.nowMs() } },
  ]);
  clock.jumpWall(40 * DAY_MS);
  await expect(intake.accept(order(3), origin)).rejects.toMatchObject({ code: 'INT_CONFLICT' });

  const keeper = createKeeper({
    store,
    clock,
    log: silentLog,
    keepDays: 30,
    forgetOrders: ['intake.forgetOrders'],
  });
  keeper.start();
  onTestFinished(() => keeper.stop());
  const isGone = async () => (await store.query('orders.one', { orderId: 'A-1' })).length === 0;
  await passUntil(clock, 60_000, 'the order is gone', isGone);
  expect((await intake.accept(order(3), origin)).outcome).toBe('accepted');
});
