import type { DeadLetterCause, Json } from '#contracts/sagas.ts';
import type { EndStatus, SagaEvent } from './events.ts';
import type { WorkRef } from './work-ref.ts';

export type WorkPhase =
  /** It waits for its turn at a limit; nothing has been dispatched. */
  | { readonly is: 'queued' }
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
  readonly lane: Lane;
  /** Attempts that count against the retry policy; a refusal does not. */
  readonly burned: number;
  /** Attempts of which it is certain that nothing was done: without any other, no amends are due. */
  readonly refusals: number;
  readonly refusedSinceMs: number | null;
  /** Questions put so far; an answer to an older one counts for nothing. */
  readonly queries: number;
  /** When this attempt was dispatched; with the step's times it gives the command's expiry. */
  readonly sinceMs: number;
  /** When the first attempt was; the total budget counts from there. */
  readonly firstMs: number;
  /** Attempts up to this one were looked at by a person, who said that what was in doubt was not done. */
  readonly settled?: number;
  /** Input that a person put in place of the computed one. */
  readonly edited?: Json;
  readonly phase: WorkPhase;
}

/**
 * Names a way of a group. The saga itself is `''`; a way is its parent's lane plus `/<node>.<visit>.<way>`, where
 * `<way>` is the id of a parallel way or the index of an item; a pass of a loop is `/<node>.<visit>#<pass>`.
 */
export type Lane = string;

/** A node that waits for the world. */
interface Waiting {
  readonly node: string;
  readonly visit: number;
  readonly lane: Lane;
}

/** Where a saga is: one position for each thread of control. `node` and `visit` are unique among all lanes. */
export type Position =
  | WorkPosition
  | (Waiting & { readonly at: 'timer'; readonly untilMs: number })
  | (Waiting & { readonly at: 'signal'; readonly untilMs: number | null })
  | (Waiting & { readonly at: 'task'; readonly taskId: string; readonly untilMs: number | null })
  | (Waiting & { readonly at: 'child'; readonly childId: string; readonly untilMs: number | null })
  /** What happened could not be decided; a person says whether it is tried again. */
  | (Waiting & {
      readonly at: 'fault';
      readonly taskId: string;
      readonly untilMs: null;
      readonly event: SagaEvent;
    });

export type LaneOutcome = 'completed' | 'failed' | 'cancelled';

/** A group under way: a parallel, an each or a loop. What it was given and what its ways made is in the journal. */
export interface Group {
  readonly node: string;
  readonly visit: number;
  /** The lane that it is in; its ways are lanes below. */
  readonly lane: Lane;
  /** Ways or items in all; for a loop its passes so far. */
  readonly total: number;
  /** Ways begun so far. */
  readonly begun: number;
  readonly completed: number;
  readonly failed: number;
  readonly cancelled: number;
}

/**
 * One completed or finally failed node, in the order of completion. It holds the output that later nodes refer
 * to, and whether amends are due. Kept as rows, one per fact, never rewritten.
 */
export interface JournalEntry {
  /** Its number in the journal, from 1: several entries of one transition are told apart by it. */
  readonly seq: number;
  readonly node: string;
  readonly visit: number;
  readonly lane: Lane;
  /** `opened`: a group has begun, or a person is asked after a model; the output is what was given to them. */
  readonly outcome: 'done' | 'failed' | 'opened';
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

/**
 * Amends under way: everything in `lane` and below from `fromSeq` on, then `after`. First whatever still runs
 * there is stopped and its outcome awaited. Newest first; ways of a parallel or an each side by side.
 */
export interface Unwinding {
  readonly lane: Lane;
  readonly fromSeq: number;
  readonly reason: string;
  readonly after:
    | { readonly go: string }
    /** The node has failed, and a person is asked whether to try it again. */
    | { readonly park: string; readonly visit: number }
    /** The way has failed or is no longer wanted; its group decides what that means. */
    | { readonly leave: LaneOutcome; readonly code: string }
    | { readonly end: EndStatus; readonly output: Json };
}

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
  readonly groups: readonly Group[];
  /** No two in the same lane; one for a lane takes over those below it. */
  readonly unwindings: readonly Unwinding[];
  readonly cancel: { readonly by: string; readonly reason: string } | null;
  /** Set when it ends. */
  readonly result: { readonly output: Json; readonly reason: string } | null;
  readonly journal: readonly JournalEntry[];
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
    groups: [],
    unwindings: [],
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
  if (phase.is === 'held' || phase.is === 'queued') return null;
  return 'deadlineMs' in phase ? phase.deadlineMs : phase.untilMs;
}

/** Open task of the saga, if a person holds it up. */
export function openTaskId(state: SagaState): string | null {
  for (const position of state.positions) {
    if (position.at === 'task' || position.at === 'fault') return position.taskId;
    if (position.at === 'work' && position.phase.is === 'held') return position.phase.taskId;
  }
  return null;
}

/** What was taken back does not count. */
export const stands = ({ amends }: JournalEntry): boolean => amends !== 'made' && amends !== 'skipped';

/** Last outcome of a node that still stands. */
export const lastEntry = (state: Pick<SagaState, 'journal'>, node: string): JournalEntry | undefined =>
  state.journal.findLast((entry) => entry.node === node && entry.outcome !== 'opened' && stands(entry));
