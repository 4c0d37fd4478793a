import type { UplinkStatus } from '#contracts/api.ts';

/** One look at an uplink. `null` where this page heard nothing. */
export interface BacklogSample {
  readonly atMs: number;
  readonly backlogCount: number | null;
  readonly ratePerSecond: number | null;
}

export const HISTORY_MS_MAX = 10 * 60_000;
export const SAMPLE_MS = 1_000;
const SAMPLES_MAX = HISTORY_MS_MAX / SAMPLE_MS;

export type BacklogHistory = ReadonlyMap<string, readonly BacklogSample[]>;

/** Adds one sample per uplink and forgets what is too old. `live` false leaves a hole instead of a value. */
export function recordBacklog(
  history: BacklogHistory,
  uplinks: readonly UplinkStatus[],
  live: boolean,
  nowMs: number,
): BacklogHistory {
  return new Map(
    uplinks.map((uplink) => {
      const sample: BacklogSample = {
        atMs: nowMs,
        backlogCount: live ? uplink.backlogCount : null,
        ratePerSecond: live ? uplink.ratePerSecond : null,
      };
      const samples = [...(history.get(uplink.id) ?? []), sample];
      return [uplink.id, samples.slice(-SAMPLES_MAX)];
    }),
  );
}
