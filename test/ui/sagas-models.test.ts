import { expect, test } from 'vitest';
import type { TimelineEntry } from '#contracts/api.ts';
import type { NodeView } from '#contracts/saga-api.ts';
import { localInstants } from '../../ui/src/format.ts';
import { hitchesOf } from '../../ui/src/sagas/hitches.ts';
import { takeOf } from '../../ui/src/sagas/rollout-take.ts';
import { guardRows, takeWords, versionWords } from '../../ui/src/sagas/rollout-words.ts';
import { anything, readFilter, searchPath, writeFilter } from '../../ui/src/sagas/saga-filter.ts';
import { focusOf, keyWords, parentOf } from '../../ui/src/sagas/saga-words.ts';
import { dayBounds } from '../../ui/src/sagas/site-day.ts';
import { fresh, rollouts, versions } from './fake-versions.ts';

const HOUR = 3_600_000;

test('a filter survives the address, and nonsense in it does not', () => {
  const filter = {
    ...anything,
    text: 'rack & roll',
    status: 'compensated',
    since: 'day',
    day: '2026-03-29',
  } as const;
  expect(readFilter(writeFilter(filter))).toEqual(filter);
  expect(readFilter('status=odd&since=ever&day=tomorrow&other=1')).toEqual(anything);
});

test('what is asked is what is wanted, and nothing else', () => {
  const nowMs = Date.UTC(2026, 2, 1, 12);
  expect(searchPath(anything, null, nowMs, 'UTC')).toBe('/sagas?limit=50');
  const asked = searchPath({ ...anything, text: ' a ', order: '5363', since: 'hour' }, 'next', nowMs, 'UTC');
  expect(Object.fromEntries(new URLSearchParams(asked.slice(asked.indexOf('?'))))).toEqual({
    text: 'a',
    correlation: '5363',
    from: '2026-03-01T11:00:00.000Z',
    limit: '50',
    after: 'next',
  });
});

test.each([
  ['2026-03-01', 'UTC', '2026-03-01T00:00:00.000Z', 24],
  ['2026-03-29', 'Europe/Berlin', '2026-03-28T23:00:00.000Z', 23],
  ['2026-10-25', 'Europe/Berlin', '2026-10-24T22:00:00.000Z', 25],
  ['2026-07-01', 'America/New_York', '2026-07-01T04:00:00.000Z', 24],
  ['2026-01-01', 'Asia/Kolkata', '2025-12-31T18:30:00.000Z', 24],
])('the day %s in %s begins at %s and has %i hours', (day, zone, from, hours) => {
  const { fromMs, toMs } = dayBounds(day, zone);
  expect(new Date(fromMs).toISOString()).toBe(from);
  expect((toMs - fromMs) / HOUR).toBe(hours);
});

test('instants in a reason are told on the clock of the site', () => {
  const nowMs = Date.UTC(2026, 6, 1, 12);
  expect(localInstants('Gate 2 is open; again at 2026-07-01T10:00:05.250Z', nowMs, 'Europe/Berlin')).toBe(
    'Gate 2 is open; again at 12:00:05',
  );
});

test('attempts that did not come off are told once, newest first', () => {
  const entry = (more: Partial<TimelineEntry>): TimelineEntry => ({
    at: '2026-07-01T10:00:00Z',
    kind: 'step',
    title: 'Send the robot',
    outcome: 'ok',
    step: null,
    attempt: 1,
    detail: null,
    durationMs: null,
    ...more,
  });
  const told = hitchesOf([
    entry({ outcome: 'refused', detail: 'Gate 2 is open' }),
    entry({ kind: 'command', outcome: 'refused', detail: 'Gate 2 is open' }),
    entry({ kind: 'retry', attempt: 2, outcome: 'failed', detail: 'Blocked' }),
    entry({ kind: 'retry', attempt: 3 }),
    entry({ kind: 'command', title: 'MobileRobot.goTo', outcome: 'unknown', detail: 'The link broke' }),
  ]);
  expect(told.map(({ what, why }) => `${what}: ${why}`)).toEqual([
    'MobileRobot.goTo ended, and nobody knows how: The link broke',
    'Send the robot, attempt 2, failed: Blocked',
    'Send the robot was refused: Gate 2 is open',
  ]);
});

test('a guard says how bad the new version may be, and what is past that', () => {
  const [running, past] = rollouts();
  if (running === undefined || past === undefined) throw new Error('two are made up');
  expect(guardRows(running).map(({ old, limit, over, ...row }) => [old, row.new, limit, over])).toEqual([
    ['2 %', '14.3 %', '7 %', true],
    ['3 %', '7.1 %', '13 %', false],
    ['4 min 00 s', '3 min 19 s', '8 min 00 s', false],
  ]);
  // Without figures nothing is past anything.
  expect(guardRows(past).map(({ limit, over }) => [limit, over])).toEqual([
    ['5 %', false],
    ['not judged', false],
    ['not judged', false],
  ]);
  expect(takeWords(past.take, past.key)).toBe('10 % of the new ones');
});

test('a version is told by its number, and by its hash only where two bear the same', () => {
  const all = versions();
  expect(versionWords(fresh, all)).toBe('version 2');
  const twin = { ...all[1], hash: 'e'.repeat(64) } as (typeof all)[number];
  expect(versionWords(fresh, [...all, twin])).toBe('version 2 (bbbbbbbb)');
  expect(versionWords('f'.repeat(64), all)).toBe('version ffffffff');
});

test('who tries it is said in a way that can be done, or not at all', () => {
  expect(takeOf('share', '12.5', '')).toEqual({ percent: 12.5 });
  for (const wrong of ['', '0', '101', 'all']) expect(takeOf('share', wrong, 'a')).toBeNull();
  expect(takeOf('values', '10', ' a, ,b ')).toEqual({ values: ['a', 'b'] });
  expect(takeOf('values', '10', ' , ')).toBeNull();
});

test('names of programs become words, and a child knows who began it', () => {
  expect(['orderId', 'unit-count', 'sku'].map(keyWords)).toEqual(['Order id', 'Unit count', 'Sku']);
  expect(parentOf('pick-order:A/load.3')).toBe('pick-order:A');
  expect(parentOf('pick-order:A')).toBeNull();
});

test.each([
  ['where it is', ['done', 'active', 'idle'], 'b'],
  ['what went wrong', ['undone', 'failed', 'idle'], 'b'],
  ['the end of what has ended', ['done', 'done', 'done'], 'end'],
  ['the last that was reached', ['done', 'done', 'idle'], 'b'],
  ['nothing before it begins', ['idle', 'idle', 'idle'], null],
] as const)('the picture shows %s', (_, states, shown) => {
  const node = (id: string, kind: string, state: NodeView['state']) => ({
    id,
    kind,
    state,
    title: id,
    visits: 0,
  });
  const [first, second, last] = states;
  // The end need not be the last of the list.
  const nodes = [node('a', 'step', first), node('end', 'end', last), node('b', 'step', second)];
  expect(focusOf({ nodes })).toBe(shown);
});
