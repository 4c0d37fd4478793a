import type { BreakerPolicy } from '#contracts/breakers.ts';

/**
 * A circuit breaker: after so many faults in a row it opens and lets nothing through; after a while one attempt at a
 * time may try again, and when enough of those succeed it closes.
 */
export type BreakerState =
  | { readonly is: 'closed'; readonly faults: number }
  | { readonly is: 'open'; readonly faults: number; readonly untilMs: number }
  /** `probing`: an attempt is under way, and no other may be. */
  | {
      readonly is: 'half-open';
      readonly faults: number;
      readonly successes: number;
      readonly probing: boolean;
      readonly untilMs: number;
    };

export type BreakerEvent =
  /** Somebody asks to be let through; see `admits`. */
  | { readonly type: 'asked'; readonly nowMs: number }
  | { readonly type: 'succeeded' }
  | { readonly type: 'faulted'; readonly nowMs: number }
  /** The attempt told nothing of the device: it was refused, or given up. */
  | { readonly type: 'said-nothing' }
  | { readonly type: 'reset' };

export const closedBreaker: BreakerState = { is: 'closed', faults: 0 };

/** Whether an attempt may go ahead now; asked before `nextBreaker` with `asked`. */
export function admits(state: BreakerState, nowMs: number): boolean {
  if (state.is === 'closed') return true;
  if (state.is === 'open') return nowMs >= state.untilMs;
  return !state.probing;
}

/** Events that must change nothing return the state they were given: late results of attempts begun before it opened. */
export function nextBreaker(state: BreakerState, event: BreakerEvent, policy: BreakerPolicy): BreakerState {
  switch (event.type) {
    case 'reset':
      return closedBreaker;
    case 'asked':
      return asked(state, event.nowMs);
    case 'succeeded':
      return succeeded(state, policy);
    case 'said-nothing':
      return state.is === 'half-open' ? { ...state, probing: false } : state;
    case 'faulted': {
      if (state.is === 'open') return state;
      const faults = state.faults + 1;
      if (state.is === 'closed' && faults < policy.failures) return { is: 'closed', faults };
      return { is: 'open', faults, untilMs: event.nowMs + policy.openMs };
    }
  }
}

function asked(state: BreakerState, nowMs: number): BreakerState {
  if (state.is === 'closed' || !admits(state, nowMs)) return state;
  if (state.is === 'half-open') return { ...state, probing: true };
  return { is: 'half-open', faults: state.faults, successes: 0, probing: true, untilMs: state.untilMs };
}

function succeeded(state: BreakerState, policy: BreakerPolicy): BreakerState {
  if (state.is === 'closed') return state.faults === 0 ? state : closedBreaker;
  if (state.is === 'open') return state;
  const successes = state.successes + 1;
  return successes >= policy.probes ? closedBreaker : { ...state, successes, probing: false };
}
