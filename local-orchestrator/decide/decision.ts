import type { EventDefinition } from '#contracts/events/envelope.ts';
import type {
  ActivityRef,
  DeadLetterCause,
  DecisionButton,
  Json,
  StepLimit,
  TaskPeople,
} from '#contracts/sagas.ts';
import type { JournalOp, SagaState } from './state.ts';
import type { WorkRef } from './work-ref.ts';

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
