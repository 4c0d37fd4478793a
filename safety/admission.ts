import type { ActionSpec } from '#contracts/capabilities.ts';
import type { Command } from '#contracts/commands.ts';
import { ApplianceError, type ErrorCode, type ErrorDetails } from '#contracts/errors.ts';
import { ACTED_COUNT_MAX } from './command-memory.ts';
import type { OpenInterlock } from './interlock-table.ts';

/** How far ahead an expiry may lie: a clock that was set back by a day or more shows here. */
export const EXPIRY_HOURS_MAX = 24;

/** The state of the gate that an admission depends on. */
export interface AdmissionView {
  /** Time until it expires, by the wall clock or by the age since it was sent, whichever is less. */
  readonly leftMs: number;
  readonly movement: ActionSpec['movement'];
  /** Highest fencing epoch seen for the target. */
  readonly highestEpoch: number;
  /** What the target is doing, in words; `null` when it is free. */
  readonly busyWith: string | null;
  readonly open: readonly OpenInterlock[];
  /** Why the target is being held in its safe state; empty when it is not. */
  readonly heldFor: readonly string[];
  readonly memoryFull: boolean;
  readonly closed: boolean;
}

export type Admission =
  | { readonly state: 'admitted' }
  | { readonly state: 'expired'; readonly reason: string }
  | Refusal;
export interface Refusal {
  readonly state: 'refused';
  readonly code: ErrorCode;
  readonly reason: string;
  readonly interlocks: readonly string[];
  readonly retryable: boolean;
}

export function refusal(code: ErrorCode, details: ErrorDetails, interlocks: readonly string[] = []): Refusal {
  const { message, retryable } = new ApplianceError(code, details);
  return { state: 'refused', code, reason: message, interlocks, retryable };
}

/**
 * Decides on a valid command that was not seen before. What ends motion is admitted whoever asks and whatever
 * runs; only a dead one is not, because a late stop could not be told from a new wish.
 */
export function admit(command: Command, view: AdmissionView): Admission {
  const { leftMs } = view;
  if (leftMs < 0) {
    const lateMs = Math.ceil(-leftMs);
    return { state: 'expired', reason: new ApplianceError('SAFE_EXPIRED', { lateMs }).message };
  }
  if (leftMs > EXPIRY_HOURS_MAX * 3_600_000) {
    const hours = Math.ceil(leftMs / 3_600_000);
    return refusal('SAFE_EXPIRY_TOO_FAR', { hours, hoursMax: EXPIRY_HOURS_MAX });
  }
  if (view.movement === 'stops') return { state: 'admitted' };

  const { target, epoch } = command;
  if (view.closed) return refusal('SAFE_CLOSED', {});
  // Epoch 0 comes without a lease, from a person for example: there is nothing to fence.
  if (epoch !== 0 && epoch < view.highestEpoch) {
    return refusal('SAFE_FENCED', { target, epoch, highest: view.highestEpoch });
  }
  if (view.movement === 'starts' && (view.open.length > 0 || view.heldFor.length > 0)) {
    const reasons = [...new Set([...view.open.map(({ reason }) => reason), ...view.heldFor])].join('; ');
    return refusal(
      'SAFE_INTERLOCKED',
      { target, reasons },
      view.open.map(({ id }) => id),
    );
  }
  if (view.busyWith !== null) return refusal('SAFE_BUSY', { target, what: view.busyWith });
  if (view.memoryFull) return refusal('SAFE_OVERLOADED', { countMax: ACTED_COUNT_MAX });
  return { state: 'admitted' };
}
