import type { StoreOp } from '#contracts/store.ts';
import type { SagaRecord } from '../decide/decision.ts';
import type { RecordedEvent } from '../decide/events.ts';
import type { SagaState } from '../decide/state.ts';
import { closeTaskOps, openTaskOps } from '../tasks/task-ops.ts';

/** The rows of a transition besides the saga's own: tasks, signals that were taken. */
export function recordOps(
  state: SagaState,
  records: readonly SagaRecord[],
  event: RecordedEvent,
  nowMs: number,
): StoreOp[] {
  return records.flatMap((record) => opsOf(state, record, event, nowMs));
}

function opsOf(state: SagaState, record: SagaRecord, event: RecordedEvent, nowMs: number): StoreOp[] {
  const { sagaId } = state;
  switch (record.record) {
    case 'task-opened':
      return openTaskOps(state, record, nowMs);
    case 'task-closed':
      return closeTaskOps(record, event.type === 'task-decided' ? event.form : undefined, nowMs);
    case 'signal-taken': {
      const params = { sagaId, signalId: record.signalId, nowMs };
      return [{ op: 'run', statement: 'saga.takeSignal', params, changes: 1 }];
    }
    case 'parked':
    case 'resumed':
      return []; // the desk of dead letters writes them, with what was tried
  }
}
