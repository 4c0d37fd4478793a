import type { Static, TSchema } from 'typebox';
import type { SagaDefinition } from '#contracts/sagas.ts';
import { unrouted } from './group-options.ts';
import { type Known, knownOf } from './known.ts';
import { type AskOptions, askData, type Buttons, buttonsData, schemaData } from './people-options.ts';
import { type Arg, toData } from './refs.ts';
import type { Route } from './routes.ts';
import { type CompensationOptions, compensationData, type FailureRoutes } from './work-options.ts';

export interface SignalOptions<I, S, P extends TSchema> {
  readonly title: string;
  readonly signal: string;
  readonly payload: P;
  readonly timeoutMs?: number;
  /** Without it, the saga fails when the time is over. */
  readonly onTimeout?: Route<I, S>;
}

export const signalNode = <I, S, P extends TSchema>(options: SignalOptions<I, S, P>) => ({
  kind: 'signal' as const,
  title: options.title,
  signal: options.signal,
  payload: schemaData(options.payload),
  timeoutMs: options.timeoutMs ?? null,
  next: '',
  onTimeout: null as string | null,
});

export interface ModelOptions<I, S, D extends string, F extends TSchema> extends AskOptions<I, S, F> {
  readonly model: string;
  readonly input: (known: Known<I, S>) => Arg<unknown>;
  readonly options: Buttons<I, S, D>;
  /** At this score or above it is followed. */
  readonly actAt: number;
  /** At this score or above a person approves what it suggests. */
  readonly approveAt: number;
  readonly timeoutMs?: number;
  readonly cacheMs?: number;
}
export interface ModelOutput<D extends string> {
  readonly decision: D;
  /** `model` or a person. */
  readonly by: string;
  readonly note: string | null;
  readonly score: number | null;
  readonly model: string;
  readonly version: string | null;
}
export const MODEL_TIMEOUT_MS = 2_000;

export const modelNode = <I, S, D extends string, F extends TSchema>(options: ModelOptions<I, S, D, F>) => ({
  kind: 'model' as const,
  model: options.model,
  ...askData(options),
  input: toData(options.input(knownOf())),
  options: buttonsData(options.options),
  actAt: options.actAt,
  approveAt: options.approveAt,
  timeoutMs: options.timeoutMs ?? MODEL_TIMEOUT_MS,
  cacheMs: options.cacheMs ?? 0,
});

export interface ChildOptions<I, S, Id extends string, In, Out, UndoIn> {
  readonly title: string;
  /** What it takes is said by the saga, not by what it is given. */
  readonly input: (known: Known<I, S>) => Arg<NoInfer<In>>;
  readonly timeoutMs?: number;
  /** What becomes of it when this saga gives up. */
  readonly onCancel?: 'cancel' | 'leave';
  readonly undo?: CompensationOptions<I, S, Id, Out, UndoIn>;
  readonly onFailure?: FailureRoutes<I, S>;
}

export const childNode = <I, S, Id extends string, In, Out, UndoIn>(
  saga: string,
  options: ChildOptions<I, S, Id, In, Out, UndoIn>,
) => ({
  kind: 'child' as const,
  title: options.title,
  saga,
  input: toData(options.input(knownOf())),
  timeoutMs: options.timeoutMs ?? null,
  onCancel: options.onCancel ?? 'cancel',
  ...(options.undo === undefined ? {} : { compensation: compensationData(options.undo) }),
  ...unrouted(),
});

export interface EndOptions<I, S, Out> {
  readonly title: string;
  readonly version: number;
  readonly output?: (known: Known<I, S>) => Out;
  /** By what the saga is found later. */
  readonly search?: (known: Pick<Known<I, S>, 'input'>) => Readonly<Record<string, Arg<unknown>>>;
  readonly slo?: SagaDefinition['slo'];
}

export type TaskOutput<D extends string> = { decision: D; by: string; note: string | null };
/** With a form, what was filled in is part of the output; buttons that are not primary may be pressed without it. */
export type Answer<F extends TSchema> = TSchema extends F ? unknown : { readonly form: Static<F> };
