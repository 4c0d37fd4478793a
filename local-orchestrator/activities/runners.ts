import { ApplianceError, isApplianceError } from '#contracts/errors.ts';
import type { Log } from '#contracts/log.ts';
import type { ActivityRef, Json } from '#contracts/sagas.ts';
import type { WorkAnswer, WorkResult } from '../decide/events.ts';
import { type ActivityCall, ActivityFailure, type ActivityRunner, activityName } from './activity.ts';
import type { Breakers } from './breakers.ts';
import { createGate, type Gate } from './turnstile.ts';

export interface Runners {
  has(ref: ActivityRef): boolean;
  /** `begun`: it has its place, and its time begins. */
  run(ref: ActivityRef, call: ActivityCall, begun: () => void): Promise<WorkResult>;
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
  const attempt = async (
    runner: ActivityRunner,
    call: ActivityCall,
    begun: () => void,
  ): Promise<WorkResult> => {
    // It waited for its place, and another attempt may have begun meanwhile, or a person been asked.
    if (call.signal.aborted) return { outcome: 'refused', reason: 'given up before it began' };
    begun();
    const reach = runner.reaches?.(call);
    if (reach === undefined) return runner.run(call);
    return breakers.around(reach, call.signal, () => runner.run(call));
  };
  return {
    has: (ref) => runners.has(activityName(ref)),
    async run(ref, call, begun) {
      const entry = runners.get(activityName(ref));
      if (entry === undefined) return missing(ref);
      try {
        const result = await entry.gate.pass(() => attempt(entry.runner, call, begun));
        return result.outcome === 'succeeded' ? bounded(result.output, result) : result;
      } catch (error) {
        return failure(error, ref, log);
      }
    },
    async query(ref, call) {
      const query = runners.get(activityName(ref))?.runner.query;
      if (query === undefined) return { outcome: 'unknown', reason: `${activityName(ref)} cannot be asked` };
      try {
        const answer = await query(call);
        return answer.outcome === 'done' ? bounded(answer.output, answer) : answer;
      } catch (error) {
        return { outcome: 'unknown', reason: reasonOf(error) };
      }
    },
  };
}

/** Outputs are written with the saga's history, and read whenever it is loaded. */
const OUTPUT_BYTES_MAX = 1024 * 1024;

/** What was done with too long an output has failed, and is undone: nothing later could refer to it. */
function bounded<T>(output: Json, result: T) {
  const bytes = Buffer.byteLength(JSON.stringify(output) ?? '');
  if (bytes <= OUTPUT_BYTES_MAX) return result;
  const { code, message: reason } = new ApplianceError('SAGA_OUTPUT_TOO_LONG', {
    bytes,
    bytesMax: OUTPUT_BYTES_MAX,
  });
  return { outcome: 'failed', code, reason, retryable: false } as const;
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
