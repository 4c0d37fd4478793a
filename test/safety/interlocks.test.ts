import { describe, expect, test } from 'vitest';
import {
  CLEAR_HOLD_MS,
  type Condition,
  type InterlockState,
  isClear,
  isTrip,
  judge,
  nextInterlock,
  PROOF_MS_MAX,
  type SeenLink,
  type SeenSample,
} from '../../safety/interlocks.ts';

const config = { tag: 'plc/e-stop-ok', is: true, text: 'e-stop 1 is pressed', staleMsMax: 1_000 };
const up: SeenLink = { state: 'up', heardAtMs: 10_000 };
const good = (value: boolean | number | string, atMs = 10_000): SeenSample => ({
  value,
  quality: { level: 'good' },
  atMs,
});

describe('judging a tag', () => {
  const cases: [string, SeenSample | undefined, SeenLink | undefined, number, Condition][] = [
    ['the wanted value, just heard', good(true), up, 10_000, { met: true }],
    ['an old value over a link that was just heard', good(true, 0), up, 10_500, { met: true }],
    ['a new value over a link that was last heard long ago', good(true, 20_000), up, 20_500, { met: true }],
    ['at the very limit of its age', good(true), up, 11_000, { met: true }],
    [
      'past its age',
      good(true),
      up,
      11_001,
      {
        met: false,
        seen: true,
        reason: 'plc/e-stop-ok cannot be trusted: nothing heard for more than 1000 ms',
      },
    ],
    ['another value', good(false), up, 10_000, { met: false, seen: true, reason: 'e-stop 1 is pressed' }],
    [
      'a value of another type',
      good(1),
      up,
      10_000,
      {
        met: false,
        seen: true,
        reason: 'plc/e-stop-ok cannot be trusted: its value is a number, the interlock compares a boolean',
      },
    ],
    [
      'an uncertain value',
      { value: true, quality: { level: 'uncertain', reason: 'sensor is warming up' }, atMs: 10_000 },
      up,
      10_000,
      {
        met: false,
        seen: true,
        reason: 'plc/e-stop-ok cannot be trusted: its quality is uncertain (sensor is warming up)',
      },
    ],
    [
      'a bad value',
      { value: true, quality: { level: 'bad', reason: 'no answer' }, atMs: 10_000 },
      up,
      10_000,
      { met: false, seen: true, reason: 'plc/e-stop-ok cannot be trusted: its quality is bad (no answer)' },
    ],
    [
      'bad, and there never was a value',
      { value: null, quality: { level: 'bad', reason: 'not connected yet' }, atMs: 10_000 },
      up,
      10_000,
      {
        met: false,
        seen: false,
        reason: 'plc/e-stop-ok cannot be trusted: its quality is bad (not connected yet)',
      },
    ],
    [
      'nothing at all',
      undefined,
      up,
      10_000,
      { met: false, seen: false, reason: 'plc/e-stop-ok cannot be trusted: it has not been read yet' },
    ],
    [
      'no link yet',
      good(true),
      undefined,
      10_000,
      {
        met: false,
        seen: true,
        reason: 'plc/e-stop-ok cannot be trusted: its device has not been reached yet',
      },
    ],
    [
      'a link that is down',
      good(true),
      { state: 'down', reason: 'its device is not connected (cable)' },
      10_000,
      {
        met: false,
        seen: true,
        reason: 'plc/e-stop-ok cannot be trusted: its device is not connected (cable)',
      },
    ],
  ];
  test.each(cases)('%s', (_name, sample, link, nowMs, expected) => {
    expect(judge(config, sample, link, nowMs)).toEqual(expected);
  });
});

describe('the state of an interlock', () => {
  const met: InterlockState = { state: 'met' };
  const fresh: InterlockState = { state: 'unproven', latched: false, sinceMs: 0, reason: 'not read' };
  const latched: InterlockState = { ...fresh, latched: true };
  const tripped: InterlockState = { state: 'tripped', reason: 'pressed' };
  const awaiting: InterlockState = { state: 'awaiting-reset', reason: 'pressed' };
  const clearing: InterlockState = { state: 'clearing', sinceMs: 100, reason: 'pressed' };
  const holds = (nowMs = 100) => ({ type: 'judged', condition: { met: true }, nowMs }) as const;
  const lost = (reason = 'pressed', seen = true, nowMs = 100) =>
    ({ type: 'judged', condition: { met: false, seen, reason }, nowMs }) as const;
  const reset = { type: 'reset' } as const;

  const cases: [string, InterlockState, Parameters<typeof nextInterlock>[1], InterlockState][] = [
    ['the first good sample proves it', fresh, holds(), met],
    [
      'a trip from before the start waits for a person',
      latched,
      holds(),
      { state: 'awaiting-reset', reason: 'it tripped before the appliance was restarted' },
    ],
    ['a loss that was seen trips at once', fresh, lost(), tripped],
    ['not reached yet is no trip', fresh, lost('not read', false), fresh],
    [
      'never reached is one',
      fresh,
      lost('not read', false, PROOF_MS_MAX + 1),
      { state: 'tripped', reason: 'not read' },
    ],
    ['met and holds: nothing', met, holds(), met],
    ['met and lost: tripped', met, lost(), tripped],
    ['met and reset: nothing', met, reset, met],
    ['still lost for the same reason: nothing', tripped, lost(), tripped],
    [
      'lost for another reason: says so',
      tripped,
      lost('link down'),
      { state: 'tripped', reason: 'link down' },
    ],
    ['reset while it is lost: nothing', tripped, reset, tripped],
    ['holds again: waits for a person', tripped, holds(), awaiting],
    ['waits and holds: nothing', awaiting, holds(), awaiting],
    ['waits and is lost again', awaiting, lost(), tripped],
    ['a person resets it', awaiting, reset, met],
    ['unproven and reset: nothing', latched, reset, latched],
  ];
  test.each(cases)('manual: %s', (_name, before, event, after) => {
    const next = nextInterlock(before, event, 'manual');
    expect(next).toEqual(after);
    if (JSON.stringify(before) === JSON.stringify(after)) expect(next).toBe(before);
  });

  const automatic: typeof cases = [
    ['a latch from before means nothing', latched, holds(), met],
    ['holds again: not yet believed', tripped, holds(), clearing],
    ['holds on, too short', clearing, holds(100 + CLEAR_HOLD_MS - 1), clearing],
    ['holds on for long enough', clearing, holds(100 + CLEAR_HOLD_MS), met],
    ['bounces', clearing, lost(), tripped],
    ['a reset does not hurry it', clearing, reset, clearing],
  ];
  test.each(automatic)('automatic: %s', (_name, before, event, after) => {
    expect(nextInterlock(before, event, 'automatic')).toEqual(after);
  });

  test('only a new loss is a trip, and only the end of a loss clears it', () => {
    expect(isTrip(met, tripped)).toBe(true);
    expect(isTrip(awaiting, tripped)).toBe(false);
    expect(isTrip(fresh, tripped)).toBe(true);
    expect(isTrip(clearing, tripped)).toBe(false);
    expect(isTrip(tripped, tripped)).toBe(false);
    expect(isClear(awaiting, met)).toBe(true);
    expect(isClear(clearing, met)).toBe(true);
    expect(isClear(fresh, met)).toBe(false);
    expect(isClear(met, met)).toBe(false);
  });
});
