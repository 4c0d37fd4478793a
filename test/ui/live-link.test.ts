import { describe, expect, test } from 'vitest';
import {
  isGap,
  type LinkEvent,
  type LiveLink,
  nextLink,
  RETRY_MS_FIRST,
  RETRY_MS_MAX,
  retryWaitMs,
} from '../../ui/src/data/live-link.ts';

const live: LiveLink = { state: 'live', sequence: 7, heardAtMs: 1_000 };
const connecting: LiveLink = { state: 'connecting', attempt: 0 };
const lost: LiveLink = { state: 'lost', heardAtMs: 1_000, attempt: 2, retryAtMs: 5_000, reason: 'closed' };

describe('what the page knows of its feed', () => {
  const table: [string, LiveLink, LinkEvent, LiveLink][] = [
    [
      'a snapshot makes it live',
      connecting,
      { type: 'snapshot', sequence: 3, nowMs: 9 },
      { state: 'live', sequence: 3, heardAtMs: 9 },
    ],
    [
      'a snapshot ends a loss',
      lost,
      { type: 'snapshot', sequence: 1, nowMs: 9 },
      { state: 'live', sequence: 1, heardAtMs: 9 },
    ],
    [
      'the next delta counts on',
      live,
      { type: 'delta', sequence: 8, nowMs: 9 },
      { state: 'live', sequence: 8, heardAtMs: 9 },
    ],
    ['a delta past a gap changes nothing', live, { type: 'delta', sequence: 9, nowMs: 9 }, live],
    ['a repeated delta changes nothing', live, { type: 'delta', sequence: 7, nowMs: 9 }, live],
    [
      'a delta without a snapshot changes nothing',
      connecting,
      { type: 'delta', sequence: 1, nowMs: 9 },
      connecting,
    ],
    ['poses refresh what is live', live, { type: 'heard', nowMs: 9 }, { ...live, heardAtMs: 9 }],
    ['poses do not bring back what is lost', lost, { type: 'heard', nowMs: 9 }, lost],
    [
      'a loss keeps when it last heard',
      live,
      { type: 'lost', reason: 'silent', nowMs: 2_000, chance: 1 },
      { state: 'lost', heardAtMs: 1_000, attempt: 0, retryAtMs: 2_000 + RETRY_MS_FIRST, reason: 'silent' },
    ],
    [
      'a first connection that fails has heard nothing',
      connecting,
      { type: 'lost', reason: 'closed', nowMs: 0, chance: 0 },
      { state: 'lost', heardAtMs: null, attempt: 1, retryAtMs: RETRY_MS_FIRST, reason: 'closed' },
    ],
  ];
  test.each(table)('%s', (_, before, event, after) => {
    expect(nextLink(before, event)).toEqual(after);
  });
});

test('a gap is everything but the next number of a live feed', () => {
  expect(isGap(live, 8)).toBe(false);
  expect([isGap(live, 7), isGap(live, 9), isGap(lost, 8), isGap(connecting, 1)]).toEqual([
    true,
    true,
    true,
    true,
  ]);
});

test('the wait between attempts grows, is capped, and is spread by chance', () => {
  const waits = Array.from({ length: 40 }, (_, attempt) => retryWaitMs(attempt, 1));
  expect(waits).toEqual(waits.toSorted((a, b) => a - b));
  expect(waits.at(-1)).toBe(RETRY_MS_MAX);
  expect(retryWaitMs(3, 0)).toBe(retryWaitMs(3, 1) / 2);
});
