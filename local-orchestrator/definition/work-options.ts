import type {
  Compensation,
  Json,
  ReconcilePolicy,
  RefusalPolicy,
  RetryPolicy,
  StepLimit,
} from '#contracts/sagas.ts';
import type { Activity } from '../activities/activity.ts';
import { type Known, knownOf } from './known.ts';
import {
  DEFAULT_EXPIRY_MS,
  DEFAULT_TIMEOUT_MS,
  defaultReconcile,
  defaultRefusal,
  defaultRetry,
} from './policies.ts';
import { type Arg, toData } from './refs.ts';
import type { Route } from './routes.ts';

export interface WorkOptions<I, S, In, Out> {
  readonly title: string;
  readonly input: (known: Known<I, S>) => Arg<In>;
  /** Per attempt; null waits for ever. */
  readonly timeoutMs?: number | null;
  readonly expiryMs?: number;
  /** An attempt that is silent for longer counts as lost. */
  readonly heartbeatMs?: number;
  readonly retry?: Partial<RetryPolicy>;
  readonly refusal?: Partial<RefusalPolicy>;
  readonly reconcile?: Partial<ReconcilePolicy>;
  /** Scarce things it needs a share of; it begins when there is room at all of them. */
  readonly limits?: (known: Known<I, S>) => readonly LimitOptions[];
  /** Output when a person says that it is done; without it, a person cannot say so. */
  readonly assume?: (known: Known<I, S>) => Arg<Partial<Out>>;
}
export type LimitOptions = Omit<StepLimit, 'key'> & { readonly key: Arg<string> };

interface Amends<I, S, In> extends WorkOptions<I, S, In, unknown> {
  readonly activity: Activity<In, unknown>;
}
/** Amends for `Id`, which may have made nothing yet: only those `when` it was completed find its output for certain. */
export type CompensationOptions<I, S, Id extends string, Out, In> =
  | (Amends<I, S & Readonly<Record<Id, Out | undefined>>, In> & { readonly when?: 'started' })
  | (Amends<I, S & Readonly<Record<Id, Out>>, In> & { readonly when: 'completed' });

/** Where failures lead, by code; `*` is any. The first match counts, in the order written. */
export type FailureRoutes<I, S> = Readonly<Record<string, Route<I, S>>>;

export interface StepOptions<I, S, In, Out> extends WorkOptions<I, S, In, Out> {
  readonly voids?: readonly (keyof S & string)[];
  readonly onFailure?: FailureRoutes<I, S>;
}

/** What a step and the amends for it have in common, as data with every default filled in. */
export function workData<I, S, In, Out>(activity: Activity<In, Out>, options: WorkOptions<I, S, In, Out>) {
  const known = knownOf<I, S>();
  const { title, heartbeatMs, limits, assume, timeoutMs = DEFAULT_TIMEOUT_MS } = options;
  return {
    title,
    activity: activity.ref,
    input: toData(options.input(known)),
    timeoutMs,
    expiryMs: options.expiryMs ?? DEFAULT_EXPIRY_MS,
    retry: { ...defaultRetry, ...options.retry },
    refusal: { ...defaultRefusal, ...options.refusal },
    reconcile: { ...defaultReconcile, ...options.reconcile },
    ...(heartbeatMs === undefined ? {} : { heartbeatMs }),
    ...(limits === undefined ? {} : { limits: toData(limits(known)) as unknown as StepLimit[] }),
    ...(assume === undefined ? {} : { assume: toData(assume(known)) as Json }),
  };
}

export const compensationData = <I, S, In>(
  options: Amends<I, S, In> & { readonly when?: Compensation['when'] },
): Compensation => ({ ...workData(options.activity, options), when: options.when ?? 'started' });
