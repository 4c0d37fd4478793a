import type { EventDefinition } from '#contracts/events/envelope.ts';
import type {
  ActivityRef,
  DeadLetterCause,
  DecisionButton,
  Json,
  StepLimit,
  TaskPeople,
} from '#contracts/sagas.ts';

/** `action` is the step itself, `compensation` the amends for it. */
export type Role = 'action' | 'compensation';

/** Names one attempt at one work of one saga. Two attempts never share it. */
export interface WorkRef {
  readonly node: string;
  readonly visit: number;
  readonly role: Role;
  readonly attempt: number;
}

export const isSame = (one: WorkRef, other: WorkRef): boolean =>
  one.node === other.node &&
  one.visit === other.visit &&
  one.role === other.role &&
  one.attempt === other.attempt;

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
  readonly groups: readonly Group[];
  /** No two in the same lane; one for a lane takes over those below it. */
  readonly unwindings: readonly Unwinding[];
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
      /** It is certain that nothing was done, such as for a command that never left the gate. */
      readonly untouched?: true;
    }
  /** Nothing was done. `code` may have a failure route, such as CIRCUIT_OPEN; without one it is waited for. */
  | {
      readonly outcome: 'refused';
      readonly reason: string;
      readonly code?: string;
      readonly retryAtMs?: number;
    }
  | { readonly outcome: 'unknown'; readonly reason: string };

export type WorkAnswer =
  | { readonly outcome: 'done'; readonly output: Json }
  | { readonly outcome: 'running' }
  | { readonly outcome: 'not-done' | 'failed' | 'unknown'; readonly reason: string };

export interface Waited {
  readonly work: WorkRef;
  /** When it got its place; null while it has none. */
  readonly beganMs: number | null;
}

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
  /** Its turn at a limit has come. */
  | { readonly type: 'granted'; readonly work: Omit<WorkRef, 'attempt'> }
  /** The attempt has not been heard of for longer than its heartbeat allows. */
  | { readonly type: 'silent'; readonly work: WorkRef }
  | {
      readonly type: 'child-ended';
      readonly childId: string;
      readonly status: EndStatus | 'missing';
      readonly output: Json;
      readonly reason: string;
    }
  /** Something may be due. `waited`: attempts that had to wait for a place at their activity. */
  | { readonly type: 'woken'; readonly waited?: readonly Waited[] }
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
      /** Answers of the task's form. */
      readonly form?: Json;
      /** For work that is tried again: input in place of the computed one. */
      readonly input?: Json;
    }
  | { readonly type: 'cancel'; readonly by: string; readonly reason: string };

/** To decide an event was not possible: a fault of this program, or a definition that slipped its check. */
export interface Faulted {
  readonly type: 'faulted';
  readonly event: SagaEvent;
  readonly reason: string;
}
/** What the history of a saga consists of. */
export type RecordedEvent = SagaEvent | Faulted;

/** What must be done in the world, after the transition is on disk and never before. */
export type Intent =
  | {
      readonly do: 'run';
      readonly work: WorkRef;
      readonly settled: number;
      readonly activity: ActivityRef;
      readonly input: Json;
      readonly title: string;
      readonly sinceMs: number;
      readonly timeoutMs: number | null;
      readonly expiryMs: number;
      readonly heartbeatMs: number | null;
    }
  | {
      readonly do: 'ask';
      readonly work: WorkRef;
      readonly settled: number;
      readonly query: number;
      readonly activity: ActivityRef;
      readonly input: Json;
      readonly title: string;
      readonly sinceMs: number;
      readonly timeoutMs: number | null;
      readonly expiryMs: number;
    }
  | { readonly do: 'abort'; readonly work: WorkRef }
  /** Ask for a turn at these limits; `granted` comes when all of them have room. */
  | {
      readonly do: 'queue';
      readonly work: Omit<WorkRef, 'attempt'>;
      readonly limits: readonly (Omit<StepLimit, 'key'> & { readonly key: string })[];
      /** It had its turn before the crash and runs: it has it again at once, whatever the limits say. */
      readonly taken: boolean;
    }
  /** Give up the place in the queue, or the turn. */
  | { readonly do: 'unqueue'; readonly work: Omit<WorkRef, 'attempt'> }
  /** Idempotent by its id: a child that has ended answers at once. */
  | { readonly do: 'start-child'; readonly childId: string; readonly saga: string; readonly input: Json }
  | { readonly do: 'cancel-child'; readonly childId: string; readonly reason: string }
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
  /** With its expressions computed. */
  readonly people: TaskPeople;
  /** What a model proposed, if one did. */
  readonly suggestion: { readonly decision: string; readonly score: number; readonly by: string } | null;
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
  | {
      readonly record: 'resumed';
      readonly taskId: string;
      readonly by: string;
      readonly decision: string;
      /** What a person put in place of the computed input. */
      readonly input?: Json;
    };

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
