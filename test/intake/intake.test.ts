import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { systemClock } from '#contracts/clock.ts';
import { silentLog } from '#contracts/log.ts';
import { createIntake, intakeStoreModule, type Origin } from '../../appliance/intake/index.ts';
import { REFUSAL_RECORDS_PER_MINUTE } from '../../appliance/intake/intake.ts';
import { openTestStore, temporaryFolder } from '../store/site.ts';
import { createFakeClock } from '../support/fake-clock.ts';
import { type KeptStore, keepStore } from '../support/keep-store.ts';

// One store for all cases: each has order ids of its own.
let kept: KeptStore;
beforeAll(async () => {
  kept = await keepStore([intakeStoreModule]);
});
afterAll(() => kept.end());

const rules = {
  defaultDestination: 'packing-1',
  destinations: new Set(['packing-1', 'packing-2']),
  serviceSkus: new Set(['POST']),
  unknownSku: 'refuse' as const,
  knowsSku: (sku: string) => ['MUG', 'PEN'].includes(sku),
};
const backlog = { enter: () => () => {}, size: () => 0 };
const intake = (more: Partial<Parameters<typeof createIntake>[0]> = {}) =>
  createIntake({
    store: kept.store,
    clock: systemClock,
    log: silentLog,
    site: 'test',
    rules,
    backlog,
    ...more,
  });
const originOf = (key: string): Origin => ({ intake: 'http', key });
const orderOf = (orderId: string) => ({
  orderId,
  lines: [
    { sku: 'MUG', quantity: 2 },
    { sku: 'POST', quantity: 1 },
  ],
});

describe('the intake', () => {
  test('accepts an order once, complete with defaults, without what is no goods', async () => {
    const { order: accepted, outcome } = await intake().accept(orderOf('A-1'), originOf('A-1'));
    expect(outcome).toBe('accepted');
    expect(accepted).toEqual({
      orderId: 'A-1',
      kind: 'pick',
      priority: 5,
      destination: 'packing-1',
      lines: [{ line: 1, sku: 'MUG', quantity: 2 }],
      leftOut: ['POST'],
    });
    const events = await kept.eventsOf('A-1');
    expect(events).toHaveLength(1);
    expect(events[0]).toMatchObject({
      type: 'holdfast.work-order.created.v1',
      correlationid: 'A-1',
      data: accepted,
    });
  });

  test('a repeat changes nothing, whatever the order of its keys', async () => {
    const order = orderOf('A-2');
    await intake().accept(order, originOf('A-2'));
    const again = { lines: order.lines.map(({ sku, quantity }) => ({ quantity, sku })), orderId: 'A-2' };
    expect((await intake().accept(again, originOf('A-2'))).outcome).toBe('repeated');
    expect(await kept.eventsOf('A-2')).toHaveLength(1);
  });

  test('two at the same moment: one is accepted, the other is its repeat', async () => {
    const accept = () => intake().accept(orderOf('A-3'), originOf('A-3'));
    const both = await Promise.all([accept(), accept()]);
    expect(both.map(({ outcome }) => outcome).sort()).toEqual(['accepted', 'repeated']);
    expect(await kept.eventsOf('A-3')).toHaveLength(1);
  });

  test('the same id with other content is refused, and the first stays', async () => {
    await intake().accept(orderOf('A-4'), originOf('A-4'));
    const other = { ...orderOf('A-4'), lines: [{ sku: 'PEN', quantity: 1 }] };
    await expect(intake().accept(other, originOf('A-4'))).rejects.toMatchObject({ code: 'INT_CONFLICT' });
    const [refusal] = await intake().refusals(10);
    expect(refusal).toMatchObject({ key: 'A-4', code: 'INT_CONFLICT' });
    expect((await kept.eventsOf('A-4')).map(({ type }) => type)).toEqual([
      'holdfast.work-order.created.v1',
      'holdfast.intake.refused.v1',
    ]);
  });

  test.each([
    ['no object', 'hello', /body: an order is an object/],
    ['no lines', { orderId: 'B' }, /lines: is missing/],
    ['no id', { lines: [{ sku: 'MUG', quantity: 1 }] }, /orderId: is missing/],
    ['empty lines', { orderId: 'B', lines: [] }, /^lines: /],
    [
      'an unknown article',
      { orderId: 'B', lines: [{ sku: 'GHOST', quantity: 1 }] },
      /lines\.0\.sku: no place holds article "GHOST"/,
    ],
    ['a negative quantity', { orderId: 'B', lines: [{ sku: 'MUG', quantity: -1 }] }, /lines\.0\.quantity: /],
    ['half a piece', { orderId: 'B', lines: [{ sku: 'MUG', quantity: 0.5 }] }, /lines\.0\.quantity: /],
    ['text for a number', { orderId: 'B', lines: [{ sku: 'MUG', quantity: 'two' }] }, /lines\.0\.quantity: /],
    [
      'a field nobody knows',
      { orderId: 'B', prio: 1, lines: [{ sku: 'MUG', quantity: 1 }] },
      /prio: is not known/,
    ],
    [
      'an unknown place',
      { orderId: 'B', destination: 'moon', lines: [{ sku: 'MUG', quantity: 1 }] },
      /no packing place "moon"/,
    ],
    ['nothing but postage', { orderId: 'B', lines: [{ sku: 'POST', quantity: 1 }] }, /POST are no goods/],
    ['an id with a slash', { orderId: '../x', lines: [{ sku: 'MUG', quantity: 1 }] }, /^orderId: /],
    ['another kind', { orderId: 'B', kind: 'return', lines: [{ sku: 'MUG', quantity: 1 }] }, /^kind: /],
  ])('%s is refused by field, and found afterwards', async (name, input, message) => {
    await expect(intake().accept(input, originOf(name))).rejects.toThrow(message);
    const [refusal] = await intake().refusals(10);
    expect(refusal).toMatchObject({ key: name, reason: expect.stringMatching(message) });
    expect(refusal?.hint.length).toBeGreaterThan(10);
    expect((await kept.eventsOf(name)).map(({ type }) => type)).toEqual(['holdfast.intake.refused.v1']);
    expect(await kept.eventsOf('B')).toEqual([]);
  });

  test('a flood of refusals becomes a bounded number of records, and the rest is counted', async () => {
    const clock = createFakeClock();
    const codes: string[] = [];
    const one = intake({ clock, onRefused: (code) => codes.push(code) });
    const offer = () =>
      expect(one.accept({}, originOf('flood'))).rejects.toMatchObject({ code: 'INT_INVALID' });
    await Promise.all(Array.from({ length: REFUSAL_RECORDS_PER_MINUTE + 7 }, offer));
    await clock.pass(60_000);
    await offer();
    const records = await kept.eventsOf('flood');
    expect(records).toHaveLength(REFUSAL_RECORDS_PER_MINUTE + 1);
    expect(records.at(-1)?.data).toMatchObject({ suppressedCount: 7 });
    expect(codes).toHaveLength(REFUSAL_RECORDS_PER_MINUTE + 8);
  });

  test('on a full disk a refusal takes none of the reserve, and still says what is wrong with the order', async () => {
    let criticalBytes = Number.MAX_SAFE_INTEGER;
    const dir = temporaryFolder();
    const open = () =>
      openTestStore({
        dir,
        modules: [intakeStoreModule],
        disk: { lowBytes: 0, criticalBytes, reserveBytes: 0 },
      });
    const store = await open();
    const refuses = (one: ReturnType<typeof intake>) =>
      expect(one.accept({}, originOf('full'))).rejects.toMatchObject({ code: 'INT_INVALID' });
    await refuses(intake({ store }));
    expect(store.stats()).toMatchObject({ disk: 'critical', refusedCount: 1, head: 0 });
    await store.close();
    criticalBytes = 0;
    const roomy = await open();
    await refuses(intake({ store: roomy }));
    expect(await roomy.head()).toBe(1);
  });

  test('a cancellation of an order nobody knows is refused and kept', async () => {
    const cancelled = intake().cancel('GHOST', 'changed mind', 'wms', originOf('GHOST'));
    await expect(cancelled).rejects.toMatchObject({ code: 'API_NOT_FOUND' });
    expect(await intake().refusals(1)).toMatchObject([{ key: 'GHOST', code: 'API_NOT_FOUND' }]);
  });

  test('what was accepted is known after a restart', async () => {
    await intake().accept(orderOf('A-5'), originOf('A-5'));
    await kept.reopen();
    expect((await intake().accept(orderOf('A-5'), originOf('A-5'))).outcome).toBe('repeated');
  });
});
