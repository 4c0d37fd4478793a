import type { Json } from '#contracts/sagas.ts';
import type { EndStatus, SagaEvent } from './events.ts';
import { ROOT } from './lanes.ts';
import type { Lane, LaneOutcome, Unwinding } from './state.ts';

/** Where something is: a visit of a node, in a lane. */
export interface At {
  readonly node: string;
  readonly visit: number;
  readonly lane: Lane;
}

/**
 * Where a handler sends the saga next. Handlers return it instead of calling one another, so that no chain of
 * nodes deepens the stack and no two of them need each other.
 */
export type Move =
  /** Nothing to do until the world moves. */
  | { readonly to: 'wait' }
  | { readonly to: 'node'; readonly node: string; readonly lane: Lane }
  /** A group begins another way, or has come to its end. */
  | { readonly to: 'group'; readonly group: Pick<At, 'node' | 'visit'> }
  /** A way of a group has come to its end. */
  | {
      readonly to: 'leave';
      readonly lane: Lane;
      readonly outcome: LaneOutcome;
      /** What the way made, or `{code, reason}`. */
      readonly output: Json;
    }
  | { readonly to: 'unwind'; readonly unwinding: Unwinding }
  /** The next amends of the unwindings under way. */
  | { readonly to: 'amends' }
  | { readonly to: 'park'; readonly at: At; readonly reason: string }
  | { readonly to: 'end'; readonly status: EndStatus; readonly reason: string; readonly output: Json }
  /** What could not be decided happens again. */
  | { readonly to: 'event'; readonly event: SagaEvent }
  /** One after the other, each with everything that it leads to. */
  | { readonly to: 'all'; readonly moves: readonly Move[] };

export const WAIT: Move = { to: 'wait' };
export const AMENDS: Move = { to: 'amends' };

/** Amends for everything, then the end. */
export const unwindAll = (
  reason: string,
  end: Exclude<EndStatus, 'completed'>,
  output: Json = { reason },
): Move => ({ to: 'unwind', unwinding: { lane: ROOT, fromSeq: 0, reason, after: { end, output } } });
