import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { offset } from '#contracts/ids.ts';
import { backoffMs } from '../../sync/backoff.ts';
import { type Circuit, type CircuitEvent, freshCircuit, nextCircuit } from '../../sync/circuit.ts';
import {
  acknowledge,
  adoptAhead,
  type LaneLedger,
  POSITION_NONE,
  RUN_COUNT_MAX,
  type Run,
  seal,
  skip,
  viewMark,
} from '../../sync/ledger.ts';
import { nextPace } from '../../sync/pace.ts';
import { classesUpTo, lanesByPriority, mayLeave, stricter } from '../../sync/policy.ts';
import { drainSeconds, freshRates, nextRates } from '../../sync/rate.ts';
import { deliveryTrace } from '../../sync/trace.ts';
import { samples } from '../support/samples.ts';

describe('policy', () => {
  test('classes up to a limit', () => {
    expect(classesUpTo('public')).toEqual(['public']);
    expect(classesUpTo('personal')).toEqual(['public', 'internal', 'personal']);
  });
  test.each([
    ['safety', 'internal', true],
    ['telemetry', 'internal', false],
    ['safety', 'personal', false],
    ['safety', 'restricted', false],
    ['audit', 'public', true],
  ] as const)('%s, %s: %s', (lane, classification, leaves) => {
    const policy = { lanes: ['audit', 'safety'] as const, classificationMax: 'internal' as const };
    expect(mayLeave(policy, { lane, classification })).toBe(leaves);
  });
  test('lanes leave by priority, whatever the site file says first', () => {
    const policy = { lanes: ['telemetry', 'safety', 'audit'] as const, classificationMax: 'public' as const };
    expect(lanesByPriority(policy)).toEqual(['safety', 'audit', 'telemetry']);
  });
  test('the stricter of two', () => {
    expect(stricter('personal', 'internal')).toBe('internal');
    expect(stricter('public', 'restricted')).toBe('public');
  });
});

describe('circuit', () => {
  const up: Circuit = { state: 'up', sinceMs: 1, strikes: 0 };
  const answered: CircuitEvent = { type: 'answered', nowMs: 9 };
  const lost: CircuitEvent = { type: 'failed', nowMs: 9, cause: 'unreachable', reason: 'no route' };
  const refused: CircuitEvent = { type: 'failed', nowMs: 9, cause: 'refused', reason: '401' };
  const down: Circuit = { state: 'down', sinceMs: 1, strikes: 2, cause: 'unreachable', reason: 'no route' };
  test.each<[string, Circuit, CircuitEvent, Circuit]>([
    ['the first answer', freshCircuit(1), answered, { state: 'up', sinceMs: 9, strikes: 0 }],
    ['an answer while up changes nothing', up, answered, up],
    ['one failure is a hiccup', up, lost, { ...up, strikes: 1 }],
    ['an answer forgets the hiccup', { ...up, strikes: 1 }, answered, up],
    [
      'the second in a row is an outage',
      { ...up, strikes: 1 },
      lost,
      { state: 'down', sinceMs: 9, strikes: 2, cause: 'unreachable', reason: 'no route' },
    ],
    [
      'a refusal is no hiccup',
      up,
      refused,
      { state: 'down', sinceMs: 9, strikes: 1, cause: 'refused', reason: '401' },
    ],
    ['down keeps since when', down, refused, { ...down, strikes: 3, cause: 'refused', reason: '401' }],
    ['an answer ends it', down, answered, { state: 'up', sinceMs: 9, strikes: 0 }],
  ])('%s', (_name, before, event, after) => {
    expect(nextCircuit(before, event)).toEqual(after);
  });
});

test('backoff doubles to its cap, with jitter and a floor', () => {
  const limits = { firstMs: 100, maxMs: 1_000 };
  const highest = [1, 2, 3, 4, 5, 50].map((strikes) => backoffMs(strikes, limits, () => 1));
  expect(highest).toEqual([100, 200, 400, 800, 1_000, 1_000]);
  expect(backoffMs(3, limits, () => 0)).toBe(40);
});

test.each([
  ['a quick full frame grows the next', 100, { type: 'acknowledged', count: 100, tookMs: 50 }, 200],
  ['a quick short frame says nothing', 100, { type: 'acknowledged', count: 3, tookMs: 50 }, 100],
  ['a slow frame shrinks the next', 400, { type: 'acknowledged', count: 400, tookMs: 2_000 }, 200],
  ['never past the limit', 1_500, { type: 'acknowledged', count: 1_500, tookMs: 1 }, 2_000],
  ['a failure shrinks to a floor', 60, { type: 'failed' }, 50],
  ['too large shrinks down to one', 3, { type: 'too-large' }, 1],
] as const)('pace: %s', (_name, countMax, event, expected) => {
  expect(nextPace({ countMax }, event, 2_000)).toEqual({ countMax: expected });
});

test('rates follow what happens and estimate the drain', () => {
  let rates = freshRates(0);
  for (let second = 1; second <= 60; second += 1) {
    rates = nextRates(rates, { in: 100, out: 1_100 }, second * 1_000);
  }
  expect(rates.outPerSecond).toBeCloseTo(1_100, 0);
  expect(drainSeconds(rates, 10_000)).toBeCloseTo(10, 0);
  expect(drainSeconds(rates, 0)).toBe(0);
  expect(drainSeconds(freshRates(0), 10)).toBeNull();
});

test('a delivery continues the trace of its event in a span of its own', () => {
  const event = `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`;
  expect(deliveryTrace(event)).toMatch(/^00-a{32}-(?!b{16})[0-9a-f]{16}-01$/);
  expect(deliveryTrace(null)).toMatch(/^00-[0-9a-f]{32}-[0-9a-f]{16}-00$/);
});

describe('ledger', () => {
  const empty: LaneLedger = { lane: 'audit', sealed: POSITION_NONE, acked: POSITION_NONE, run: null };
  const act = fc.oneof(
    fc.record({
      act: fc.constant('seal' as const),
      count: fc.integer({ min: 1, max: 3_000 }),
      hop: fc.nat(50),
    }),
    fc.record({ act: fc.constant('skip' as const), hop: fc.nat(5_000) }),
    fc.record({
      act: fc.constant('acknowledge' as const),
      share: fc.double({ min: 0, max: 1, noNaN: true }),
    }),
    fc.record({ act: fc.constant('policy' as const) }),
  );

  test('runs cover every number once, in order, and never a record that was skipped', () => {
    fc.assert(
      fc.property(fc.array(act, { maxLength: 60 }), (acts) => {
        let ledger = empty;
        let personal = false;
        const runs = new Map<number, Run>();
        const skipped: [after: number, through: number][] = [];
        for (const one of acts) {
          if (one.act === 'policy') personal = !personal;
          if (one.act === 'skip') {
            const from = ledger.sealed.offset;
            ledger = skip(ledger, offset(from + one.hop));
            if (one.hop > 0) skipped.push([from, from + one.hop]);
          }
          if (one.act === 'acknowledge') {
            const sequence = Math.floor(ledger.sealed.sequence * one.share);
            const before = ledger.acked.sequence;
            ledger = acknowledge(ledger, { sequence, offset: ledger.acked.offset });
            expect(ledger.acked.sequence).toBe(Math.max(before, sequence));
          }
          if (one.act === 'seal') {
            const lastOffset = offset(ledger.sealed.offset + one.count + one.hop);
            const classificationMax = personal ? 'personal' : 'internal';
            const sealed = seal(ledger, { count: one.count, lastOffset, classificationMax });
            runs.set(sealed.run.firstSequence, sealed.run);
            ledger = sealed;
          }
        }
        let [sequence, end] = [0, 0];
        for (const run of runs.values()) {
          expect(run.firstSequence).toBe(sequence + 1);
          expect(run.afterOffset).toBeGreaterThanOrEqual(end);
          expect(run.lastSequence - run.firstSequence).toBeLessThan(RUN_COUNT_MAX);
          for (const [after, through] of skipped) {
            expect(through <= run.afterOffset || after >= run.lastOffset).toBe(true);
          }
          [sequence, end] = [run.lastSequence, run.lastOffset];
        }
        expect(ledger.sealed.sequence).toBe(sequence);
      }),
      samples(),
    );
  });

  test.each([
    [5, 'same'],
    [7, 'forward'],
    [9, 'forward'],
    [4, 'behind'],
    [0, 'behind'],
    [10, 'ahead'],
  ] as const)('the mark %i is %s', (sequence, view) => {
    const ledger: LaneLedger = {
      ...empty,
      acked: { sequence: 5, offset: offset(50) },
      sealed: { sequence: 9, offset: offset(90) },
    };
    expect(viewMark(ledger, sequence)).toBe(view);
  });

  test('numbers adopted from the region are never part of a run of ours', () => {
    const sealed = seal(empty, { count: 3, lastOffset: offset(3), classificationMax: 'internal' });
    const ahead = adoptAhead(sealed, 100);
    const next = seal(ahead, { count: 2, lastOffset: offset(5), classificationMax: 'internal' });
    expect(next.run).toMatchObject({ firstSequence: 101, lastSequence: 102, afterOffset: 3 });
  });
});
