import type { ActivityRef, Json } from '#contracts/sagas.ts';
import type { WorkAnswer, WorkRef, WorkResult } from '../decide/state.ts';

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
  /** Idempotency key: the same for every attempt at this piece of work, also after a restart. */
  readonly key: string;
  /** Identity of this attempt; a command carries it. */
  readonly commandId: string;
  readonly input: I;
  readonly title: string;
  readonly sinceMs: number;
  readonly timeoutMs: number | null;
  readonly expiryMs: number;
  /** Fires when nobody waits for the result any more, or somebody wants the saga to end. */
  readonly signal: AbortSignal;
}

/** How an activity is carried out. */
export interface ActivityRunner {
  readonly ref: ActivityRef;
  /** Attempts of this activity at the same time; more wait their turn. */
  readonly concurrencyMax: number;
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

/** Joins an activity to the function that carries it out: it returns the output or throws. */
export const implement = <I, O>(
  activity: Activity<I, O>,
  run: (call: ActivityCall<I>) => Promise<O> | O,
  concurrencyMax = LOCAL_CONCURRENCY_MAX,
): ActivityRunner => ({
  ref: activity.ref,
  concurrencyMax,
  async run(call) {
    // The builder has checked the shape when the definition was written; the data is its own.
    const output = await run(call as unknown as ActivityCall<I>);
    return { outcome: 'succeeded', output: (output ?? null) as Json };
  },
});
