import { expect, test } from 'vitest';
import type { DockBook, DockConfig } from '#contracts/docks.ts';
import { ApplianceError } from '#contracts/errors.ts';
import type { Store } from '#contracts/store.ts';
import type { ActivityCall } from '../../local-orchestrator/activities/activity.ts';
import { createDockBook } from '../../local-orchestrator/docks/dock-book.ts';
import { dockTables } from '../../local-orchestrator/docks/dock-tables.ts';
import { admitVehicle, dockRunners } from '../../local-orchestrator/sagas/dock-activities.ts';
import { createFakeClock } from '../support/fake-clock.ts';
import { openSmallStore } from './small-store.ts';

const HOUR_MS = 3_600_000;
const names = ['dock-1', 'dock-2', 'dock-3'];
const dockOf = (id: string): DockConfig => ({ id, place: `${id}-bay`, door: `${id}-door`, restraint: id });

/** Vehicles and the docks they are sent to; `busy` is how many commits the store refuses from now on. */
async function openYard(count = 2) {
  const disk = await openSmallStore([dockTables]);
  const clock = createFakeClock();
  const startMs = clock.nowMs();
  const faults = { busy: 0 };
  const store: Store = {
    ...disk,
    async commit(ops, options) {
      if (faults.busy === 0) return disk.commit(ops, options);
      faults.busy -= 1;
      throw new ApplianceError('STORE_BUSY', { waiting: 1, what: 'commits' });
    },
  };
  const yardOf = (docks: readonly DockConfig[]) => {
    const book = createDockBook({ store, clock, site: 'test', docks });
    const runners = dockRunners({ book, docks, rules: { noShowMinutes: 30, robotsMax: 2 }, clock });
    const runner = runners.find(({ ref }) => ref.name === admitVehicle.ref.name);
    const add = (bookingId: string, hours: number, dockId: string | null = 'dock-1') => {
      const fromMs = startMs + hours * HOUR_MS;
      const from = new Date(fromMs).toISOString();
      const lines = [{ sku: 'B', quantity: 1 }];
      const request: DockBook = { bookingId, from, minutes: 60, vehicle: `truck of ${bookingId}`, lines };
      return book.add(request, { bookingId, fromMs, toMs: fromMs + HOUR_MS, dockId }, 'tms');
    };
    return {
      book,
      add,
      arrive: async (bookingId: string) => book.arrive(await book.find(bookingId), 'driver'),
      async admit(bookingId: string) {
        const input = { bookingId, elsewhere: false, why: '' };
        await runner?.run({ input, sagaId: `dock-handoff:${bookingId}` } as unknown as ActivityCall);
        return (await book.find(bookingId)).dockId;
      },
    };
  };
  return { ...yardOf(names.slice(0, count).map(dockOf)), yardOf, clock, faults };
}

test('a vehicle past its slot keeps its dock: the next one is sent to another', async () => {
  const { add, arrive, admit, book, clock } = await openYard();
  await add('b-1', 0);
  await add('b-2', 1);
  await arrive('b-1');
  expect(await admit('b-1')).toBe('dock-1');
  await clock.pass(1.1 * HOUR_MS);
  await arrive('b-2');
  expect(await admit('b-2')).toBe('dock-2');
  // Let go, it is still in the way until it has left.
  await book.release('b-1', 'test');
  await clock.pass(2 * HOUR_MS);
  await add('b-3', 4);
  await arrive('b-3');
  await expect(admit('b-3')).rejects.toMatchObject({ code: 'DOCK_TAKEN' });
  await book.end('b-1', 'departed', 'test', null);
  expect(await admit('b-3')).toBe('dock-1');
});

test('of two that come at the same moment for a dock that is kept, each gets a dock of its own', async () => {
  const { add, arrive, admit, clock } = await openYard(3);
  for (const [hours, id] of ['b-1', 'b-2', 'b-3'].entries()) await add(id, hours);
  await arrive('b-1');
  await admit('b-1');
  await clock.pass(2.5 * HOUR_MS);
  await Promise.all(['b-2', 'b-3'].map(arrive));
  const got = await Promise.all(['b-2', 'b-3'].map(admit));
  expect(got.toSorted()).toEqual(['dock-2', 'dock-3']);
});

test('those that have come and wait for a dock do not keep it from one another', async () => {
  const { add, arrive, admit, book, clock } = await openYard(1);
  for (const [hours, id] of ['b-1', 'b-2', 'b-3'].entries()) await add(id, hours);
  await arrive('b-1');
  await admit('b-1');
  await clock.pass(3.5 * HOUR_MS);
  for (const id of ['b-2', 'b-3']) {
    await arrive(id);
    await expect(admit(id)).rejects.toMatchObject({ code: 'DOCK_TAKEN' });
  }
  await book.end('b-1', 'departed', 'test', null);
  expect(await admit('b-3')).toBe('dock-1');
  await expect(admit('b-2')).rejects.toMatchObject({ code: 'DOCK_TAKEN' });
});

test('a vehicle that is sent to its dock again, after a power loss, stays there', async () => {
  const { add, arrive, admit, clock } = await openYard();
  await add('b-1', 0);
  await arrive('b-1');
  await admit('b-1');
  await clock.pass(1.5 * HOUR_MS);
  expect(await admit('b-1')).toBe('dock-1');
});

test('a store that is busy for a moment sends nobody to another dock', async () => {
  const { add, arrive, admit, book, faults } = await openYard();
  await add('b-1', 0, 'dock-2');
  await arrive('b-1');
  faults.busy = 1;
  await expect(admit('b-1')).rejects.toMatchObject({ code: 'STORE_BUSY' });
  expect((await book.find('b-1')).dockId).toBe('dock-2');
  expect(await admit('b-1')).toBe('dock-2');
});

test.each([
  'out of order',
  'taken out of the site file',
])('a dock that is %s is not waited for', async (how) => {
  const { add, arrive, book, yardOf } = await openYard();
  await add('b-1', 0, 'dock-2');
  await arrive('b-1');
  if (how === 'out of order') await book.setOrder('dock-2', 'the door is broken', 'ann');
  const { admit } = yardOf(names.slice(0, how === 'out of order' ? 2 : 1).map(dockOf));
  expect(await admit('b-1')).toBe('dock-1');
});
