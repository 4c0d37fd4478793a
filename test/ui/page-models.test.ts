import { expect, test } from 'vitest';
import { covers } from '../../ui/src/data/protects.ts';
import { blocksOf, conveyorPath, pathOf } from '../../ui/src/floor/floor-plan.ts';
import {
  formatBytes,
  formatDuration,
  formatMoment,
  formatShortCount,
  formatSpan,
} from '../../ui/src/format.ts';
import { draftOrder, emptyLine, orderIdFor } from '../../ui/src/orders/draft.ts';
import { columns, inColumn, matches } from '../../ui/src/orders/order-board.ts';
import { causeWords } from '../../ui/src/parts/stop-words.ts';
import { sortTasks } from '../../ui/src/tasks/sort-tasks.ts';
import { trippedInterlock } from './fake-equipment.ts';
import { floor } from './fake-floor.ts';
import { busySite } from './fake-site.ts';

const site = busySite();

test('cells of a kind are joined to blocks that cover each of them once', () => {
  const rows = ['@@@@', '@TT@', '@TT@', '@T.@', '@@@@'];
  const blocks = blocksOf(rows, 'T');
  const covered = blocks.flatMap(({ x, y, width, height }) =>
    Array.from(
      { length: width * height },
      (_, cell) => `${x + (cell % width)},${y + Math.floor(cell / width)}`,
    ),
  );
  expect(covered.toSorted()).toEqual(['1,1', '1,2', '1,3', '2,1', '2,2']);
  expect(blocks).toHaveLength(2);
  expect(blocksOf(floor.rows, 'T')).toHaveLength(15);
  expect(pathOf([{ x: 1, y: 2, width: 3, height: 4 }])).toBe('M1 2h3v4h-3z');
});

test('the conveyor leads from every induct to every packing and reject place', () => {
  expect(conveyorPath(floor).match(/M/g)).toHaveLength(4);
});

test('spans, durations and counts are short and honest', () => {
  expect([0, 59_999, 60_000, 3_900_000, 86_400_000, 5 * 86_400_000].map(formatSpan)).toEqual([
    '0 s',
    '59 s',
    '1 min',
    '1 h 05 min',
    '1 day',
    '5 days',
  ]);
  expect([14, 2_040, 22_100, 61_400].map(formatDuration)).toEqual(['14 ms', '2.0 s', '22 s', '1 min 01 s']);
  expect([9_999, 12_340, 5_760_000].map(formatShortCount)).toEqual(['9,999', '12 k', '5.8 M']);
  expect([999, 48_200, 5_830_000].map(formatBytes)).toEqual(['999 B', '48 KB', '5.8 MB']);
});

test.each([
  ['E-stop of the line is pressed', 'E-stop of the line is pressed'],
  [null, 'E-stop of the line is pressed'],
  ['waiting for a reset after: E-stop of the line is pressed', 'E-stop of the line is pressed'],
  [
    'line-plc/e-stop-ok cannot be trusted: its device is not connected (rejected by server, Err = (ERROR in waiting))',
    'E-stop-line cannot be read: line-plc is not connected',
  ],
  [
    'waiting for a reset after: line-plc/e-stop-ok cannot be trusted: its device is being connected',
    'E-stop-line cannot be read: line-plc is being connected',
  ],
  [
    'line-plc/e-stop-ok cannot be trusted: nothing heard for more than 500 ms',
    'E-stop-line cannot be read: nothing heard for more than 500 ms',
  ],
  ['line-plc/e-stop-ok has not been read yet', 'E-stop-line cannot be read: it has not been read yet'],
] as const)('only a stop that was seen is told as one: %s', (reason, words) => {
  expect(causeWords({ ...trippedInterlock, reason })).toBe(words);
});

test('an interlock with a number is told by it', () => {
  const reason = 'line-plc/e-stop-ok cannot be trusted: its device has not been reached yet';
  expect(causeWords({ id: 'e-stop-1', text: '', reason })).toBe(
    'E-stop 1 cannot be read: line-plc has not been reached yet',
  );
});

test('moments are shown on the clock of the site, with the day only when it is another', () => {
  const now = Date.UTC(2026, 6, 1, 12);
  expect(formatMoment(Date.UTC(2026, 6, 1, 10, 5, 9), now, 'Europe/Berlin')).toBe('12:05:09');
  expect(formatMoment(Date.UTC(2026, 5, 30, 10, 0, 0), now, 'Europe/Berlin')).toBe('30 Jun, 12:00:00');
  expect(formatMoment(now, now, 'Not/AZone')).toBe('12:00:00');
});

test('every order is in exactly one column, the urgent first', () => {
  const placed = columns.flatMap((column) => inColumn(site.orders, column));
  expect(placed.map((order) => order.orderId).toSorted()).toEqual(
    site.orders.map((order) => order.orderId).toSorted(),
  );
  const running = columns.find((column) => column.id === 'running');
  if (running === undefined) throw new Error('the board has a column for running orders');
  expect(inColumn(site.orders, running)[0]?.priority).toBe(1);
});

test('a search looks at id, customer, destination and robot', () => {
  const order = site.orders.find((row) => row.robot === 'amr-1');
  if (order === undefined) throw new Error('amr-1 has an order');
  expect(['536371', 'AMR-1', 'packing-2', '178', ''].every((text) => matches(order, text))).toBe(true);
  expect(matches(order, '999')).toBe(false);
});

test('a draft becomes an order only when it is whole', () => {
  const draft = {
    orderId: 'M-1',
    destination: 'packing-1',
    priority: 5,
    lines: [{ ...emptyLine(0), sku: ' 22745 ', quantity: '6' }],
  };
  expect(draftOrder(draft)?.lines).toEqual([{ line: 1, sku: '22745', quantity: 6 }]);
  for (const quantity of ['0', '-1', '1.5', 'six', '']) {
    expect(draftOrder({ ...draft, lines: [{ ...emptyLine(0), sku: '22745', quantity }] })).toBeNull();
  }
  expect(draftOrder({ ...draft, destination: '' })).toBeNull();
});

test('an order id made here fits the contract and does not repeat', () => {
  const ids = Array.from({ length: 50 }, (_, index) =>
    orderIdFor(new Date(0), new Uint8Array([index, 7, index])),
  );
  expect(new Set(ids).size).toBe(50);
  for (const id of ids) expect(id).toMatch(/^[A-Za-z0-9][A-Za-z0-9._-]*$/);
});

test('tasks stand by what is due first; a decided one keeps its place', () => {
  const [calm, overdue] = site.tasks;
  if (calm === undefined || overdue === undefined) throw new Error('the made-up site has two tasks');
  expect(sortTasks([calm, overdue], []).map((task) => task.taskId)).toEqual(['task-2', 'task-1']);
  expect(sortTasks([calm], [overdue]).map((task) => task.taskId)).toEqual(['task-2', 'task-1']);
  expect(sortTasks([{ ...calm, dueAt: null }, overdue], [])[1]?.dueAt).toBeNull();
});

test.each([
  ['amr-1', 'amr-1', true],
  ['amr-1', 'amr-12', false],
  ['amr-*', 'amr-12', true],
  ['amr-*', 'camr-1', false],
  ['*-drive', 'infeed-drive', true],
  ['*', 'anything', true],
  ['a*a', 'a', false],
  ['a*b*c', 'a-b-b-c', true],
  ['a*b*c', 'a-c', false],
])('an interlock on %s and %s', (pattern, id, covered) => {
  expect(covers(pattern, id)).toBe(covered);
});
