import { isApplianceError } from '#contracts/errors.ts';
import type { Log } from '#contracts/log.ts';
import type { ActivityRef } from '#contracts/sagas.ts';
import type { WorkAnswer, WorkResult } from '../decide/state.ts';
import { type ActivityCall, ActivityFailure, type ActivityRunner, activityName } from './activity.ts';
import type { Breakers } from './breakers.ts';
import { createGate, type Gate } from './turnstile.ts';

export interface Runners {
  has(ref: ActivityRef): boolean;
  run(ref: ActivityRef, call: ActivityCall): Promise<WorkResult>;
  query(ref: ActivityRef, call: ActivityCall): Promise<WorkAnswer>;
}

/** Every activity of this release, by name and version. A fault of an activity is a result, never an exception. */
export function createRunners(
  list: readonly ActivityRunner[],
  parts: { readonly log: Log; readonly breakers: Breakers },
): Runners {
  const { log, breakers } = parts;
  const runners = new Map<string, { runner: ActivityRunner; gate: Gate }>();
  for (const runner of list) {
    runners.set(activityName(runner.ref), { runner, gate: createGate(runner.concurrencyMax) });
  }
  const attempt = async (runner: ActivityRunner, call: ActivityCall): Promise<WorkResult> => {
    // It waited for its place, and another attempt may have begun meanwhile, or a person been asked.
    if (call.signal.aborted) return { outcome: 'refused', reason: 'given up before it began' };
    const reach = runner.reaches?.(call);
    if (reach === undefined) return runner.run(call);
    return breakers.around(reach, call.signal, () => runner.run(call));
  };
  return {
    has: (ref) => runners.has(activityName(ref)),
    async run(ref, call) {
      const entry = runners.get(activityName(ref));
      if (entry === undefined) return missing(ref);
      try {
        return await entry.gate.pass(() => attempt(entry.runner, call));
      } catch (error) {
        return failure(error, ref, log);
      }
    },
    async query(ref, call) {
      const query = runners.get(activityName(ref))?.runner.query;
      if (query === undefined) return { outcome: 'unknown', reason: `${activityName(ref)} cannot be asked` };
      try {
        return await query(call);
      } catch (error) {
        return { outcome: 'unknown', reason: reasonOf(error) };
      }
    },
  };
}

const missing = (ref: ActivityRef): WorkResult => ({
  outcome: 'failed',
  code: 'SAGA_ACTIVITY_MISSING',
  reason: `this release has no activity ${activityName(ref)}`,
  retryable: false,
});

function failure(error: unknown, ref: ActivityRef, log: Log): WorkResult {
  if (error instanceof ActivityFailure || isApplianceError(error)) {
    const { code, message, retryable } = error;
    return { outcome: 'failed', code, reason: message, retryable };
  }
  log.error({ err: error, activity: activityName(ref) }, 'an activity failed unexpectedly');
  return { outcome: 'failed', code: 'INTERNAL', reason: reasonOf(error), retryable: true };
}

const reasonOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
