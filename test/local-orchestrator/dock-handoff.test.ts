import { describe, expect, test } from 'vitest';
import type { DockBook } from '#contracts/docks.ts';
import type { DockDesk } from '../../local-orchestrator/docks/dock-desk.ts';
import {
  dyingEverywhere,
  type FloorWork,
  type FloorWorkOptions,
  failed,
  is,
  openFloorWork,
  slowDrop,
} from './floor-work.ts';

const stock = [
  { sku: 'B', place: 'rack-2', quantity: 50 },
  { sku: 'C', place: 'rack-3', quantity: 10 },
];
const START_MS = Date.UTC(2026, 0, 1);
const HOUR_MS = 3_600_000;
const at = (hours: number) => new Date(START_MS + hours * HOUR_MS).toISOString();
const booking: DockBook = {
  bookingId: 'b-1',
  dockId: 'dock-1',
  from: at(2),
  minutes: 60,
  vehicle: 'truck-7',
  lines: [
    { sku: 'B', quantity: 20 },
    { sku: 'C', quantity: 5 },
  ],
};
const SAGA = 'dock-handoff:b-1';
const seal = { form: { seal: 'S-4711' } };

/** The desk of docks of whatever life of the box runs. */
const docksOf = ({
  insist,
}: FloorWork): Pick<
  DockDesk,
  'book' | 'arrive' | 'cancel' | 'reschedule' | 'setOrder' | 'docks' | 'booking'
> => ({
  book: (...args) => insist(({ docks }) => docks.book(...args)),
  arrive: (...args) => insist(({ docks }) => docks.arrive(...args)),
  cancel: (...args) => insist(({ docks }) => docks.cancel(...args)),
  reschedule: (...args) => insist(({ docks }) => docks.reschedule(...args)),
  setOrder: (...args) => insist(({ docks }) => docks.setOrder(...args)),
  docks: (...args) => insist(({ docks }) => docks.docks(...args)),
  booking: (...args) => insist(({ docks }) => docks.booking(...args)),
});
const bookingOf = (work: FloorWork, bookingId = 'b-1') => docksOf(work).booking(bookingId);
/** A site with a booking whose vehicle has come. */
async function arrivedAt(options: FloorWorkOptions = {}, change: Partial<DockBook> = {}): Promise<FloorWork> {
  const work = await openFloorWork({ stock, ...options });
  await docksOf(work).book({ ...booking, ...change }, 'tms');
  await work.site.pass('2 h');
  await docksOf(work).arrive('b-1', 'truck-7');
  return work;
}
/** As soon as it may. */
const depart = async (work: FloorWork) => {
  await work.site.pass('1 min');
  return work.insist(({ docks }) => docks.depart('b-1', 'truck-7'));
};

test('a vehicle is held, loaded, sealed, let go and departs', async () => {
  using work = await arrivedAt();
  const task = await work.answer('dock-seal', 'sealed', seal);
  expect(task.text).toContain('truck-7 at dock-1 is loaded');
  const acts = work.acts();
  expect(acts.slice(0, 2)).toEqual(['restrain', 'open']);
  expect(acts.slice(2, 6).toSorted()).toEqual(['drop', 'drop', 'pick', 'pick']);
  expect(acts[6]).toBe('close');
  await expect(work.insist(({ docks }) => docks.depart('b-1', 'truck-7'))).rejects.toMatchObject({
    code: 'DOCK_BOOKING_STATE',
  });
  await work.site.pass('1 min');
  expect(work.acts().at(-1)).toBe('release');
  expect(await bookingOf(work)).toMatchObject({ state: 'released' });
  await depart(work);
  expect(await work.ended(SAGA)).toBe('completed');
  expect(await work.site.saga(SAGA)).toMatchObject({ output: { dockId: 'dock-1', seal: 'S-4711' } });
  const left = await bookingOf(work);
  expect(left).toMatchObject({ state: 'departed' });
  expect(Date.parse(left.to) - Date.parse(left.from)).toBeLessThan(HOUR_MS);
  expect(await work.books('B')).toEqual({ 'rack-2': [30, 0] });
  expect(await work.books('C')).toEqual({ 'rack-3': [5, 0] });
  expect(await work.leases()).toBe(0);
  await work.site.keepsItsPromises();
});

test('no more robots load at a dock than may', async () => {
  using work = await arrivedAt({
    robots: ['amr-1', 'amr-2', 'amr-3'],
    config: { docks: { noShowMinutes: 30, robotsMax: 1 } },
    tookMs: slowDrop,
  });
  await work.task('dock-seal');
  const drops = work.site.effects().filter(({ action }) => action === 'drop');
  expect(drops).toHaveLength(2);
  expect((drops[1]?.atMs ?? 0) - (drops[0]?.atMs ?? 0)).toBeGreaterThanOrEqual(60_000);
});

describe('early, late and never', () => {
  test('one that comes early gets its dock when nobody else has it', async () => {
    using work = await openFloorWork({ stock });
    await docksOf(work).book(booking, 'tms');
    await work.site.pass('1 h');
    await docksOf(work).arrive('b-1', 'truck-7');
    await work.task('dock-seal');
    expect(await bookingOf(work)).toMatchObject({ state: 'arrived', dockId: 'dock-1', from: at(1) });
  });

  test('one that comes early to an occupied dock gets another one', async () => {
    using work = await openFloorWork({ stock });
    await docksOf(work).book({ ...booking, bookingId: 'b-0', from: at(0.5) }, 'tms');
    await docksOf(work).book(booking, 'tms');
    await work.site.pass('45 min');
    await docksOf(work).arrive('b-1', 'truck-7');
    await work.task('dock-seal');
    expect(await bookingOf(work)).toMatchObject({ state: 'arrived', dockId: 'dock-2' });
  });

  test('without any dock a person decides', async () => {
    using work = await openFloorWork({ stock });
    await docksOf(work).book({ ...booking, bookingId: 'b-0', from: at(0.5) }, 'tms');
    await docksOf(work).setOrder('dock-2', 'the door is broken', 'ann');
    await docksOf(work).book(booking, 'tms');
    await work.site.pass('45 min');
    await docksOf(work).arrive('b-1', 'truck-7');
    await work.task('no-dock');
    await docksOf(work).setOrder('dock-2', null, 'ann');
    await work.answer('no-dock', 'retry');
    await work.task('dock-seal');
    expect(await bookingOf(work)).toMatchObject({ dockId: 'dock-2' });
  });

  /** At dock-1 it waits for its seal, and its slot is over; the next one has booked the same dock. */
  const overstaying = async () => {
    const work = await arrivedAt();
    await docksOf(work).book({ ...booking, bookingId: 'b-2', vehicle: 'truck-8', from: at(3) }, 'tms');
    await work.task('dock-seal');
    await work.site.pass('70 min');
    return work;
  };
  /** What the gear of dock-1 did. */
  const gear = (work: FloorWork) =>
    work.site
      .effects()
      .filter(({ target }) => target === 'restraint-1' || target === 'door-1')
      .map(({ action }) => action);

  test('one that comes while another stands at its dock past its time gets another dock', async () => {
    using work = await overstaying();
    await docksOf(work).arrive('b-2', 'truck-8');
    await work.site.pass('5 min');
    expect(await bookingOf(work, 'b-2')).toMatchObject({ state: 'arrived', dockId: 'dock-2' });
    expect(gear(work)).toEqual(['restrain', 'open', 'close']);
    await work.site.keepsItsPromises();
  });

  test('without another dock it waits, and a person sends it there when the first has left', async () => {
    using work = await overstaying();
    await docksOf(work).setOrder('dock-2', 'the door is broken', 'ann');
    await docksOf(work).arrive('b-2', 'truck-8');
    expect((await work.task('no-dock')).text).toContain('truck-8 waits');
    // Nobody has left yet: it is asked about again.
    await work.answer('no-dock', 'retry');
    await work.task('no-dock');
    expect(gear(work)).toEqual(['restrain', 'open', 'close']);
    await work.answer('dock-seal', 'sealed', seal);
    await depart(work);
    expect(await work.ended(SAGA)).toBe('completed');
    const [first] = await docksOf(work).docks({ fromMs: START_MS, toMs: START_MS + HOUR_MS });
    expect(first).toMatchObject({ state: 'free' });
    await work.answer('no-dock', 'retry');
    await work.task('dock-seal');
    expect(await bookingOf(work, 'b-2')).toMatchObject({ state: 'arrived', dockId: 'dock-1' });
    expect(gear(work)).toEqual(['restrain', 'open', 'close', 'release', 'restrain', 'open', 'close']);
  });

  test('one that does not come is asked about; given up, the slot is free', async () => {
    using work = await openFloorWork({ stock });
    await docksOf(work).book(booking, 'tms');
    await work.site.pass('149 min');
    expect(work.site.tasks()).toEqual([]);
    const task = await work.answer('dock-no-show', 'give-up');
    expect(task.text).toContain('truck-7 was expected at dock-1');
    expect(await work.ended(SAGA)).toBe('cancelled');
    expect(await bookingOf(work)).toMatchObject({ state: 'no-show' });
    expect(work.acts()).toEqual([]);
  });

  test('nobody answers: after an hour the slot is given to others', async () => {
    using work = await openFloorWork({ stock });
    await docksOf(work).book(booking, 'tms');
    expect(await work.ended(SAGA)).toBe('cancelled');
    expect(await bookingOf(work)).toMatchObject({ state: 'no-show' });
    const told = (await work.events(SAGA)).filter(({ type }) => type === 'holdfast.dock.booking-changed.v1');
    expect(told.map(({ data }) => (data as { state: string }).state)).toEqual(['booked', 'no-show']);
  });

  test('called off while it is late, it is cancelled and no no-show', async () => {
    using work = await openFloorWork({ stock });
    await docksOf(work).book(booking, 'tms');
    await work.task('dock-no-show');
    await docksOf(work).cancel('b-1', 'tms', 'it broke down');
    expect(await work.ended(SAGA)).toBe('cancelled');
    expect(await bookingOf(work)).toMatchObject({ state: 'cancelled', reason: 'it broke down' });
  });

  test('come after all and then sent away, it is cancelled and no no-show', async () => {
    using work = await openFloorWork({ stock });
    await docksOf(work).book({ ...booking, lines: [{ sku: 'B', quantity: 90 }] }, 'tms');
    await work.answer('dock-no-show', 'came');
    await work.answer('short-stock', 'cancel', { note: 'too late' });
    expect(await work.ended(SAGA)).toBe('cancelled');
    expect(await bookingOf(work)).toMatchObject({ state: 'cancelled' });
  });

  test('it has come after all', async () => {
    using work = await openFloorWork({ stock });
    await docksOf(work).book(booking, 'tms');
    await work.answer('dock-no-show', 'came');
    await work.task('dock-seal');
    expect(await bookingOf(work)).toMatchObject({ state: 'arrived' });
  });

  test('one that is moved is waited for at its new time', async () => {
    using work = await openFloorWork({ stock });
    await docksOf(work).book(booking, 'tms');
    await work.site.pass('1 h');
    await docksOf(work).reschedule('b-1', { from: at(10), dockId: 'dock-2' }, 'tms');
    await work.site.pass('8 h');
    expect(work.site.tasks()).toEqual([]);
    await work.site.pass('1 h');
    await docksOf(work).arrive('b-1', 'truck-7');
    await work.task('dock-seal');
    expect(await bookingOf(work)).toMatchObject({ dockId: 'dock-2' });
  });
});

describe('what stands in the way', () => {
  test('a dock that does not hold the vehicle is put out of order, and another one is taken', async () => {
    using work = await openFloorWork({ stock });
    work.site.plant.fault('jammed', 1, (command) =>
      is('restrain')(command) ? failed('the hook is jammed') : undefined,
    );
    await docksOf(work).book(booking, 'tms');
    await docksOf(work).arrive('b-1', 'truck-7');
    const task = await work.answer('dock-trouble', 'other-dock');
    expect(work.site.plant.fired.get('jammed')).toBe(1);
    expect(task.text).toContain('dock-1: the hook is jammed');
    await work.task('dock-seal');
    expect(await bookingOf(work)).toMatchObject({ dockId: 'dock-2' });
    const [first] = await docksOf(work).docks({ fromMs: START_MS, toMs: START_MS + HOUR_MS });
    expect(first).toMatchObject({ state: 'out-of-order', reason: 'it did not hold the vehicle' });
  });

  test('stock that does not suffice is told of, and the vehicle leaves with what there is', async () => {
    using work = await arrivedAt({}, { lines: [{ sku: 'B', quantity: 90 }] });
    await work.answer('short-stock', 'accept-short');
    await work.answer('dock-seal', 'sealed', seal);
    await depart(work);
    expect(await work.ended(SAGA)).toBe('completed');
    expect(await work.books('B')).toEqual({});
  });

  test('a load that cannot be put in is put in by hand', async () => {
    using work = await openFloorWork({ stock });
    work.site.plant.fault('full', 1, (command) => (is('drop')(command) ? failed('no room') : undefined));
    await docksOf(work).book(booking, 'tms');
    await docksOf(work).arrive('b-1', 'truck-7');
    await work.answer('load-failed', 'by-hand');
    expect(work.site.plant.fired.get('full')).toBe(1);
    await work.answer('dock-seal', 'sealed', seal);
    await depart(work);
    expect(await work.ended(SAGA)).toBe('completed');
    expect(await work.books('C')).toEqual({ 'rack-3': [5, 0] });
  });

  test('a loaded vehicle that does not leave is asked about', async () => {
    using work = await arrivedAt();
    await work.answer('dock-seal', 'sealed', seal);
    await work.answer('dock-blocked', 'gone');
    expect(await work.ended(SAGA)).toBe('completed');
    expect(await bookingOf(work)).toMatchObject({ state: 'departed' });
  });
});

describe('cancelled', () => {
  test('before it came: the slot is free, and nothing has moved', async () => {
    using work = await openFloorWork({ stock });
    await docksOf(work).book(booking, 'tms');
    await work.site.pass('1 h');
    await docksOf(work).cancel('b-1', 'tms', 'the tour is off');
    expect(await work.ended(SAGA)).toBe('cancelled');
    expect(await bookingOf(work)).toMatchObject({ state: 'cancelled', reason: 'the tour is off' });
    expect(work.acts()).toEqual([]);
  });

  test('while it is loaded: goods go back or are booked to the dock, the door closes, the vehicle is let go', async () => {
    using work = await arrivedAt({
      tookMs: (command) => (command.target === 'amr-1' ? 0 : slowDrop(command)),
    });
    await work.site.pass('10 s');
    expect(work.site.plant.count('drop')).toBe(1);
    await work.site.cancel(SAGA);
    expect(await work.ended(SAGA)).toBe('cancelled');
    const acts = work.acts();
    expect(acts.at(-1)).toBe('release');
    expect(acts.at(-2)).toBe('close');
    expect(await bookingOf(work)).toMatchObject({ state: 'cancelled' });
    const pieces = Object.values(await work.books('B')).reduce((sum, [quantity]) => sum + quantity, 0);
    expect(pieces).toBe(50);
    for (const [, reserved] of Object.values(await work.books('B'))) expect(reserved).toBe(0);
    expect(await work.leases()).toBe(0);
  });

  test('when it is loaded: the goods are booked to the dock, where they are taken off', async () => {
    using work = await arrivedAt();
    await work.answer('dock-seal', 'cancel', { note: 'wrong vehicle' });
    expect(await work.ended(SAGA)).toBe('cancelled');
    expect(await work.books('B')).toEqual({ 'rack-2': [30, 0], 'bay-1': [20, 0] });
    expect(await work.books('C')).toEqual({ 'rack-3': [5, 0], 'bay-1': [5, 0] });
    expect(work.acts().at(-1)).toBe('release');
  });
});

test('whenever the box dies, the vehicle is loaded once', async () => {
  await dyingEverywhere({ stock }, async (work) => {
    await work.insist(({ docks }) => docks.book(booking, 'tms'));
    await work.insist(({ docks }) => docks.arrive('b-1', 'truck-7'));
    await work.answer('dock-seal', 'sealed', seal);
    await depart(work);
    expect(await work.ended(SAGA)).toBe('completed');
    expect(work.acts().toSorted()).toEqual(
      ['close', 'drop', 'drop', 'open', 'pick', 'pick', 'release', 'restrain'].toSorted(),
    );
    expect(await work.books('B')).toEqual({ 'rack-2': [30, 0] });
    expect(await work.books('C')).toEqual({ 'rack-3': [5, 0] });
  });
});
