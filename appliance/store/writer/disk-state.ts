import type { DiskState } from '#contracts/store.ts';
import type { CommitClass } from '../messages.ts';

export interface DiskMarks {
  readonly lowBytes: number;
  readonly criticalBytes: number;
}

/** Free room has to grow by this much past a mark before the state gets better, or it would flutter. */
const HYSTERESIS = 1.1;

/** What free room means, given what it meant before. */
export function nextDiskState(state: DiskState, freeBytes: number, marks: DiskMarks): DiskState {
  const critical = state === 'critical' ? marks.criticalBytes * HYSTERESIS : marks.criticalBytes;
  if (freeBytes <= critical) return 'critical';
  const low = state === 'ok' ? marks.lowBytes : marks.lowBytes * HYSTERESIS;
  return freeBytes <= low ? 'low' : 'ok';
}

const admitted: Record<DiskState, readonly CommitClass[]> = {
  ok: ['telemetry', 'ordinary', 'reserved'],
  low: ['ordinary', 'reserved'],
  critical: ['reserved'],
};

export const admits = (state: DiskState, commit: CommitClass): boolean => admitted[state].includes(commit);
