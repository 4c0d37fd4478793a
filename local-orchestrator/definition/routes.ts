import type { SagaBuilder } from './builder.ts';
import type { Arg } from './refs.ts';

/** Fills in where an open way leads. */
export type Patch = (next: string) => void;
/** What a way of its own leaves open, and the outputs that are known at its end. */
export interface Joint<out S = unknown> {
  readonly tails: readonly Patch[];
  /** Never set: it carries the type. */
  readonly outputs?: () => S;
}
export type Sub<I, S> = (builder: SagaBuilder<I, S>) => Joint;
/** Where a decision or a failure leads. */
export type Route<I, S> =
  | { readonly route: 'go-on' | 'compensate' | 'park' }
  | { readonly route: 'to'; readonly node: string }
  | {
      readonly route: 'undo';
      readonly to: string;
      readonly timesMax: number;
      readonly otherwise: Route<I, S> | null;
    }
  | { readonly route: 'end'; readonly outcome: 'failed' | 'cancelled'; readonly reason: Arg<string> }
  | { readonly route: 'do'; readonly sub: Sub<I, S> };

/** On to what follows. */
export const goOn = { route: 'go-on' } as const;
/** Amends for everything, then the end; in a way of a group: for the way, and the group decides. */
export const compensate = { route: 'compensate' } as const;
/** A person is asked; the step can be tried again where it stands. */
export const park = { route: 'park' } as const;
export const to = (node: string) => ({ route: 'to', node }) as const;
/** Makes amends for everything since `step` and begins again there, so often at most. */
export const undoTo = <I, S>(step: string, timesMax: number, otherwise: Route<I, S> | null = null) =>
  ({ route: 'undo', to: step, timesMax, otherwise }) as const;
export const endFailed = (reason: Arg<string>) => ({ route: 'end', outcome: 'failed', reason }) as const;
export const endCancelled = (reason: Arg<string>) =>
  ({ route: 'end', outcome: 'cancelled', reason }) as const;
/** A way of its own that joins what follows. */
export const way = <I, S>(sub: Sub<I, S>) => ({ route: 'do', sub }) as const;
