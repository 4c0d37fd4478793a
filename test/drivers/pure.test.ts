import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Link } from '#contracts/devices.ts';
import { silentLog } from '#contracts/log.ts';
import type { TagConfig } from '#contracts/site-devices.ts';
import type { TagSample } from '#contracts/tags.ts';
import { backoffMs } from '../../drivers/common/backoff.ts';
import {
  type LinkEvent,
  type LinkState,
  linkDeadlineMs,
  nextLink,
  toWallTime,
} from '../../drivers/common/link.ts';
import { createSupervisor } from '../../drivers/common/supervisor.ts';
import { fitType, passesDeadband, scaleRaw, toRaw } from '../../drivers/common/tag-codec.ts';
import { createTagTable } from '../../drivers/common/tag-table.ts';
import { connectionReason, oneLine } from '../../drivers/opcua/reason.ts';
import { createFakeClock } from '../support/fake-clock.ts';
import { samples } from '../support/samples.ts';

describe('backoff', () => {
  test('doubles up to its cap, with full jitter', () => {
    const pace = { firstMs: 100, maxMs: 1_000 };
    const at = (attempt: number, chance: number) => backoffMs(attempt, pace, () => chance);
    expect([0, 1, 2, 3, 4, 60].map((attempt) => at(attempt, 0.9999))).toEqual([
      100, 200, 400, 800, 1_000, 1_000,
    ]);
    expect([0, 1, 60].map((attempt) => at(attempt, 0))).toEqual([0, 0, 0]);
  });
  test('never leaves its bounds', () => {
    const unit = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
    fc.assert(
      fc.property(
        fc.nat(10_000),
        fc.integer({ min: 1, max: 1e6 }),
        fc.integer({ min: 1, max: 1e6 }),
        unit,
        (n, firstMs, maxMs, chance) => {
          const ms = backoffMs(n, { firstMs, maxMs }, () => chance);
          expect(ms).toBeGreaterThanOrEqual(0);
          expect(ms).toBeLessThanOrEqual(maxMs);
        },
      ),
      samples(),
    );
  });
});

describe('the link', () => {
  const limits = { silenceMsMax: 300, connectMsMax: 1_000 };
  const down: LinkState = { state: 'down', reason: 'cut', sinceMs: 50, retryAtMs: 80 };
  const connecting: LinkState = { state: 'connecting', sinceMs: 50, triedMs: 100 };
  const up: LinkState = { state: 'up', sinceMs: 100, heardAtMs: 200 };
  const lost = { type: 'lost', nowMs: 600, reason: 'reset', retryAtMs: 700 } as const;

  test.each<[LinkState, LinkEvent, LinkState]>([
    [down, { type: 'tried', nowMs: 100 }, connecting],
    [connecting, { type: 'tried', nowMs: 150 }, connecting],
    [up, { type: 'tried', nowMs: 250 }, up],
    [down, { type: 'heard', nowMs: 90 }, down],
    [connecting, { type: 'heard', nowMs: 200 }, { state: 'up', sinceMs: 200, heardAtMs: 200 }],
    [up, { type: 'heard', nowMs: 260 }, { ...up, heardAtMs: 260 }],
    [up, { type: 'ticked', nowMs: 499 }, up],
    [
      up,
      { type: 'ticked', nowMs: 500 },
      { state: 'down', reason: 'no data for 300 ms', sinceMs: 500, retryAtMs: 500 },
    ],
    [connecting, { type: 'ticked', nowMs: 1_099 }, connecting],
    [
      connecting,
      { type: 'ticked', nowMs: 1_100 },
      { state: 'down', reason: 'no answer within 1000 ms of connecting', sinceMs: 50, retryAtMs: 1_100 },
    ],
    [down, { type: 'ticked', nowMs: 9_999 }, down],
    [up, lost, { state: 'down', reason: 'reset', sinceMs: 600, retryAtMs: 700 }],
    [down, lost, { state: 'down', reason: 'reset', sinceMs: 50, retryAtMs: 700 }],
    [connecting, lost, { state: 'down', reason: 'reset', sinceMs: 50, retryAtMs: 700 }],
  ])('%j after %j is %j', (link, event, wanted) => {
    expect(nextLink(link, event, limits)).toEqual(wanted);
  });
  test('has a deadline in every state but down', () => {
    expect([down, connecting, up].map((link) => linkDeadlineMs(link, limits))).toEqual([
      Number.POSITIVE_INFINITY,
      1_100,
      500,
    ]);
  });
  test('is down since the first loss, however often it is tried', async () => {
    const clock = createFakeClock(1_000_000);
    const [links, told]: [Link[], string[]] = [[], []];
    const supervisor = createSupervisor({
      clock,
      random: () => 1,
      log: { ...silentLog, warn: (_, message) => told.push(message) },
      reconnect: { firstMs: 1_000, maxMs: 1_000 },
      limits,
      connect: () => Promise.reject(new Error('refused')),
      onLink: (link) => links.push(link),
    });
    supervisor.start();
    for (let seconds = 0; seconds < 70; seconds += 1) await clock.pass(1_000);
    await supervisor.close();
    expect(links.filter(({ state }) => state === 'down').length).toBeGreaterThan(50);
    expect(new Set(links.map(({ sinceMs }) => sinceMs))).toEqual(new Set([1_000_000]));
    // Told at once, and once more after a minute.
    expect(told).toEqual(['device link lost', 'device link lost']);
  });
  test('a jump of the wall clock does not age it', async () => {
    const clock = createFakeClock(1_000_000);
    await clock.pass(250);
    clock.jumpWall(-900_000);
    expect(toWallTime(up, clock)).toEqual({ state: 'up', sinceMs: 99_850 + 250, heardAtMs: 99_950 + 250 });
  });
});

describe('values', () => {
  test.each<[TagConfig['type'], unknown, string]>([
    ['boolean', 1, 'wrong type'],
    ['int16', '5', 'wrong type'],
    ['int16', 40_000, 'is no int16'],
    ['uint16', -1, 'is no uint16'],
    ['int32', 1.5, 'is no int32'],
    ['float32', Number.NaN, 'not a number'],
    ['float32', 1e300, 'is no float32'],
    ['float64', Number.POSITIVE_INFINITY, 'not a number'],
    ['string', null, 'got nothing'],
    ['string', 'x'.repeat(5_000), 'characters'],
    ['int16', [1], 'a list'],
  ])('%s does not take %j', (type, raw, words) => {
    expect(fitType(type, raw)).toEqual({ ok: false, reason: expect.stringContaining(words) });
  });
  test('scaling goes there and back', () => {
    const tag: TagConfig = {
      name: 't',
      address: 'x',
      type: 'int16',
      access: 'read-write',
      scale: 0.1,
      offset: 5,
    };
    fc.assert(
      fc.property(fc.integer({ min: -0x8000, max: 0x7fff }), (raw) => {
        expect(toRaw(tag, scaleRaw(raw, tag))).toBe(raw);
      }),
      samples(),
    );
    expect(() => toRaw(tag, 1e9)).toThrow('does not fit');
    expect(() => toRaw(tag, true)).toThrow('takes int16');
  });
  test('a deadband holds back small changes only', () => {
    expect([passesDeadband(1, 1, 0), passesDeadband(1, 1.4, 0.5), passesDeadband(1, 1.5, 0.5)]).toEqual([
      false,
      false,
      true,
    ]);
    expect([passesDeadband(null, 1, 5), passesDeadband('a', 'b', 5), passesDeadband(true, true, 5)]).toEqual([
      true,
      true,
      false,
    ]);
  });
});

test('small steps that add up to the deadband are reported, measured from the last report', () => {
  const reports: TagSample[] = [];
  const table = createTagTable({
    device: 'd',
    tags: [{ name: 't', address: 'x', type: 'float64', access: 'read', deadband: 2 }],
    nowMs: () => 7,
    onTags: (samples) => reports.push(...samples),
  });
  table.allBad('not connected yet');
  for (const raw of [10, 11, 11.5, 12, 13]) table.take([{ tag: 't', raw }]);
  table.take([{ tag: 't', raw: 'text' }]);
  table.take([{ tag: 't', raw: 13 }]);
  table.allBad('link down', 5);
  table.allBad('link down', 5);
  expect(table.latest('t').sourceTimeMs).toBe(5);
  const good = { level: 'good' };
  expect(reports.map(({ value, quality }) => [value, quality])).toEqual([
    [null, { level: 'bad', reason: 'never read; not connected yet' }],
    [10, good],
    [12, good],
    [13, { level: 'bad', reason: 'wrong type: wanted float64, got string' }],
    [13, good],
    [13, { level: 'bad', reason: 'link down' }],
  ]);
});

describe('why OPC UA did not connect', () => {
  test.each([
    [
      'The connection may have been rejected by server,\n Err = (ERROR in waiting for data on socket(timeout was = 3000 ms) hadErrortrue )',
      'no answer within 3 s, or the connection broke',
    ],
    ['Timeout(A) in waiting for data on socket(timeout was = 3000 ms)', 'no answer within 3 s'],
    ['Transaction has timed out ( timeout = 1500 ms , request = ReadRequest)', 'no answer within 1.5 s'],
    [
      'The connection cannot be established with server opc.tcp://plc:4840/endpoint .\nErr = (connect ECONNREFUSED 10.0.0.1:4840)',
      'the connection was refused: nothing listens at this address and port',
    ],
    ['getaddrinfo ENOTFOUND plc', 'the host was not found'],
    [
      'The connection has been rejected by server: BadSecurityChecksFailed (0x80130000)',
      'the server does not trust our certificate (BadSecurityChecksFailed)',
    ],
  ])('%j is told as words', (message, words) => {
    expect(connectionReason(message)).toBe(words);
  });
  test('what is unknown is one short line', () => {
    expect(connectionReason('BadIdentityTokenRejected (0x80210000)')).toBeUndefined();
    expect(oneLine('a\n  b\n')).toBe('a b');
    expect(oneLine('x'.repeat(999))).toHaveLength(160);
  });
});
