import type { Clock } from './clock.ts';

const MINUTE_MS = 60_000;

/**
 * How many records of refusals may be written in a minute. Whoever is refused decides how often that happens, so
 * what goes beyond is only counted, and the next record carries the count.
 */
export interface RecordQuota {
  /** How many were left out since the last record; null when this one has to be left out too. */
  take(): number | null;
  /** The record could not be written: it and those that it would have counted go into the next. */
  missed(leftOut: number): void;
}

export function createRecordQuota(clock: Clock, perMinute: number): RecordQuota {
  let minuteStartMs = Number.NEGATIVE_INFINITY;
  let inMinute = 0;
  let leftOut = 0;

  return {
    take() {
      const nowMs = clock.monotonicMs();
      if (nowMs - minuteStartMs >= MINUTE_MS) {
        minuteStartMs = nowMs;
        inMinute = 0;
      }
      if (inMinute >= perMinute) {
        leftOut += 1;
        return null;
      }
      inMinute += 1;
      const carried = leftOut;
      leftOut = 0;
      return carried;
    },
    missed(carried) {
      leftOut += carried + 1;
    },
  };
}
