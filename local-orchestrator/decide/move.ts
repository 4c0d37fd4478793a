import type { Json } from '#contracts/sagas.ts';
import type { EndStatus, Unwinding } from './state.ts';

/**
 * Where a handler sends the saga next. Handlers return it instead of calling one another, so that no chain of
 * nodes deepens the stack and no two of them need each other.
 */
export type Move =
  /** Nothing to do until the world moves. */
  | { readonly to: 'wait' }
  | { readonly to: 'node'; readonly node: string }
  | { readonly to: 'unwind'; readonly unwinding: Unwinding }
  /** The next amends of the unwinding under way. */
  | { readonly to: 'amends' }
  | { readonly to: 'end'; readonly status: EndStatus; readonly reason: string; readonly output: Json };

export const WAIT: Move = { to: 'wait' };

/** Amends for everything, then the end. */
export const unwindAll = (
  reason: string,
  end: Exclude<EndStatus, 'completed'>,
  output: Json = { reason },
): Move => ({ to: 'unwind', unwinding: { fromSeq: 0, reason, after: { end, output } } });
