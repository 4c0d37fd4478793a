import type { Json } from '#contracts/sagas.ts';
import type { WorkResult } from '../decide/events.ts';
import { CODE_CHANGED } from '../decide/reconcile.ts';
import { type Activity, type ActivityCall, ActivityFailure, type ActivityRunner } from './activity.ts';
import { SUB_STEPS_MAX, type SubStep } from './sub-steps.ts';

/** One attempt of a `code` activity. */
export interface CodeCall<I> extends ActivityCall<I> {
  /**
   * Carries out a named sub-step and records its result before it returns; after a crash or in the next attempt the
   * recorded result is returned instead. Everything that touches the world goes into one, and the calls must come
   * in the same order each time: what they depend on is the input and the results of earlier ones, nothing else.
   *
   * `neither`: it is never done twice without a person; when nobody knows whether it happened, one is asked.
   */
  step<T extends Json>(
    name: string,
    run: (step: { readonly key: string }) => Promise<T> | T,
    options?: { readonly effect?: 'idempotent' | 'neither' },
  ): Promise<T>;
}

/** A function with journaled sub-steps: what a definition refers to, and how it is carried out, in one. */
export type CodeActivity<I, O> = Activity<I, O> & ActivityRunner;

const CODE_CONCURRENCY_MAX = 256;

/** The one escape hatch of a definition: code, with each of its effects recorded by name. */
export const codeActivity = <I, O>(
  name: string,
  version: number,
  run: (call: CodeCall<I>) => Promise<O>,
): CodeActivity<I, O> => ({
  ref: { name, version, via: 'code', effect: 'neither' },
  concurrencyMax: CODE_CONCURRENCY_MAX,
  async run(call) {
    const replay = createReplay(call, await call.subSteps.read());
    try {
      // The builder has checked the shape when the definition was written; the data is its own.
      const output = await run({ ...(call as unknown as ActivityCall<I>), step: replay.step });
      return replay.end({ outcome: 'succeeded', output: (output ?? null) as Json });
    } catch (error) {
      const stopped = replay.stopped();
      if (stopped !== null) return stopped;
      throw error;
    }
  },
});

function createReplay(call: ActivityCall, recorded: readonly SubStep[]) {
  const { attempt } = call.work;
  let next = 0;
  let stop: WorkResult | null = null;

  /** Ends the attempt, whatever the code does with the error. */
  const stopWith = (result: WorkResult): never => {
    stop ??= result;
    throw new ActivityFailure('CODE_STOPPED', 'the attempt has ended', false);
  };
  const write = (number: number, name: string, state: SubStep['state'], output: Json) =>
    call.subSteps.write({ number, name, state, attempt, output });

  /** Nobody knows whether it happened. A later attempt alone is no word about it: the doubt may never have been told. */
  const doubt = async (known: SubStep): Promise<void> => {
    if (known.state === 'doubted' && known.attempt <= call.settled) return;
    await write(known.number, known.name, 'doubted', null);
    stopWith({
      outcome: 'unknown',
      reason: `sub-step ${known.number + 1} "${known.name}" had begun, and nobody knows whether it happened`,
    });
  };

  const carryOut = async <T extends Json>(
    number: number,
    name: string,
    run: (step: { readonly key: string }) => Promise<T> | T,
    mayRepeat: boolean,
  ): Promise<T> => {
    if (!mayRepeat) {
      await write(number, name, 'begun', null);
      // Given up meanwhile: the next attempt may have begun before it could see this one.
      if (call.signal.aborted) throw new ActivityFailure('ABORTED', 'given up', false);
    }
    let output: T;
    try {
      output = ((await run({ key: `${call.key}#${number}` })) ?? null) as T;
    } catch (error) {
      // Broken off in the middle: whether it happened is not known, and "begun" is what is recorded.
      if (mayRepeat || !call.signal.aborted) await write(number, name, 'failed', failureData(error));
      throw error;
    }
    await write(number, name, 'done', output);
    return output;
  };

  return {
    stopped: () => stop,
    /** What the attempt comes to; code that no longer reaches a recorded sub-step has changed its order. */
    end(result: WorkResult): WorkResult {
      const left = recorded.find(({ number, state }) => number >= next && state === 'done');
      return stop ?? (left === undefined ? result : changed(left, 'ends before it'));
    },
    async step<T extends Json>(
      name: string,
      run: (step: { readonly key: string }) => Promise<T> | T,
      { effect = 'idempotent' }: { readonly effect?: 'idempotent' | 'neither' } = {},
    ): Promise<T> {
      const number = next;
      next += 1;
      if (stop !== null) stopWith(stop);
      if (number >= SUB_STEPS_MAX) {
        throw new ActivityFailure('CODE_TOO_LONG', `more than ${SUB_STEPS_MAX} sub-steps`, false);
      }
      const known = recorded[number];
      if (known !== undefined && known.name !== name) stopWith(changed(known, `calls "${name}" there`));
      if (known?.state === 'done') return known.output as T;
      if (known?.state === 'failed' && known.attempt === attempt) throw failureOf(known.output);
      // Given up: somebody else goes on from here, so nothing new begins.
      if (call.signal.aborted) throw new ActivityFailure('ABORTED', 'given up', false);
      if (known?.state === 'begun' || known?.state === 'doubted') await doubt(known);
      return carryOut(number, name, run, effect === 'idempotent');
    },
  };
}

const changed = (known: SubStep, what: string): WorkResult => ({
  outcome: 'failed',
  code: CODE_CHANGED,
  reason:
    `sub-step ${known.number + 1} is recorded as "${known.name}", and the code ${what}: it has changed under ` +
    'a running saga. Install the release that began it, or give changed code a new version',
  retryable: false,
});

interface Failure {
  readonly code: string;
  readonly reason: string;
  readonly retryable: boolean;
}
const failureData = (error: unknown): Json => {
  const { code = 'INTERNAL', message = String(error), retryable = true } = error as Partial<ActivityFailure>;
  return { code: String(code), reason: message, retryable } satisfies Failure;
};
const failureOf = (output: Json): ActivityFailure => {
  const { code, reason, retryable } = output as unknown as Failure;
  return new ActivityFailure(code, reason, retryable);
};
