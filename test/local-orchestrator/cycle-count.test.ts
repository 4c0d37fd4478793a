import { describe, expect, test } from 'vitest';
import { judgeCount } from '../../local-orchestrator/sagas/count.ts';
import { dyingEverywhere, type FloorWork, openFloorWork } from './floor-work.ts';

const stock = [
  { sku: 'A', place: 'rack-1', quantity: 50 },
  { sku: 'B', place: 'rack-1', quantity: 7 },
];
const here = { place: 'rack-1' };
const counted = (a: number, b = 7) => ({
  lines: [
    { sku: 'A', quantity: a },
    { sku: 'B', quantity: b },
  ],
});
const count = (work: FloorWork, kind: string, user: string, form: ReturnType<typeof counted>) =>
  work.answer(kind, 'counted', { user, form });
const isClosed = async ({ site }: FloorWork) =>
  (await (await site.running()).orchestrator.inventory.places.claims()).length > 0;

test('a count that agrees changes nothing, and the place is open again', async () => {
  using work = await openFloorWork({ stock });
  await work.site.start('cycle-count', 'c-1', here);
  const task = await count(work, 'count', 'ann', counted(50));
  expect(task.context.find(({ label }) => label === 'Articles by the books')?.value).toBe('A, B');
  expect(await work.ended('c-1')).toBe('completed');
  expect(await work.site.saga('c-1')).toMatchObject({ output: { found: 'everything is as in the books' } });
  expect(await work.books('A')).toEqual({ 'rack-1': [50, 0] });
  expect(await isClosed(work)).toBe(false);
});

test('the one who counts does not see the books', async () => {
  using work = await openFloorWork({ stock });
  await work.site.start('cycle-count', 'c-1', here);
  const { text, context } = await work.task('count');
  expect(JSON.stringify([text, context])).not.toMatch(/50|7/);
});

test('a difference within the tolerance is booked at once', async () => {
  using work = await openFloorWork({ stock, config: { cycleCount: { tolerancePieces: 2 } } });
  await work.site.start('cycle-count', 'c-1', here);
  await count(work, 'count', 'ann', counted(48));
  expect(await work.ended('c-1')).toBe('completed');
  expect(await work.books('A')).toEqual({ 'rack-1': [48, 0] });
  expect(await work.eventTypes('c-1')).toContain('holdfast.inventory.adjusted.v1');
});

test('a larger one is counted again by somebody else, and that may settle it', async () => {
  using work = await openFloorWork({ stock });
  await work.site.start('cycle-count', 'c-1', here);
  await count(work, 'count', 'ann', counted(5));
  await count(work, 'count-again', 'ben', counted(50));
  expect(await work.ended('c-1')).toBe('completed');
  expect(await work.books('A')).toEqual({ 'rack-1': [50, 0] });
});

test('the same person does not count twice', async () => {
  using work = await openFloorWork({ stock });
  await work.site.start('cycle-count', 'c-1', here);
  await count(work, 'count', 'ann', counted(5));
  const first = await count(work, 'count-again', 'ann', counted(50));
  const again = await count(work, 'count-again', 'ben', counted(50));
  expect(again.taskId).not.toBe(first.taskId);
  expect(await work.ended('c-1')).toBe('completed');
});

describe('a difference that stays', () => {
  const differing = async (work: FloorWork) => {
    await work.site.start('cycle-count', 'c-1', here);
    await count(work, 'count', 'ann', counted(40));
    await count(work, 'count-again', 'ben', counted(41));
    return work.task('count-approve');
  };

  test('is booked when a technician approves', async () => {
    using work = await openFloorWork({ stock });
    const task = await differing(work);
    expect(task.text).toContain('41 instead of 50 × A');
    await work.answer('count-approve', 'approve', { user: 'tom' });
    expect(await work.ended('c-1')).toBe('completed');
    expect(await work.books('A')).toEqual({ 'rack-1': [41, 0] });
  });

  test('leaves the books when it is not approved, and opens the place', async () => {
    using work = await openFloorWork({ stock });
    await differing(work);
    await work.answer('count-approve', 'reject', { user: 'tom' });
    expect(await work.ended('c-1')).toBe('cancelled');
    expect(await work.books('A')).toEqual({ 'rack-1': [50, 0] });
    expect(await isClosed(work)).toBe(false);
  });

  test('is counted once more when asked for', async () => {
    using work = await openFloorWork({ stock });
    await differing(work);
    await work.answer('count-approve', 'recount', { user: 'tom' });
    await count(work, 'count-again', 'cem', counted(50));
    expect(await work.ended('c-1')).toBe('completed');
    expect(await work.books('A')).toEqual({ 'rack-1': [50, 0] });
  });
});

test('nothing is picked from a place while it is counted', async () => {
  using work = await openFloorWork({ stock });
  await work.site.start('cycle-count', 'c-1', here);
  await work.task('count');
  const { orchestrator } = await work.site.running();
  const act = (key: string) => ({ key, orderId: 'o', traceparent: null });
  const wanted = [{ sku: 'A', quantity: 1 }];
  await expect(orchestrator.inventory.reserve(wanted, false, act('1'))).rejects.toMatchObject({
    code: 'SAGA_INVENTORY_SHORT',
  });
  await count(work, 'count', 'ann', counted(50));
  await work.ended('c-1');
  const { lines } = await orchestrator.inventory.reserve(wanted, false, act('2'));
  expect(lines).toHaveLength(1);
});

test('orders that have goods of the place come first', async () => {
  using work = await openFloorWork({ stock });
  const { orchestrator } = await work.site.running();
  const act = (key: string) => ({ key, orderId: 'o', traceparent: null });
  const { reservationId, lines } = await orchestrator.inventory.reserve(
    [{ sku: 'A', quantity: 10 }],
    false,
    act('reserve'),
  );
  await work.site.start('cycle-count', 'c-1', here);
  await work.site.pass('5 min');
  expect(work.site.tasks()).toEqual([]);
  await orchestrator.inventory.consume(reservationId, lines, act('consume'));
  await count(work, 'count', 'ann', counted(40));
  expect(await work.ended('c-1')).toBe('completed');
  expect(await work.books('A')).toEqual({ 'rack-1': [40, 0] });
});

test('an order that never ends is told of', async () => {
  using work = await openFloorWork({ stock });
  const { orchestrator } = await work.site.running();
  await orchestrator.inventory.reserve([{ sku: 'A', quantity: 10 }], false, {
    key: 'r',
    orderId: 'o',
    traceparent: null,
  });
  await work.site.start('cycle-count', 'c-1', here);
  const task = await work.answer('count-waits', 'cancel');
  expect(task.text).toContain('10 pieces at rack-1 are set aside');
  expect(await work.ended('c-1')).toBe('cancelled');
  expect(await isClosed(work)).toBe(false);
});

test('a label is read where there is a scanner, and one that fails keeps nobody from counting', async () => {
  const config = { cycleCount: { tolerancePieces: 0, scanner: 'hand-1' } };
  using work = await openFloorWork({ stock, config });
  await work.site.start('cycle-count', 'c-1', here);
  const { context } = await work.task('count');
  expect(context.find(({ label }) => label === 'Scanned')?.value).toBe('read');
  using blind = await openFloorWork({ stock, config });
  blind.site.plant.fault('blind', 1, () => ({
    do: 'answer',
    result: { state: 'failed', code: 'DRV_REFUSED', reason: 'no code', retryable: false },
  }));
  await blind.site.start('cycle-count', 'c-1', here);
  await blind.task('count');
  expect(blind.site.plant.fired.get('blind')).toBe(1);
});

test('cancelled while somebody counts: the task is gone and the place is open', async () => {
  using work = await openFloorWork({ stock });
  await work.site.start('cycle-count', 'c-1', here);
  await work.task('count');
  await work.site.cancel('c-1');
  expect(await work.ended('c-1')).toBe('cancelled');
  expect(work.site.tasks()).toEqual([]);
  expect(await isClosed(work)).toBe(false);
});

test('a place that cannot be counted stays as it is', async () => {
  using work = await openFloorWork({ stock });
  await work.site.start('cycle-count', 'c-1', here);
  await work.answer('count', 'cannot', { note: 'a pallet stands before it' });
  expect(await work.ended('c-1')).toBe('cancelled');
  expect(await work.books('A')).toEqual({ 'rack-1': [50, 0] });
});

test('whenever the box dies, the books follow the count once', async () => {
  const config = { cycleCount: { tolerancePieces: 5, scanner: 'hand-1' } };
  await dyingEverywhere({ stock, config }, async (work) => {
    await work.site.start('cycle-count', 'c-1', here);
    await count(work, 'count', 'ann', counted(48));
    expect(await work.ended('c-1')).toBe('completed');
    expect(await work.books('A')).toEqual({ 'rack-1': [48, 0] });
    expect(await isClosed(work)).toBe(false);
  });
});

test.each<[string, [string, number][], object]>([
  ['an article that was not counted is gone', [['A', 50]], { changes: [{ sku: 'B', from: 7, to: 0 }] }],
  [
    'one that the books do not know is found',
    [
      ['A', 50],
      ['B', 7],
      ['C', 3],
    ],
    { worst: 3, words: '3 instead of 0 × C' },
  ],
  [
    'lines of one article are added up',
    [
      ['A', 20],
      ['A', 30],
      ['B', 7],
    ],
    { worst: 0, changes: [] },
  ],
])('%s', (_name, lines, expected) => {
  const books = stock.map(({ sku, quantity }) => ({ sku, quantity, reserved: 0 }));
  const verdict = judgeCount(
    books,
    lines.map(([sku, quantity]) => ({ sku, quantity })),
  );
  expect(verdict).toMatchObject(expected);
});
