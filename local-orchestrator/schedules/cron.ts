import { Cron } from 'croner';
import { ApplianceError, isApplianceError } from '#contracts/errors.ts';
import type { ScheduleConfig } from '#contracts/schedules.ts';

/**
 * When a schedule is due, by wall time in its zone. In the night that misses an hour, a run of that hour comes when the
 * hour is over; in the night that has an hour twice, a run at a fixed time of it comes once.
 */
export interface Cadence {
  /** First planned time after this one; null when there is none any more. Unit: ms since the epoch. */
  nextMs(afterMs: number): number | null;
  /** The newest planned times up to and with this one, oldest first. */
  newestMs(throughMs: number, countMax: number): readonly number[];
}

/** Errors: SAGA_SCHEDULE_INVALID. */
export function cadenceOf(schedule: ScheduleConfig, siteTimeZone: string): Cadence {
  const timezone = schedule.timeZone ?? siteTimeZone;
  let cron: Cron;
  try {
    cron = new Cron(schedule.cron, { timezone, mode: '5-part', paused: true });
    if (cron.nextRun() === null) throw new Error('no day fits it');
  } catch (error) {
    const problem = error instanceof Error ? error.message.split('Original error')[0] : String(error);
    throw new ApplianceError('SAGA_SCHEDULE_INVALID', {
      schedule: schedule.name,
      problem: `"${schedule.cron}" in ${timezone}: ${problem}`,
      cure: 'Write minute, hour, day of month, month and day of week, such as "30 2 * * *", and an IANA time zone.',
    });
  }
  return {
    nextMs: (afterMs) => cron.nextRun(new Date(afterMs))?.getTime() ?? null,
    newestMs: (throughMs, countMax) =>
      cron
        .previousRuns(countMax, new Date(throughMs + 1))
        .map((run) => run.getTime())
        .reverse(),
  };
}

/** Why a schedule cannot be followed, in words; null when it can. */
export function scheduleProblem(schedule: ScheduleConfig, siteTimeZone: string): string | null {
  try {
    cadenceOf(schedule, siteTimeZone);
    return null;
  } catch (error) {
    if (!isApplianceError(error, 'SAGA_SCHEDULE_INVALID')) throw error;
    return String(error.details.problem);
  }
}

/** A run that is late by less was not missed: a timer, a busy site or a slow start came between. */
export const LATE_MS_MAX = 90_000;

/**
 * Planned times of (seenMs, nowMs] that are to begin now, oldest first: those that are on time, and of those that were
 * missed what the policy says. After years of downtime only the newest are looked at.
 */
export function dueRuns(
  cadence: Cadence,
  seenMs: number,
  nowMs: number,
  { missed, missedMax }: Pick<ScheduleConfig, 'missed' | 'missedMax'>,
): readonly number[] {
  const due = cadence.newestMs(nowMs, missedMax + ON_TIME_COUNT_MAX).filter((atMs) => atMs > seenMs);
  const onTime = due.filter((atMs) => nowMs - atMs <= LATE_MS_MAX);
  const late = due.slice(0, due.length - onTime.length);
  switch (missed) {
    case 'skip':
      return onTime;
    case 'once':
      return due.slice(-1);
    case 'all':
      return [...late.slice(-missedMax), ...onTime];
  }
}

/** A schedule plans one run a minute at most. */
const ON_TIME_COUNT_MAX = 2;
