import type { RunbookAction } from '#contracts/runbooks.ts';
import type { DeadLetterCause } from '#contracts/sagas.ts';

/**
 * How a task about a cause can be answered, whether a step or its amends is stuck; which of these a task has is on
 * the task. `decide/hold.ts` makes the buttons, and a test holds the two equal.
 */
const decisions = {
  'retries-exhausted': ['retry', 'by-hand', 'skip', 'cancel'],
  'not-retryable': ['retry', 'by-hand', 'skip', 'cancel'],
  'unknown-outcome': ['done', 'not-done', 'ask', 'skip', 'cancel'],
  'refused-too-long': ['wait', 'by-hand', 'skip', 'cancel'],
  'compensation-blocked': ['retry', 'by-hand', 'skip', 'cancel'],
  'definition-broken': ['retry', 'by-hand', 'skip', 'cancel'],
} as const satisfies Record<DeadLetterCause, readonly RunbookAction[]>;

export const decisionsOf = (cause: DeadLetterCause): readonly string[] => decisions[cause];

const all: ReadonlySet<string> = new Set(Object.values(decisions).flat());
export const isDecision = (action: string): boolean => all.has(action);
