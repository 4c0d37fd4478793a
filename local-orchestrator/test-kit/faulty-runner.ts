import type { ActivityCall, ActivityRunner } from '../activities/activity.ts';
import { activityName } from '../activities/activity.ts';
import type { WorkResult } from '../decide/events.ts';
import { type Attempt, type Fault, lateMs, resultOf } from './faults.ts';
import type { Life } from './life.ts';

export interface FaultyParts {
  readonly life: Life;
  /** The fault of this attempt, counted as fired. */
  readonly faultFor: (attempt: Attempt) => Fault | undefined;
}

/** A local activity that is carried out with the faults of a test, and dies with the process it runs in. */
export function faultyRunner(runner: ActivityRunner, { life, faultFor }: FaultyParts): ActivityRunner {
  const activity = activityName(runner.ref);

  const withFault = async (call: ActivityCall, fault: Fault | undefined): Promise<WorkResult> => {
    if (fault === undefined) return runner.run(call);
    if (fault.kind === 'silence') return givenUp(call);
    if (fault.kind === 'refused' || fault.kind === 'failed') return resultOf(fault) ?? givenUp(call);
    const result = await runner.run(call);
    if (fault.kind === 'answer-lost') return givenUp(call);
    if (fault.kind !== 'answer-late') return resultOf(fault) ?? result;
    await new Promise<void>((resolve) => life.clock.after(lateMs(fault), resolve));
    return result;
  };

  const { query } = runner;
  return {
    ...runner,
    async run(call) {
      await life.passes('before-dispatch');
      const result = await withFault(call, faultFor({ commandId: call.commandId, activity, target: null }));
      await life.passes('after-effect');
      return result;
    },
    ...(query === undefined
      ? {}
      : {
          async query(call: ActivityCall) {
            await life.passes('before-question');
            const answer = await query(call);
            await life.passes('after-question');
            return answer;
          },
        }),
  };
}

/** Nothing is heard until nobody listens any more. */
const givenUp = ({ signal }: ActivityCall): Promise<WorkResult> => {
  const result: WorkResult = { outcome: 'unknown', reason: 'nothing was heard' };
  if (signal.aborted) return Promise.resolve(result);
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(result), { once: true }));
};
