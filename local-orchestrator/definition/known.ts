import { type Computed, orElse, type Ref, refTo } from './refs.ts';

/** What a node may refer to: the input, and the outputs of the steps before it. */
export interface Known<I, S> {
  readonly input: Ref<I>;
  readonly steps: { readonly [K in keyof S]: Ref<S[K]> };
  /** Why a step failed; only on the way that its failure leads. */
  readonly failed: (step: string) => Ref<{ code: string; reason: string }>;
  /** Last decision of a task that may lie on another way; empty when nobody has decided it. */
  readonly decided: (task: string) => Computed<string>;
  readonly saga: Ref<{ id: string; cancelled: boolean }>;
}

/** Outputs of a way that may not have been gone: `orElse` says what holds then. */
export type Maybe<S, W> = S & { readonly [K in Exclude<keyof W, keyof S>]: W[K] | undefined };

export function knownOf<I, S>(): Known<I, S> {
  const steps = new Proxy({} as Known<I, S>['steps'], {
    get: (_target, id) => refTo(`steps.${String(id)}.output`),
  });
  return {
    input: refTo<I>('input'),
    steps,
    failed: (step) => refTo(`steps.${step}.failure`),
    decided: (task) => orElse(refTo<string>(`steps.${task}.output.decision`), ''),
    saga: refTo('saga'),
  };
}
