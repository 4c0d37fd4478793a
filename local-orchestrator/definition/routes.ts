import type { SagaBuilder } from './builder.ts';
import type { Arg } from './refs.ts';

/** Outputs of the nodes so far, by id. */
export type Outputs = Record<string, unknown>;
/** Fills in where an open way leads. */
export type Patch = (next: string) => void;
/** What a way of its own leaves open; what it made on the way is not known to what follows. */
export interface Joint {
  readonly tails: readonly Patch[];
}
export type Sub<I, S extends Outputs> = (builder: SagaBuilder<I, S>) => Joint;
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
  | { readonly route: 'do'; readonly sub: Sub<I, S & Outputs> };

/** On to what follows. */
export const goOn = { route: 'go-on' } as const;
/** Amends for everything, then the end. */
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
export const way = <I, S>(sub: Sub<I, S & Outputs>) => ({ route: 'do', sub }) as const;
