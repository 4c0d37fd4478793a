import { Type } from 'typebox';
import { describe, expect, onTestFinished, test } from 'vitest';
import { ApplianceError } from '#contracts/errors.ts';
import { silentLog } from '#contracts/log.ts';
import type { ScheduleConfig } from '#contracts/schedules.ts';
import { defineSaga } from '../../local-orchestrator/index.ts';
import { cadenceOf, dueRuns } from '../../local-orchestrator/schedules/cron.ts';
import { scheduleTables } from '../../local-orchestrator/schedules/schedule-tables.ts';
import { createSchedules } from '../../local-orchestrator/schedules/schedules.ts';
import { createFakeClock, type FakeClock } from '../support/fake-clock.ts';
import { passUntil } from '../support/pass-until.ts';
import { temporaryFolder } from './site.ts';
import { openSmallStore } from './small-store.ts';

const HOUR_MS = 3_600_000;
const nightly: ScheduleConfig = {
  name: 'nightly',
  saga: 'count',
  cron: '30 2 * * *',
  timeZone: 'Europe/Berlin',
  input: { zone: 'a' },
  missed: 'once',
  missedMax: 24,
};
const at = (iso: string): number => Date.parse(iso);
const isoList = (list: readonly number[]): string[] => list.map((ms) => new Date(ms).toISOString());
const due = (from: string, to: string, change: Partial<ScheduleConfig> = {}): string[] => {
  const schedule = { ...nightly, ...change };
  return isoList(dueRuns(cadenceOf(schedule, 'UTC'), at(from), at(to), schedule));
};

describe('what is due', () => {
  const tenDays = ['2026-06-01T00:00:00Z', '2026-06-11T00:10:00Z'] as const;

  test.each<[string, Partial<ScheduleConfig>, string[]]>([
    ['none of what was missed', { missed: 'skip' }, []],
    ['the newest of what was missed', { missed: 'once' }, ['2026-06-10T00:30:00.000Z']],
    [
      'so many of what was missed',
      { missed: 'all', missedMax: 2 },
      ['2026-06-09T00:30:00.000Z', '2026-06-10T00:30:00.000Z'],
    ],
  ])('after ten days: %s', (_what, change, runs) => {
    expect(due(...tenDays, change)).toEqual(runs);
  });

  test('a run that is a minute late was not missed', () => {
    const from = '2026-06-01T00:00:00Z';
    expect(due(from, '2026-06-01T00:31:00Z', { missed: 'skip' })).toEqual(['2026-06-01T00:30:00.000Z']);
    expect(due(from, '2026-06-01T00:32:00Z', { missed: 'skip' })).toEqual([]);
    expect(due(from, '2026-06-01T00:29:59Z')).toEqual([]);
  });

  test('ten years of downtime are looked at in a moment', () => {
    const minutely = { cron: '* * * * *', missed: 'all', missedMax: 3 } as const;
    expect(due('2016-01-01T00:00:00Z', '2026-01-01T00:00:00Z', minutely)).toHaveLength(5);
  });

  test('in the night that misses an hour it runs when the hour is over, and once', () => {
    expect(due('2026-03-28T12:00:00Z', '2026-03-29T12:00:00Z', { missed: 'all' })).toEqual([
      '2026-03-29T01:00:00.000Z',
    ]);
  });

  test('in the night that has an hour twice it runs once; each hour of a wildcard counts', () => {
    const night = ['2026-10-24T23:10:00Z', '2026-10-25T03:10:00Z'] as const;
    expect(due(...night, { missed: 'all' })).toEqual(['2026-10-25T00:30:00.000Z']);
    expect(due(...night, { missed: 'all', cron: '0 * * * *' })).toHaveLength(4);
  });

  test.each([
    ['61 2 * * *', 'UTC'],
    ['30 2 31 2 *', 'UTC'],
    ['every night', 'UTC'],
    ['30 2 * * *', 'Mars/Olympus'],
  ])('"%s" in %s is refused with its cure', (cron, timeZone) => {
    expect(() => cadenceOf({ ...nightly, cron, timeZone }, 'UTC')).toThrow(ApplianceError);
    expect(() => cadenceOf({ ...nightly, cron, timeZone }, 'UTC')).toThrow(/nightly/);
  });
});

const counting = defineSaga(
  'count',
  Type.Object({ zone: Type.String() }, { additionalProperties: false }),
).end({ title: 'Count', version: 1 });

async function startRig(clock: FakeClock, change: Partial<ScheduleConfig> = {}, dir = temporaryFolder()) {
  const store = await openSmallStore([scheduleTables], dir);
  const begun: string[] = [];
  const warnings: string[] = [];
  const full = { times: 0 };
  const schedules = createSchedules({
    store,
    clock,
    log: { ...silentLog, warn: (_what: unknown, words?: string) => void warnings.push(words ?? '') },
    timeZone: 'UTC',
    configs: [{ ...nightly, ...change }],
    definitions: [counting],
    async begin(saga, sagaId, input) {
      if (full.times > 0) {
        full.times -= 1;
        throw new ApplianceError('SAGA_BUSY', { sagaId, reason: 'no room' });
      }
      begun.push(sagaId);
      expect([saga, input]).toEqual(['count', { zone: 'a' }]);
    },
  });
  await schedules.start();
  const stop = async () => {
    await schedules.stop();
    await store.close();
  };
  onTestFinished(stop);
  /** Time passes in steps, and the store works in between; no more of it once so many runs have begun. */
  const passUntilBegun = async (count: number, stepMs = HOUR_MS / 4) => {
    const isThere = () => begun.length >= count && lastSagaId() === begun.at(-1);
    await passUntil(clock, stepMs, `${count} runs have begun`, isThere);
  };
  const lastSagaId = () => schedules.list()[0]?.lastSagaId;
  return { begun, warnings, full, schedules, passUntilBegun, dir, stop };
}
const run = (iso: string) => `schedule:nightly:${iso}`;

describe('a schedule', () => {
  test('begins each run once, under its planned time', async () => {
    const site = await startRig(createFakeClock(at('2026-06-01T00:00:00Z')));
    expect(site.begun).toEqual([]);
    expect(site.schedules.list()).toMatchObject([{ nextAt: '2026-06-01T00:30:00.000Z', lastAt: null }]);
    await site.passUntilBegun(2);
    expect(site.begun).toEqual([run('2026-06-01T00:30:00Z'), run('2026-06-02T00:30:00Z')]);
    await expect
      .poll(site.schedules.list)
      .toMatchObject([{ nextAt: '2026-06-03T00:30:00.000Z', lastSagaId: run('2026-06-02T00:30:00Z') }]);
  });

  test('makes up after a restart for what its policy wants, and for nothing twice', async () => {
    const clock = createFakeClock(at('2026-06-01T00:00:00Z'));
    const first = await startRig(clock, { missed: 'all' });
    await first.passUntilBegun(1);
    await first.stop();
    clock.jumpWall(48 * HOUR_MS);
    const second = await startRig(clock, { missed: 'all' }, first.dir);
    expect(second.begun).toEqual([run('2026-06-02T00:30:00Z'), run('2026-06-03T00:30:00Z')]);
    await second.stop();
    const third = await startRig(clock, { missed: 'all' }, first.dir);
    expect(third.begun).toEqual([]);
  });

  test('a wall clock set forward makes runs missed; set back it repeats none', async () => {
    const clock = createFakeClock(at('2026-06-01T00:00:00Z'));
    const site = await startRig(clock, { cron: '*/15 * * * *', missed: 'once' });
    clock.jumpWall(HOUR_MS + 120_000);
    await site.passUntilBegun(1, 30_000);
    expect(site.begun).toEqual([run('2026-06-01T01:00:00Z')]);
    clock.jumpWall(-HOUR_MS);
    await site.passUntilBegun(2, 30_000);
    expect(site.begun).toEqual([run('2026-06-01T01:00:00Z'), run('2026-06-01T01:15:00Z')]);
  });

  test('does not stay silent for years after a clock that was years ahead, whether or not it was restarted', async () => {
    const yearsMs = 5 * 365 * 24 * HOUR_MS;
    const clock = createFakeClock(at('2026-06-01T00:00:00Z'));
    const first = await startRig(clock, { missed: 'once' });
    const yearOf = (sagaId: string | undefined) =>
      sagaId?.slice('schedule:nightly:'.length, -'-00-00T00:00:00Z'.length);
    clock.jumpWall(yearsMs);
    await first.passUntilBegun(1);
    expect(yearOf(first.begun.at(-1))).toBe('2031');
    clock.jumpWall(-yearsMs);
    await first.passUntilBegun(first.begun.length + 1);
    expect(yearOf(first.begun.at(-1))).toBe('2026');
    expect(first.warnings).toEqual([expect.stringContaining('far ahead')]);
    clock.jumpWall(yearsMs);
    await first.passUntilBegun(first.begun.length + 1);
    expect(yearOf(first.begun.at(-1))).toBe('2031');
    await first.stop();
    clock.jumpWall(-yearsMs);
    const second = await startRig(clock, { missed: 'once' }, first.dir);
    await second.passUntilBegun(1);
    expect(yearOf(second.begun.at(-1))).toBe('2026');
    expect(second.warnings).toEqual([expect.stringContaining('far ahead')]);
  });

  test('of a saga that is not there is refused with its cure', async () => {
    await expect(startRig(createFakeClock(), { saga: 'nobody' })).rejects.toMatchObject({
      code: 'SAGA_SCHEDULE_INVALID',
      message: 'Schedule nightly: saga: there is no saga "nobody"',
    });
  });

  test.each([
    ['an entry is missing', {}, 'input: "zone" is missing'],
    ['an entry is too much', { zone: 'a', zoen: 'b' }, 'input.zoen: there is no such entry'],
    ['an entry is no text', { zone: 7 }, 'input.zone: must be string'],
  ])('with another input than its saga takes is refused: %s', async (_what, input, problem) => {
    await expect(startRig(createFakeClock(), { input })).rejects.toMatchObject({
      code: 'SAGA_SCHEDULE_INVALID',
      message: `Schedule nightly: ${problem}`,
      hint: 'count takes zone (string).',
    });
  });

  test('tries again when there is no room, and says so meanwhile', async () => {
    const clock = createFakeClock(at('2026-06-01T00:29:00Z'));
    const site = await startRig(clock);
    site.full.times = 2;
    const problems = new Set<string | null | undefined>();
    await passUntil(clock, 5_000, 'it was tried twice', () => {
      problems.add(site.schedules.list()[0]?.problem);
      return site.full.times === 0;
    });
    problems.add(site.schedules.list()[0]?.problem);
    expect([...problems].join()).toContain('no room');
    await site.passUntilBegun(1, 5_000);
    expect(site.begun).toEqual([run('2026-06-01T00:30:00Z')]);
    expect(site.schedules.list()[0]?.problem).toBe(null);
  });
});
