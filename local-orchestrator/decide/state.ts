import type { EventDefinition } from '#contracts/events/envelope.ts';
import type { ActivityRef, DeadLetterCause, DecisionButton, Json } from '#contracts/sagas.ts';

/** `action` is the step itself, `compensation` the amends for it. */
export type Role = 'action' | 'compensation';

/** Names one attempt at one work of one saga. Two attempts never share it. */
export interface WorkRef {
  readonly node: string;
  readonly visit: number;
  readonly role: Role;
  readonly attempt: number;
}

export type WorkPhase =
  | { readonly is: 'running'; readonly deadlineMs: number | null }
  /** Between two attempts, or until a refusal may be over. */
  | { readonly is: 'pausing'; readonly untilMs: number }
  /** The outcome is unknown and the device has been asked. `doubts`: answers so far that told nothing. */
  | { readonly is: 'asking'; readonly doubts: number; readonly deadlineMs: number }
  /** Between two questions. */
  | { readonly is: 'doubting'; readonly doubts: number; readonly untilMs: number }
  /** A person is asked what to do. */
  | { readonly is: 'held'; readonly cause: DeadLetterCause; readonly taskId: string };

export interface WorkPosition extends WorkRef {
  readonly at: 'work';
  /** Attempts that count against the retry policy; a refusal does not. */
  readonly burned: number;
  readonly refusals: number;
  readonly refusedSinceMs: number | null;
  /** Questions put so far; an answer to an older one counts for nothing. */
  readonly queries: number;
  /** When this attempt was dispatched; with the step's times it gives the command's expiry. */
  readonly sinceMs: number;
  readonly phase: WorkPhase;
}

/** Where a saga is. One thread of control has one position; a parallel group will have several. */
export type Position =
  | WorkPosition
  | { readonly at: 'timer'; readonly node: string; readonly visit: number; readonly untilMs: number }
  | {
      readonly at: 'signal';
      readonly node: string;
      readonly visit: number;
      readonly untilMs: number | null;
    }
  | {
      readonly at: 'task';
      readonly node: string;
      readonly visit: number;
      readonly taskId: string;
      readonly untilMs: number | null;
    };

/**
 * One completed or finally failed node, in the order of completion. It holds the output that later nodes refer
 * to, and whether amends are due. Kept as rows, one per fact, never rewritten.
 */
export interface JournalEntry {
  readonly seq: number;
  readonly node: string;
  readonly visit: number;
  readonly outcome: 'done' | 'failed';
  readonly output: Json;
  readonly amends: 'none' | 'due' | 'made' | 'skipped' | 'voided';
}
export type JournalOp =
  | { readonly op: 'add'; readonly entry: JournalEntry }
  | {
      readonly op: 'amend';
      readonly node: string;
      readonly visit: number;
      readonly amends: JournalEntry['amends'];
    };

/** Amends under way: everything from `fromSeq` on, newest first, then `after`. */
export interface Unwinding {
  readonly fromSeq: number;
  readonly reason: string;
  readonly after: { readonly go: string } | { readonly end: EndStatus; readonly output: Json };
}

export type EndStatus = 'completed' | 'compensated' | 'cancelled';
export type SagaStatus = 'running' | 'compensating' | EndStatus;

export interface SagaState {
  readonly sagaId: string;
  /** Content hash of the definition it stays on. */
  readonly hash: string;
  readonly correlationId: string;
  readonly input: Json;
  readonly startedMs: number;
  readonly seq: number;
  readonly status: SagaStatus;
  readonly positions: readonly Position[];
  readonly unwinding: Unwinding | null;
  readonly cancel: { readonly by: string; readonly reason: string } | null;
  /** Set when it ends. */
  readonly result: { readonly output: Json; readonly reason: string } | null;
  readonly journal: readonly JournalEntry[];
}

/** How an attempt ended, as the activity says. */
export type WorkResult =
  | { readonly outcome: 'succeeded'; readonly output: Json }
  | {
      readonly outcome: 'failed';
      readonly code: string;
      readonly reason: string;
      readonly retryable: boolean;
    }
  | { readonly outcome: 'refused'; readonly reason: string }
  | { readonly outcome: 'unknown'; readonly reason: string };

export type WorkAnswer =
  | { readonly outcome: 'done'; readonly output: Json }
  | { readonly outcome: 'running' }
  | { readonly outcome: 'not-done' | 'failed' | 'unknown'; readonly reason: string };

/** What happens to a saga. */
export type SagaEvent =
  | { readonly type: 'started' }
  | { readonly type: 'result'; readonly work: WorkRef; readonly result: WorkResult }
  | {
      readonly type: 'answered';
      readonly work: WorkRef;
      readonly query: number;
      readonly answer: WorkAnswer;
    }
  /** Something may be due. */
  | { readonly type: 'woken' }
  /** The process is new: whatever ran has lost its runner. */
  | { readonly type: 'recovered' }
  | {
      readonly type: 'signal';
      readonly signalId: string;
      readonly name: string;
      readonly payload: Json;
    }
  | {
      readonly type: 'task-decided';
      readonly taskId: string;
      readonly decision: string;
      readonly by: string;
      readonly note: string | null;
    }
  | { readonly type: 'cancel'; readonly by: string; readonly reason: string };

/** What must be done in the world, after the transition is on disk and never before. */
export type Intent =
  | {
      readonly do: 'run';
      readonly work: WorkRef;
      readonly activity: ActivityRef;
      readonly input: Json;
      readonly title: string;
      readonly sinceMs: number;
      readonly timeoutMs: number | null;
      readonly expiryMs: number;
    }
  | {
      readonly do: 'ask';
      readonly work: WorkRef;
      readonly query: number;
      readonly activity: ActivityRef;
      readonly input: Json;
      readonly title: string;
      readonly sinceMs: number;
      readonly timeoutMs: number | null;
      readonly expiryMs: number;
    }
  | { readonly do: 'abort'; readonly work: WorkRef }
  /** A signal may have come early. */
  | { readonly do: 'seek-signal'; readonly name: string };

export interface NewTask {
  readonly taskId: string;
  readonly node: string;
  readonly kind: string;
  readonly title: string;
  readonly text: string;
  readonly context: readonly { readonly label: string; readonly value: string }[];
  readonly decisions: readonly DecisionButton[];
  readonly dueMs: number | null;
}

/** Rows that belong to the transition, besides the saga's own. */
export type SagaRecord =
  | { readonly record: 'task-opened'; readonly task: NewTask }
  | {
      readonly record: 'task-closed';
      readonly taskId: string;
      readonly state: 'completed' | 'expired' | 'cancelled';
      readonly by: string | null;
      readonly decision: string | null;
      readonly note: string | null;
    }
  | { readonly record: 'signal-taken'; readonly signalId: string }
  | {
      readonly record: 'parked';
      readonly work: WorkRef;
      readonly taskId: string;
      readonly cause: DeadLetterCause;
      readonly reason: string;
    }
  | { readonly record: 'resumed'; readonly taskId: string; readonly by: string; readonly decision: string };

/** An event of the catalogue, without its envelope. */
export interface Outgoing {
  readonly event: EventDefinition;
  readonly subject: string;
  readonly data: unknown;
}

export interface Decision {
  /** The same object when nothing changed: then there is nothing to write. */
  readonly state: SagaState;
  readonly journal: readonly JournalOp[];
  readonly records: readonly SagaRecord[];
  readonly intents: readonly Intent[];
  readonly events: readonly Outgoing[];
}

export const hasEnded = (state: SagaState): boolean =>
  state.status !== 'running' && state.status !== 'compensating';

export function initialState(
  saga: Pick<SagaState, 'sagaId' | 'hash' | 'correlationId' | 'input' | 'startedMs'>,
): SagaState {
  return {
    ...saga,
    seq: 0,
    status: 'running',
    positions: [],
    unwinding: null,
    cancel: null,
    result: null,
    journal: [],
  };
}

/** Applies one journal operation; the way a saga is decided and the way it is loaded are the same. */
export function applyJournal(journal: readonly JournalEntry[], op: JournalOp): readonly JournalEntry[] {
  if (op.op === 'add') return [...journal, op.entry];
  return journal.map((entry) =>
    entry.node === op.node && entry.visit === op.visit ? { ...entry, amends: op.amends } : entry,
  );
}

/** When the saga must be looked at again, at the latest; null when only the world can move it. */
export function wakeAtMs(state: SagaState): number | null {
  let wake: number | null = null;
  for (const position of state.positions) {
    const due = dueMs(position);
    if (due !== null && (wake === null || due < wake)) wake = due;
  }
  return wake;
}

export function dueMs(position: Position): number | null {
  if (position.at !== 'work') return position.untilMs;
  const { phase } = position;
  if (phase.is === 'held') return null;
  return 'deadlineMs' in phase ? phase.deadlineMs : phase.untilMs;
}

/** Open task of the saga, if a person holds it up. */
export function openTaskId(state: SagaState): string | null {
  for (const position of state.positions) {
    if (position.at === 'task') return position.taskId;
    if (position.at === 'work' && position.phase.is === 'held') return position.phase.taskId;
  }
  return null;
}

/** Last output of a node that still stands: what was taken back does not count. */
export function lastEntry(state: Pick<SagaState, 'journal'>, node: string): JournalEntry | undefined {
  return state.journal.findLast(
    (entry) => entry.node === node && entry.amends !== 'made' && entry.amends !== 'skipped',
  );
}
