import type { StoreOp } from '#contracts/store.ts';
import type { SagaRecord, SagaState } from '../decide/state.ts';

/** The rows of a transition besides the saga's own: tasks, dead letters, signals that were taken. */
export function recordOps(state: SagaState, records: readonly SagaRecord[], nowMs: number): StoreOp[] {
  return records.map((record) => recordOp(state, record, nowMs));
}

function recordOp(state: SagaState, record: SagaRecord, nowMs: number): StoreOp {
  const { sagaId, correlationId } = state;
  switch (record.record) {
    case 'task-opened': {
      const { taskId, node, kind, title, text, dueMs } = record.task;
      const decisions = JSON.stringify(record.task.decisions);
      const context = JSON.stringify(record.task.context);
      const params = {
        taskId,
        sagaId,
        correlationId,
        node,
        kind,
        title,
        text,
        decisions,
        context,
        dueMs,
        nowMs,
      };
      return { op: 'run', statement: 'task.open', params, changes: 1 };
    }
    case 'task-closed': {
      const { taskId, state: end, by, decision, note } = record;
      // By a person: only if it is open and with nobody else. By the saga itself: in any case.
      return by === null
        ? { op: 'run', statement: 'task.close', params: { taskId, state: end, nowMs } }
        : { op: 'run', statement: 'task.decide', params: { taskId, by, decision, note, nowMs }, changes: 1 };
    }
    case 'signal-taken': {
      const params = { sagaId, signalId: record.signalId, nowMs };
      return { op: 'run', statement: 'saga.takeSignal', params, changes: 1 };
    }
    case 'parked': {
      const { taskId, cause, reason } = record;
      const { node, visit, role } = record.work;
      return {
        op: 'run',
        statement: 'saga.park',
        params: { taskId, sagaId, node, visit, role, cause, reason, nowMs },
        changes: 1,
      };
    }
    case 'resumed': {
      const { taskId, by, decision } = record;
      return { op: 'run', statement: 'saga.resume', params: { taskId, by, decision, nowMs }, changes: 1 };
    }
  }
}
