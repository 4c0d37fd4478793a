import { type TSchema, Type } from 'typebox';
import { Compile } from 'typebox/compile';
import { expect, test } from 'vitest';
import { Breaker } from '#contracts/breakers.ts';
import { type Dock, DockBooking } from '#contracts/docks.ts';
import { KpiWindow, SloStatus } from '#contracts/kpis.ts';
import { LimitQueue } from '#contracts/limits.ts';
import { ModelSummary } from '#contracts/models.ts';
import { Schedule } from '#contracts/schedules.ts';
import { WorkKind } from '#contracts/work.ts';
import { bookingIdFor, freeOf, lateMs, offersOf, shareOf } from '../../ui/src/docks/dock-day.ts';
import { loadedOf, nowOf } from '../../ui/src/docks/stages.ts';
import { workField } from '../../ui/src/work/work-fields.ts';
import { bookings, handoff, workKinds } from './fake-docks.ts';
import { objectives, windows } from './fake-figures.ts';
import { breakers, limits, models, schedules } from './fake-machinery.ts';

test('what the made-up site answers is what the API says', () => {
  const wrong = (schema: TSchema, rows: readonly unknown[]) => [...Compile(Type.Array(schema)).Errors(rows)];
  expect(wrong(DockBooking, bookings())).toEqual([]);
  expect(wrong(WorkKind, workKinds)).toEqual([]);
  expect(wrong(KpiWindow, [...windows('hour'), ...windows('day')])).toEqual([]);
  expect(wrong(SloStatus, objectives())).toEqual([]);
  expect(wrong(Breaker, breakers())).toEqual([]);
  expect(wrong(LimitQueue, limits())).toEqual([]);
  expect(wrong(Schedule, schedules())).toEqual([]);
  expect(wrong(ModelSummary, models())).toEqual([]);
});

const at = (hour: number): number => Date.UTC(2026, 0, 1) + hour * 3_600_000;
const slot = (from: number, to: number) => ({
  from: new Date(at(from)).toISOString(),
  to: new Date(at(to)).toISOString(),
});
const dock = (dockId: string, free: Dock['free']): Dock => ({
  dockId,
  place: 'bay-1',
  state: 'free',
  reason: null,
  bookings: [],
  ended: [],
  free,
});
const day = { fromMs: at(0), toMs: at(24) };

test('what lies in a day is drawn within it', () => {
  expect(shareOf(day, { fromMs: at(6), toMs: at(12) })).toEqual({ left: 0.25, width: 0.25 });
  expect(shareOf(day, { fromMs: at(-3), toMs: at(6) })).toEqual({ left: 0, width: 0.25 });
  expect(shareOf(day, { fromMs: at(30), toMs: at(31) })).toEqual({ left: 1, width: 0 });
});

test('what is over is free for nobody', () => {
  const one = dock('dock-1', [slot(0, 4), slot(6, 9), slot(20, 30)]);
  expect(freeOf(one, day, at(7))).toEqual([
    { fromMs: at(7), toMs: at(9) },
    { fromMs: at(20), toMs: at(24) },
  ]);
});

test('instead of a slot that is taken, each dock offers the next one that is long enough', () => {
  const docks = [
    dock('late', [slot(8, 9), slot(12, 20)]),
    dock('soon', [slot(5, 11)]),
    dock('never', [slot(8, 9)]),
  ];
  expect(offersOf(docks, at(8), 2 * 3_600_000)).toEqual([
    { dockId: 'soon', fromMs: at(8) },
    { dockId: 'late', fromMs: at(12) },
  ]);
});

test('only a truck that has not come is late', () => {
  const [here, , missing] = bookings();
  if (here === undefined || missing === undefined) throw new Error('the made-up site has three bookings');
  const nowMs = Date.parse(missing.from) + 60_000;
  expect(lateMs(missing, nowMs)).toBe(60_000);
  expect(lateMs(missing, nowMs - 120_000)).toBeNull();
  expect(lateMs(here, nowMs)).toBeNull();
});

test('a booking id made here fits the contract and is told apart', () => {
  const ids = Array.from({ length: 20 }, (_, index) => bookingIdFor(new Date(0), new Uint8Array([index, 7])));
  expect(new Set(ids).size).toBe(20);
  for (const id of ids) expect(id).toMatch(/^B-700101-[A-Z0-9]{2}$/);
});

test('a loading tells the step that is done now, not the group around it', () => {
  const { nodes } = handoff('dock-handoff:B-1') ?? { nodes: [] };
  expect(nowOf(nodes)).toBe('Put it into the vehicle');
  expect(loadedOf(nodes)).toBe(1);
  expect(nowOf([])).toBeNull();
});

test('work is asked for in words, from what the site knows; what is not known is typed', () => {
  const putaway = workKinds.find(({ saga }) => saga === 'putaway');
  if (putaway === undefined) throw new Error('goods can be put away');
  const places = [
    { id: 'gate-1', kind: 'receiving', x: 0, y: 0 },
    { id: 'rack-1', kind: 'rack', x: 1, y: 0 },
  ] as const;
  const fields = (known: Parameters<typeof workField>[1]) => {
    const field = workField(putaway, known);
    return field.kind === 'group' ? field.fields.map(({ label, kind }) => `${label}: ${kind}`) : [];
  };
  expect(fields({ places: [...places], robots: [] })).toEqual([
    'Article: text',
    'Pieces: number',
    'Where it stands: choice',
    'Urgency: number',
  ]);
  expect(fields({ places: [], robots: [] })[2]).toBe('Where it stands: text');
});
