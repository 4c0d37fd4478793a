import type { Json } from '#contracts/sagas.ts';
import type { WorkRef } from './work-ref.ts';

export type EndStatus = 'completed' | 'compensated' | 'cancelled';

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
