import { describe, expect, test } from 'vitest';
import { choosePlace, type PlaceLoad } from '../../local-orchestrator/inventory/choose-place.ts';
import { dyingEverywhere, failed, floorPlaces, is, openFloorWork, slowDrop } from './floor-work.ts';

const goods = { sku: 'B', quantity: 30, from: 'receiving-1' };
const stock = [{ sku: 'B', place: 'rack-2', quantity: 5 }];

test('goods that come in lie where the article lies already, and the books say so', async () => {
  using work = await openFloorWork({ stock });
  expect(await work.site.run('putaway', goods, { sagaId: 'p-1' })).toMatchObject({
    status: 'completed',
    output: { place: 'rack-2', moved: [{ sku: 'B', quantity: 30 }] },
  });
  expect(work.acts()).toEqual(['pick', 'drop']);
  expect(await work.books('B')).toEqual({ 'rack-2': [35, 0] });
  expect(await work.leases()).toBe(0);
  const types = await work.eventTypes('p-1');
  expect(types).toContain('holdfast.inventory.received.v1');
  expect(types).toContain('holdfast.inventory.moved.v1');
  await work.site.keepsItsPromises();
});

test('what was put away can be picked by orders', async () => {
  using work = await openFloorWork();
  await work.site.run('putaway', goods, { sagaId: 'p-1' });
  const { orchestrator } = await work.site.running();
  const act = { key: 'r', orderId: 'o', traceparent: null };
  const { lines } = await orchestrator.inventory.reserve([{ sku: 'B', quantity: 30 }], false, act);
  expect(lines).toEqual([{ sku: 'B', quantity: 30, place: 'rack-2' }]);
});

test('two putaways do not fill the same room twice', async () => {
  using work = await openFloorWork({ stock: [{ sku: 'B', place: 'rack-2', quantity: 50 }] });
  await work.site.start('putaway', 'p-1', goods);
  await work.site.start('putaway', 'p-2', goods);
  await work.answer('no-room', 'cancel');
  expect([await work.ended('p-1'), await work.ended('p-2')].toSorted()).toEqual(['cancelled', 'completed']);
  expect(await work.books('B')).toEqual({ 'rack-2': [80, 0] });
});

test('a receiving place that does not exist is refused with the cure', async () => {
  using work = await openFloorWork();
  const end = await work.site.run('putaway', { ...goods, from: 'rack-1' }, { sagaId: 'p-1' });
  expect(end.status).toBe('compensated');
  expect(end.reason).toContain('There is no place rack-1 for goods that come in');
  expect(await work.books('B')).toEqual({});
});

test('without room a person is asked, and goods that do not stay leave the books', async () => {
  using work = await openFloorWork();
  await work.site.start('putaway', 'p-1', { ...goods, quantity: 500 });
  const task = await work.answer('no-room', 'cancel', { note: 'goes back to the supplier' });
  expect(task.text).toContain('No place has room for 500 × B');
  expect(await work.ended('p-1')).toBe('cancelled');
  expect(await work.books('B')).toEqual({});
  expect(work.acts()).toEqual([]);
});

test('a place that is closed for a count while the goods are on their way gives way to another', async () => {
  using work = await openFloorWork({ stock, tookMs: () => 60_000 });
  await work.site.start('putaway', 'p-1', { ...goods, quantity: 8 });
  await work.site.pass('30 s');
  await work.site.start('cycle-count', 'c-1', { place: 'rack-2' });
  expect(await work.ended('p-1')).toBe('completed');
  expect(await work.books('B')).toEqual({ 'rack-2': [5, 0], 'rack-3': [8, 0] });
});

test('goods that cannot be put down go to another place when a person says so', async () => {
  using work = await openFloorWork({ stock });
  work.site.plant.fault('blocked', 1, (command) =>
    is('drop')(command) ? failed('a pallet stands in the way') : undefined,
  );
  await work.site.start('putaway', 'p-1', { ...goods, quantity: 8 });
  const task = await work.answer('set-down-failed', 'other-place');
  expect(work.site.plant.fired.get('blocked')).toBe(1);
  expect(task.text).toContain('a pallet stands in the way');
  expect(await work.ended('p-1')).toBe('completed');
  expect(await work.books('B')).toEqual({ 'rack-2': [5, 0], 'rack-3': [8, 0] });
  expect(work.site.plant.count('pick')).toBe(1);
});

test('put down by hand, the books follow the person', async () => {
  using work = await openFloorWork({ stock });
  work.site.plant.fault('blocked', 1, (command) => (is('drop')(command) ? failed('no way') : undefined));
  await work.site.start('putaway', 'p-1', goods);
  await work.answer('set-down-failed', 'by-hand');
  expect(await work.ended('p-1')).toBe('completed');
  expect(await work.books('B')).toEqual({ 'rack-2': [35, 0] });
  expect(work.site.plant.count('putBack')).toBe(0);
});

test('a robot that fails puts back, and another brings the goods', async () => {
  using work = await openFloorWork({ stock });
  work.site.plant.fault('broken', 1, (command) => {
    if (!is('pick')(command)) return undefined;
    work.site.plant.setRobot(command.target, { activity: 'fault' });
    return failed('the gripper is stuck');
  });
  expect(await work.site.run('putaway', goods, { sagaId: 'p-1' })).toMatchObject({ status: 'completed' });
  expect(work.site.plant.fired.get('broken')).toBe(1);
  expect(work.acts()).toEqual(['putBack', 'pick', 'drop']);
  expect(new Set(work.site.effects().map(({ target }) => target)).size).toBe(2);
  expect(await work.books('B')).toEqual({ 'rack-2': [35, 0] });
});

test('a load that is not what it should be goes to a person, who takes what is right', async () => {
  using work = await openFloorWork({ stock });
  work.site.plant.fault('short', 1, (command) =>
    is('pick')(command) ? { do: 'pick', change: () => ({ quantity: 20 }) } : undefined,
  );
  await work.site.start('putaway', 'p-1', goods);
  const task = await work.answer('load-differs', 'accept-short');
  expect(task.text).toContain('20 of 30 × B');
  expect(await work.ended('p-1')).toBe('completed');
  expect(await work.books('B')).toEqual({ 'rack-2': [25, 0], 'receiving-1': [10, 0] });
});

describe('cancelled', () => {
  test('with the goods on the robot: they go back, and leave no trace in the books', async () => {
    using work = await openFloorWork({ stock, tookMs: slowDrop });
    await work.site.start('putaway', 'p-1', goods);
    await work.site.pass('10 s');
    expect(work.acts()).toEqual(['pick']);
    await work.site.cancel('p-1');
    expect(await work.ended('p-1')).toBe('cancelled');
    expect(work.acts()).toEqual(['pick', 'cancel', 'putBack']);
    expect(await work.books('B')).toEqual({ 'rack-2': [5, 0] });
    expect(await work.leases()).toBe(0);
  });

  test('when they were put down meanwhile: they are booked where they lie', async () => {
    using work = await openFloorWork({ stock });
    work.site.plant.fault('late', 1, (command) =>
      is('drop')(command) ? { do: 'act-and-wait', byMs: 60_000 } : undefined,
    );
    await work.site.start('putaway', 'p-1', goods);
    await work.site.pass('10 s');
    await work.site.cancel('p-1');
    expect(await work.ended('p-1')).toBe('cancelled');
    expect(work.site.plant.fired.get('late')).toBe(1);
    expect(work.acts()).not.toContain('putBack');
    expect(await work.books('B')).toEqual({ 'rack-2': [35, 0] });
  });
});

test('whenever the box dies, the goods are put away once', async () => {
  await dyingEverywhere({ stock }, async (work) => {
    expect(await work.site.run('putaway', goods, { sagaId: 'p-1' })).toMatchObject({ status: 'completed' });
    expect(work.acts()).toEqual(['pick', 'drop']);
    expect(await work.books('B')).toEqual({ 'rack-2': [35, 0] });
  });
});

describe('the choice of a place', () => {
  const load = (id: string, change: Partial<PlaceLoad> = {}): PlaceLoad => {
    const place = floorPlaces.find((one) => one.id === id);
    if (place === undefined) throw new Error(id);
    return { place, filled: 0, same: 0, closed: false, ...change };
  };
  const wish = { sku: 'B', quantity: 5, near: { x: 0, y: 0 }, avoid: [] };
  test.each<[string, Partial<typeof wish>, PlaceLoad[], string | undefined]>([
    ['where the article belongs', { sku: 'A' }, [load('rack-2', { same: 3 }), load('rack-1')], 'rack-1'],
    ['never where another belongs', {}, [load('rack-1')], undefined],
    ['where it lies', {}, [load('rack-3'), load('rack-2', { filled: 3, same: 3 })], 'rack-2'],
    ['an empty one before a mixed one', {}, [load('rack-2', { filled: 3 }), load('rack-3')], 'rack-3'],
    ['the nearest', {}, [load('rack-3'), load('rack-2')], 'rack-2'],
    ['not one that is full', {}, [load('rack-3', { filled: 6 })], undefined],
    ['not one that is being counted', {}, [load('rack-2', { closed: true })], undefined],
    ['not one that will not do', { avoid: ['rack-2'] as never[] }, [load('rack-2')], undefined],
  ])('%s', (_name, change, loads, expected) => {
    expect(choosePlace({ ...wish, ...change }, loads)?.id).toBe(expected);
  });
});
