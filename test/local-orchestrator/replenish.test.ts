import { describe, expect, test } from 'vitest';
import { dyingEverywhere, failed, is, openFloorWork, slowDrop } from './floor-work.ts';

const low = { sku: 'A', place: 'rack-1', quantity: 5 };
const reserves = [
  { sku: 'A', place: 'reserve-1', quantity: 40 },
  { sku: 'A', place: 'reserve-2', quantity: 30 },
];
const here = { place: 'rack-1' };

test('a place is filled up to its target from the reserves', async () => {
  using work = await openFloorWork({ stock: [low, ...reserves] });
  expect(await work.site.run('replenish', here, { sagaId: 'r-1' })).toMatchObject({
    status: 'completed',
    output: { short: 0 },
  });
  expect(work.acts()).toEqual(['pick', 'drop']);
  expect(await work.books('A')).toEqual({ 'rack-1': [60, 0], 'reserve-2': [15, 0] });
  expect(await work.leases()).toBe(0);
  await work.site.keepsItsPromises();
});

test('with what the reserves have, when that is less', async () => {
  using work = await openFloorWork({ stock: [low, { sku: 'A', place: 'reserve-1', quantity: 20 }] });
  expect(await work.site.run('replenish', here)).toMatchObject({
    status: 'completed',
    output: { short: 35 },
  });
  expect(await work.books('A')).toEqual({ 'rack-1': [25, 0] });
});

test('orders are never picked from the reserves', async () => {
  using work = await openFloorWork({ stock: reserves });
  const { orchestrator } = await work.site.running();
  const act = { key: 'k', orderId: 'o', traceparent: null };
  await expect(orchestrator.inventory.reserve([{ sku: 'A', quantity: 1 }], false, act)).rejects.toMatchObject(
    { code: 'SAGA_INVENTORY_SHORT' },
  );
});

test('only one runs for a place', async () => {
  using work = await openFloorWork({ stock: [low, ...reserves], tookMs: () => 60_000 });
  await work.site.start('replenish', 'r-1', here);
  await work.site.pass('5 s');
  expect(await work.site.run('replenish', here, { sagaId: 'r-2' })).toMatchObject({
    status: 'cancelled',
    reason: 'the place is being replenished or counted already',
  });
  expect(await work.ended('r-1')).toBe('completed');
  expect(await work.books('A')).toMatchObject({ 'rack-1': [60, 0] });
  // It was given back: another one may begin, and finds enough.
  expect(await work.site.run('replenish', here, { sagaId: 'r-3' })).toMatchObject({
    status: 'cancelled',
    reason: 'the place has enough',
  });
});

test('it begins by itself when orders take a place below its minimum, once', async () => {
  using work = await openFloorWork({ stock: [{ ...low, quantity: 30 }, ...reserves] });
  const { orchestrator } = await work.site.running();
  const take = async (orderId: string, quantity: number) => {
    const act = (key: string) => ({ key: `${orderId}/${key}`, orderId, traceparent: null });
    const { reservationId, lines } = await orchestrator.inventory.reserve(
      [{ sku: 'A', quantity }],
      false,
      act('reserve'),
    );
    await orchestrator.inventory.consume(reservationId, lines, act('consume'));
  };
  await take('o-1', 5);
  await work.site.pass('5 min');
  expect(work.acts()).toEqual([]);
  await take('o-2', 10);
  await take('o-3', 1);
  await work.site.pass('30 min');
  expect(work.acts()).toEqual(['pick', 'drop']);
  expect((await work.books('A'))['rack-1']).toEqual([60, 0]);
});

describe('people', () => {
  test('empty reserves are told of; filled up, it goes on', async () => {
    using work = await openFloorWork({ stock: [low] });
    await work.site.start('replenish', 'r-1', here);
    const task = await work.task('short-stock');
    expect(task.text).toContain('5 of 60 are there');
    const { orchestrator } = await work.site.running();
    await orchestrator.inventory.loadStock([{ sku: 'A', place: 'reserve-1', quantity: 55 }]);
    await work.answer('short-stock', 'retry');
    expect(await work.ended('r-1')).toBe('completed');
    expect(await work.books('A')).toEqual({ 'rack-1': [60, 0] });
  });

  test('left as it is, the place is free for others again', async () => {
    using work = await openFloorWork({ stock: [low] });
    await work.site.start('replenish', 'r-1', here);
    await work.answer('short-stock', 'cancel');
    expect(await work.ended('r-1')).toBe('cancelled');
    const { orchestrator } = await work.site.running();
    expect(await orchestrator.inventory.places.claims()).toEqual([]);
  });
});

test('cancelled on the way, everything is as before', async () => {
  using work = await openFloorWork({ stock: [low, ...reserves], tookMs: slowDrop });
  await work.site.start('replenish', 'r-1', here);
  await work.site.pass('15 s');
  expect(work.acts()).toEqual(['pick']);
  await work.site.cancel('r-1');
  expect(await work.ended('r-1')).toBe('cancelled');
  expect(work.site.plant.count('putBack')).toBe(1);
  expect(await work.books('A')).toEqual({ 'rack-1': [5, 0], 'reserve-1': [40, 0], 'reserve-2': [30, 0] });
  const { orchestrator } = await work.site.running();
  expect(await orchestrator.inventory.places.claims()).toEqual([]);
  expect(await work.leases()).toBe(0);
});

test('amends that fail ask a person, who does them by hand', async () => {
  using work = await openFloorWork({ stock: [low, ...reserves], tookMs: slowDrop });
  work.site.plant.fault('stuck', 1, (command) =>
    is('putBack')(command) ? failed('the tote is stuck') : undefined,
  );
  await work.site.start('replenish', 'r-1', here);
  await work.site.pass('15 s');
  await work.site.cancel('r-1');
  await work.answer('compensation-blocked', 'by-hand');
  expect(work.site.plant.fired.get('stuck')).toBe(1);
  expect(await work.ended('r-1')).toBe('cancelled');
  expect(await work.books('A')).toEqual({ 'rack-1': [5, 0], 'reserve-1': [40, 0], 'reserve-2': [30, 0] });
});

test('whenever the box dies, the place is filled once', async () => {
  await dyingEverywhere({ stock: [low, ...reserves] }, async (work) => {
    expect(await work.site.run('replenish', here, { sagaId: 'r-1' })).toMatchObject({ status: 'completed' });
    expect(work.acts()).toEqual(['pick', 'drop']);
    expect(await work.books('A')).toEqual({ 'rack-1': [60, 0], 'reserve-2': [15, 0] });
  });
});
