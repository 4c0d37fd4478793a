import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { DockBook } from '#contracts/docks.ts';
import { ApplianceError } from '#contracts/errors.ts';
import { silentLog } from '#contracts/log.ts';
import { createDockBook } from '../../local-orchestrator/docks/dock-book.ts';
import { createDockDesk } from '../../local-orchestrator/docks/dock-desk.ts';
import { dockTables } from '../../local-orchestrator/docks/dock-tables.ts';
import { freeSlots, nextFree, overlaps } from '../../local-orchestrator/docks/slots.ts';
import { createFakeClock } from '../support/fake-clock.ts';
import { samples } from '../support/samples.ts';
import { openFloorWork } from './floor-work.ts';
import { openSmallStore } from './small-store.ts';

const START_MS = Date.UTC(2026, 0, 1);
const at = (hours: number) => new Date(START_MS + hours * 3_600_000).toISOString();
const booking = (bookingId: string, from: string, change: Partial<DockBook> = {}): DockBook => ({
  bookingId,
  from,
  minutes: 60,
  vehicle: `truck of ${bookingId}`,
  lines: [{ sku: 'B', quantity: 1 }],
  ...change,
});
const desk = async () => {
  const work = await openFloorWork();
  return { work, docks: (await work.site.running()).orchestrator.docks };
};

test('two that want the same slot at once: one gets it, the other gets another dock or is told', async () => {
  const { work, docks } = await desk();
  using _ = work;
  const wanted = ['b-1', 'b-2', 'b-3'].map((id) => docks.book(booking(id, at(2)), 'tms'));
  const answers = await Promise.allSettled(wanted);
  const got = answers.flatMap((one) => (one.status === 'fulfilled' ? [one.value.dockId] : []));
  expect(got.toSorted()).toEqual(['dock-1', 'dock-2']);
  const [refused] = answers.filter((one) => one.status === 'rejected');
  expect(refused?.reason).toMatchObject({ code: 'DOCK_TAKEN' });
});

test('the same booking again changes nothing; with other content it is refused', async () => {
  const { work, docks } = await desk();
  using _ = work;
  const first = await docks.book(booking('b-1', at(2)), 'tms');
  expect(await docks.book(booking('b-1', at(2)), 'tms')).toEqual(first);
  // However it writes its JSON and its times.
  const again = Object.fromEntries(Object.entries(booking('b-1', at(2))).toReversed()) as DockBook;
  const from = at(2).replace('02:00:00.000Z', '03:00:00+01:00');
  expect(await docks.book({ ...again, from }, 'tms')).toEqual(first);
  await expect(docks.book(booking('b-1', at(3)), 'tms')).rejects.toMatchObject({
    code: 'DOCK_BOOKING_OTHER',
  });
});

test.each([
  ['over', at(-3)],
  ['too far ahead', at(24 * 61)],
])('a time that is %s is refused', async (problem, from) => {
  const { work, docks } = await desk();
  using _ = work;
  await expect(docks.book(booking('b-1', from), 'tms')).rejects.toMatchObject({
    code: 'DOCK_TIME',
    message: expect.stringContaining(problem),
  });
});

test('a dock that is out of order is not booked, and one that does not exist neither', async () => {
  const { work, docks } = await desk();
  using _ = work;
  await docks.setOrder('dock-1', 'the door is broken', 'ann');
  expect((await docks.book(booking('b-1', at(2)), 'tms')).dockId).toBe('dock-2');
  const named = docks.book(booking('b-2', at(2), { dockId: 'dock-1' }), 'tms');
  await expect(named).rejects.toMatchObject({ code: 'DOCK_OUT_OF_ORDER' });
  const unknown = docks.book(booking('b-3', at(2), { dockId: 'dock-9' }), 'tms');
  await expect(unknown).rejects.toMatchObject({ code: 'DOCK_NOT_FOUND' });
});

test('a booking that was moved frees its old slot; one whose vehicle is there cannot be moved', async () => {
  const { work, docks } = await desk();
  using _ = work;
  await docks.book(booking('b-1', at(2), { dockId: 'dock-1' }), 'tms');
  await docks.reschedule('b-1', { from: at(2.5), dockId: 'dock-1' }, 'tms');
  await docks.book(booking('b-2', at(1.5), { dockId: 'dock-1' }), 'tms');
  await docks.arrive('b-1', 'truck');
  await expect(docks.reschedule('b-1', { from: at(5) }, 'tms')).rejects.toMatchObject({
    code: 'DOCK_BOOKING_STATE',
  });
});

test('who moves or cancels what has changed meanwhile is told, and changes nothing', async () => {
  const { work, docks } = await desk();
  using _ = work;
  const { revision } = await docks.book(booking('b-1', at(2), { dockId: 'dock-1' }), 'tms');
  const both = [at(5), at(6)].map((from) => docks.reschedule('b-1', { from }, 'tms', revision));
  const answers = await Promise.allSettled(both);
  const moved = answers.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
  expect(moved).toHaveLength(1);
  expect(answers.find(({ status }) => status === 'rejected')).toMatchObject({
    reason: { code: 'DOCK_BOOKING_CHANGED' },
  });
  await expect(docks.cancel('b-1', 'tms', 'off', revision)).rejects.toMatchObject({
    code: 'DOCK_BOOKING_CHANGED',
  });
  expect(await docks.booking('b-1')).toEqual(moved[0]);
  await docks.reschedule('b-1', { from: at(8) }, 'tms', moved[0]?.revision);
});

test('what has ended is shown with the stretch of time in which it was', async () => {
  const { work, docks } = await desk();
  using _ = work;
  await docks.book(booking('b-1', at(2), { dockId: 'dock-1' }), 'tms');
  await docks.book(booking('b-2', at(30), { dockId: 'dock-1' }), 'tms');
  for (const id of ['b-1', 'b-2']) {
    await docks.cancel(id, 'tms', 'off');
    await work.ended(`dock-handoff:${id}`);
  }
  const day = (from: number) => ({
    fromMs: START_MS + from * 3_600_000,
    toMs: START_MS + (from + 24) * 3_600_000,
  });
  const [first, second] = await docks.docks(day(0));
  expect(first).toMatchObject({ bookings: [], ended: [{ bookingId: 'b-1', state: 'cancelled' }] });
  expect(second).toMatchObject({ ended: [] });
  expect((await docks.docks(day(24)))[0]).toMatchObject({ ended: [{ bookingId: 'b-2' }] });
});

test('only free slots that are long enough are offered to who says how long', async () => {
  const { work, docks } = await desk();
  using _ = work;
  await docks.book(booking('b-1', at(1), { dockId: 'dock-1' }), 'tms');
  const within = { fromMs: START_MS, toMs: START_MS + 6 * 3_600_000 };
  const offered = async (hours: number) => (await docks.docks(within, hours * 3_600_000))[0]?.free;
  expect(await offered(0)).toHaveLength(2);
  expect(await offered(2)).toEqual([{ from: at(2), to: at(6) }]);
});

test('a vehicle past its slot leaves none free that begins soon; those of later are given as ever', async () => {
  const { work, docks } = await desk();
  using _ = work;
  await work.insist(({ inventory }) => inventory.loadStock([{ sku: 'B', place: 'rack-2', quantity: 50 }]));
  await docks.book(booking('b-1', at(0), { dockId: 'dock-1' }), 'tms');
  await docks.arrive('b-1', 'truck');
  await work.task('dock-seal');
  const open = async (hours: number) => {
    const [first] = await docks.docks({ fromMs: START_MS + hours * 3_600_000, toMs: START_MS + 86_400_000 });
    return first;
  };
  await work.site.pass('90 min');
  const nowMs = Date.parse(at(1.5));
  expect(await open(1)).toMatchObject({ state: 'occupied', bookings: [{ bookingId: 'b-1', to: at(1) }] });
  const [slot] = (await open(1))?.free ?? [];
  expect(Date.parse(slot?.from ?? '') - nowMs).toBeGreaterThanOrEqual(30 * 60_000);
  const soon = docks.book(booking('b-2', at(1.75), { dockId: 'dock-1' }), 'tms');
  await expect(soon).rejects.toMatchObject({ code: 'DOCK_TAKEN' });
  expect(await docks.book(booking('b-3', at(20), { dockId: 'dock-1' }), 'tms')).toMatchObject({
    dockId: 'dock-1',
  });
});

test('what was booked is begun after a crash, once', async () => {
  const { work, docks } = await desk();
  using _ = work;
  await docks.book(booking('b-1', at(2)), 'tms');
  await work.site.crash('10 min');
  expect(await work.site.saga('dock-handoff:b-1')).toMatchObject({ status: 'running' });
  expect(await work.insist((orchestrator) => orchestrator.docks.booking('b-1'))).toMatchObject({
    state: 'booked',
  });
});

test('each change of a booking is told', async () => {
  const { work, docks } = await desk();
  using _ = work;
  await docks.book(booking('b-1', at(2)), 'tms');
  await docks.cancel('b-1', 'tms', 'off');
  await work.ended('dock-handoff:b-1');
  const types = await work.eventTypes('dock-handoff:b-1');
  expect(types.filter((type) => type === 'holdfast.dock.booking-changed.v1')).toHaveLength(2);
});

test('a booking whose handoff could not be begun yet can be cancelled, and its slot is free again', async () => {
  const store = await openSmallStore([dockTables]);
  const clock = createFakeClock();
  const docks = [{ id: 'dock-1', place: 'stage-1', door: 'door-1', restraint: 'lock-1' }];
  let tries = 0;
  const lonely = createDockDesk({
    book: createDockBook({ store, clock, site: 'test', docks }),
    docks,
    clock,
    log: silentLog,
    begin() {
      tries += 1;
      return Promise.reject(
        new ApplianceError('SAGA_BUSY', { sagaId: 'x', reason: 'the store has no room' }),
      );
    },
    signal: async () => {},
    cancelSaga: async () => 'missing',
  });
  const from = new Date(clock.nowMs() + 3_600_000).toISOString();
  await lonely.book(booking('b-1', from), 'tms');
  expect(tries).toBe(1);
  expect(await lonely.cancel('b-1', 'tms', 'the tour is off')).toMatchObject({
    state: 'cancelled',
    reason: 'the tour is off',
  });
  await lonely.book(booking('b-2', from), 'tms');
  expect(tries).toBe(2);
  lonely.close();
});

describe('slots', () => {
  const stretch = fc
    .tuple(fc.integer({ min: 0, max: 100 }), fc.integer({ min: 1, max: 20 }))
    .map(([fromMs, lengthMs]) => ({ fromMs, toMs: fromMs + lengthMs }));
  const within = { fromMs: 10, toMs: 90 };

  test('what is free and what is taken never overlap, and together they are everything', () => {
    fc.assert(
      fc.property(fc.array(stretch, { maxLength: 8 }), (taken) => {
        const free = freeSlots(taken, within);
        for (const slot of free) expect(taken.some((one) => overlaps(one, slot))).toBe(false);
        for (let ms = within.fromMs; ms < within.toMs; ms += 1) {
          const moment = { fromMs: ms, toMs: ms + 1 };
          const isFree = free.some((slot) => overlaps(slot, moment));
          expect(isFree).toBe(!taken.some((one) => overlaps(one, moment)));
        }
      }),
      samples(),
    );
  });

  test('the next free time is long enough', () => {
    const taken = [
      { fromMs: 20, toMs: 30 },
      { fromMs: 35, toMs: 60 },
    ];
    expect(nextFree(taken, within, 10)).toBe(10);
    expect(nextFree(taken, within, 20)).toBe(60);
    expect(nextFree(taken, within, 40)).toBeNull();
  });
});
