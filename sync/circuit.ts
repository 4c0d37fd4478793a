/**
 * What is known of the way to the region. `idle` is the time before the first answer. One failure alone is a
 * hiccup (a proxy that was restarted): it counts a strike and is tried again; the second in a row is an outage.
 */
export type Circuit =
  | { readonly state: 'idle'; readonly sinceMs: number; readonly strikes: number }
  | { readonly state: 'up'; readonly sinceMs: number; readonly strikes: number }
  | {
      readonly state: 'down';
      readonly sinceMs: number;
      readonly strikes: number;
      readonly cause: FailureCause;
      readonly reason: string;
    };

/** `refused`: the region is there and says no; a person has to act. `local`: our own disk said no. */
export type FailureCause = 'unreachable' | 'refused' | 'local';

export type CircuitEvent =
  | { readonly type: 'answered'; readonly nowMs: number }
  | {
      readonly type: 'failed';
      readonly nowMs: number;
      readonly cause: FailureCause;
      readonly reason: string;
    };

const STRIKES_TO_DOWN = 2;

export const freshCircuit = (nowMs: number): Circuit => ({ state: 'idle', sinceMs: nowMs, strikes: 0 });

export function nextCircuit(circuit: Circuit, event: CircuitEvent): Circuit {
  if (event.type === 'answered') {
    if (circuit.state === 'up') return circuit.strikes === 0 ? circuit : { ...circuit, strikes: 0 };
    return { state: 'up', sinceMs: event.nowMs, strikes: 0 };
  }
  const strikes = circuit.strikes + 1;
  const { cause, reason, nowMs } = event;
  if (circuit.state === 'down') return { ...circuit, strikes, cause, reason };
  // A refusal is an answer, not a hiccup.
  if (cause === 'refused' || strikes >= STRIKES_TO_DOWN) {
    return { state: 'down', sinceMs: nowMs, strikes, cause, reason };
  }
  return { ...circuit, strikes };
}
