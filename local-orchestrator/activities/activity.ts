import type { ActivityRef, Json } from '#contracts/sagas.ts';
import type { WorkAnswer, WorkResult } from '../decide/events.ts';
import type { WorkRef } from '../decide/work-ref.ts';
import type { Reach } from './breakers.ts';
import type { SubSteps } from './sub-steps.ts';

/**
 * What a definition knows of an activity: its name, and the types of what goes in and comes out. The types live
 * only while the definition is written; `ref` is what it keeps.
 */
export interface Activity<in I = never, out O = unknown> {
  readonly ref: ActivityRef;
  /** Never set: they carry the types. */
  readonly input?: (input: I) => void;
  readonly output?: () => O;
}

/** One attempt, as its activity sees it. */
export interface ActivityCall<I = Json> {
  readonly sagaId: string;
  readonly correlationId: string;
  readonly traceparent: string | null;
  readonly work: WorkRef;
  /** Doubts of attempts up to this one are settled: a person has looked, and said that it was not done. */
  readonly settled: number;
  /** Idempotency key: the same for every attempt at this piece of work, also after a restart. */
  readonly key: string;
  /** Identity of this attempt; a command carries it. */
  readonly commandId: string;
  readonly input: I;
  readonly title: string;
  readonly timeoutMs: number | null;
  /** A command not dispatched by then is dead. Wall time, ms since the epoch. */
  readonly expiresAtMs: number;
  /** What an earlier attempt told last, for steps with a heartbeat; null without one. */
  readonly progress: Json;
  /**
   * Tells that it is still at it, and how far; only heard for steps with a heartbeat. Cheap, call it often.
   * Errors: SAGA_PROGRESS_TOO_LONG past 16 KiB of JSON.
   */
  heartbeat(progress?: Json): void;
  /** What `code` activities have recorded. */
  readonly subSteps: SubSteps;
  /** Fires when nobody waits for the result any more, or somebody wants the saga to end. */
  readonly signal: AbortSignal;
}

/** How an activity is carried out. */
export interface ActivityRunner {
  readonly ref: ActivityRef;
  /** Attempts of this activity at the same time; more wait their turn. */
  readonly concurrencyMax: number;
  /** What it reaches out to, guarded by a circuit breaker; without it there is none. */
  reaches?(call: ActivityCall): Reach | undefined;
  run(call: ActivityCall): Promise<WorkResult>;
  /** Only for `queryable` ones. Never acts. */
  query?(call: ActivityCall): Promise<WorkAnswer>;
}

export const activityName = (ref: Pick<ActivityRef, 'name' | 'version'>): string =>
  `${ref.name}@${ref.version}`;

/** An activity that runs in this process. `idempotent`: the same key again does nothing new. */
export const localActivity = <I, O>(
  name: string,
  version: number,
  effect: ActivityRef['effect'] = 'idempotent',
): Activity<I, O> => ({ ref: { name, version, via: 'local', effect } });

/** What it does to stock or floor has to be undone: a definition that uses it says how, or is refused. */
export const needsUndo = <I, O>(activity: Activity<I, O>): Activity<I, O> => ({
  ref: { ...activity.ref, needsUndo: true },
});

/** An expected failure of an activity, with a code that routes and retry policies can name. */
export class ActivityFailure extends Error {
  readonly code: string;
  readonly retryable: boolean;

  constructor(code: string, reason: string, retryable: boolean) {
    super(reason);
    this.name = 'ActivityFailure';
    this.code = code;
    this.retryable = retryable;
  }
}

const LOCAL_CONCURRENCY_MAX = 256;

export interface ImplementOptions {
  readonly concurrencyMax?: number;
  /** Name of the service it calls: a circuit breaker guards it, shared by all activities that name it. */
  readonly endpoint?: string;
}

/** Joins an activity to the function that carries it out: it returns the output or throws. */
export const implement = <I, O>(
  activity: Activity<I, O>,
  run: (call: ActivityCall<I>) => Promise<O> | O,
  { concurrencyMax = LOCAL_CONCURRENCY_MAX, endpoint }: ImplementOptions = {},
): ActivityRunner => ({
  ref: activity.ref,
  concurrencyMax,
  ...(endpoint === undefined ? {} : { reaches: () => ({ kind: 'endpoint', name: endpoint }) }),
  async run(call) {
    // The builder has checked the shape when the definition was written; the data is its own.
    const output = await run(call as unknown as ActivityCall<I>);
    return { outcome: 'succeeded', output: (output ?? null) as Json };
  },
});
