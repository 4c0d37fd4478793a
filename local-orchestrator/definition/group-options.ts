import type { FailureRoute, JoinPolicy } from '#contracts/sagas.ts';
import type { SagaBuilder } from './builder.ts';
import { type Known, knownOf, type Maybe } from './known.ts';
import { type Computed, type Ref, toData } from './refs.ts';
import type { Joint, Route } from './routes.ts';
import type { FailureRoutes } from './work-options.ts';

type WayOutcome = 'completed' | 'failed' | 'cancelled';

interface GroupOptions<I, S> {
  readonly title: string;
  /** Ways still under way when enough have come: stopped and undone (the default), or waited for. */
  readonly rest?: 'cancel' | 'await';
  /** By the code of the way that failed, or GROUP_FAILED. */
  readonly onFailure?: FailureRoutes<I, S>;
}

export type Ways<I, S> = Readonly<
  Record<string, { readonly title: string; readonly way: (saga: SagaBuilder<I, S>) => Joint }>
>;
export interface ParallelOptions<I, S, W extends Ways<I, S>, N extends JoinPolicy>
  extends GroupOptions<I, S> {
  readonly need?: N;
  readonly ways: W;
}
export interface ParallelOutput<W> {
  readonly ways: { readonly [K in keyof W]: WayOutcome };
  readonly completed: number;
  readonly failed: number;
}

/** What is known after a parallel: everything of every way when all must come, otherwise what may be there. */
export type AfterWays<S, W extends Ways<never, never>, N> = N extends 'all'
  ? S & AllOf<OutputsOf<W>>
  : Maybe<S, AllOf<OutputsOf<W>>>;
type OutputsOf<W> = {
  [K in keyof W]: W[K] extends { readonly way: (saga: never) => Joint<infer O> } ? O : never;
}[keyof W];
type AllOf<U> = (U extends unknown ? (one: U) => void : never) extends (all: infer A) => void ? A : never;

export interface EachOptions<I, S, Item, O, Out> extends GroupOptions<I, S> {
  readonly items: (known: Known<I, S>) => Computed<readonly Item[]> | readonly Item[];
  /** A longer list fails the node. */
  readonly itemsMax?: number;
  /** Ways at the same time. */
  readonly concurrencyMax?: number;
  readonly need?: JoinPolicy;
  readonly way: (
    saga: SagaBuilder<I, S>,
    each: { readonly item: Ref<Item>; readonly index: Ref<number> },
  ) => Joint<O>;
  /** What is kept of each way; computed where it comes to its end. */
  readonly output?: (known: Known<I, O>) => Out;
}
export interface EachOutput<Out> {
  readonly items: readonly {
    readonly index: number;
    readonly outcome: WayOutcome;
    readonly output: Out | null;
  }[];
  readonly completed: number;
  readonly failed: number;
}

export interface LoopOptions<I, S, O> {
  readonly title: string;
  readonly timesMax: number;
  readonly way: (saga: SagaBuilder<I, S>, index: Ref<number>) => Joint<O>;
  /** Whether the way is gone once more. */
  readonly again: (known: Known<I, O>) => Computed<boolean>;
  /** When it would have to be gone more than `timesMax` times; without it the saga fails. */
  readonly onExhausted?: Route<I, O>;
}

export const ITEMS_MAX_DEFAULT = 100;
export const CONCURRENCY_MAX_DEFAULT = 8;

/** What is filled in later: where a node goes on, and by which failure. */
export const unrouted = () => ({ failure: [] as FailureRoute[], next: '' });

export const eachNode = <I, S, Item, O, Out>(options: EachOptions<I, S, Item, O, Out>) => ({
  kind: 'each' as const,
  title: options.title,
  need: options.need ?? 'all',
  rest: options.rest ?? 'cancel',
  items: toData(options.items(knownOf())),
  itemsMax: options.itemsMax ?? ITEMS_MAX_DEFAULT,
  concurrencyMax: options.concurrencyMax ?? CONCURRENCY_MAX_DEFAULT,
  start: '',
  output: toData(options.output?.(knownOf())),
  ...unrouted(),
});

export const loopNode = <I, S, O>(options: LoopOptions<I, S, O>) => ({
  kind: 'loop' as const,
  title: options.title,
  start: '',
  again: toData(options.again(knownOf())),
  timesMax: options.timesMax,
  next: '',
  otherwise: '',
});
