import { createEvent } from '#contracts/events/envelope.ts';
import { taskChanged } from '#contracts/events/task.ts';
import type { Json } from '#contracts/sagas.ts';
import type { StoreOp } from '#contracts/store.ts';
import type { SagaRecord } from '../decide/decision.ts';
import type { SagaState } from '../decide/state.ts';
import { AT_ONCE_MS, nextDue } from './deadlines.ts';
import { newSheet, type TaskSheet } from './task-sheet.ts';
import type { TaskStep, Trace } from './task-step.ts';

type Opened = Extract<SagaRecord, { record: 'task-opened' }>;
type Closed = Extract<SagaRecord, { record: 'task-closed' }>;

/** The rows of a task that a saga opens. Its event comes from the saga, in the same transaction. */
export function openTaskOps(state: SagaState, { task }: Opened, nowMs: number): StoreOp[] {
  const { taskId, node, kind, title, text, dueMs } = task;
  const { sagaId, correlationId } = state;
  const { role } = newSheet(task, sagaId, correlationId, nowMs);
  const params = {
    taskId,
    sagaId,
    correlationId,
    node,
    kind,
    title,
    text,
    decisions: JSON.stringify(task.decisions),
    context: JSON.stringify(task.context),
    people: JSON.stringify(task.people),
    suggestion: task.suggestion === null ? null : JSON.stringify(task.suggestion),
    role,
    dueMs,
    nextMs: AT_ONCE_MS,
    nowMs,
  };
  const trace = { change: 'created', state: 'created', by: null, user: null, note: null } as const;
  return [{ op: 'run', statement: 'task.open', params, changes: 1 }, auditOp(taskId, role, trace, nowMs)];
}

/** The rows of a task that has come to its end by a decision or by its saga; the event, as above. */
export function closeTaskOps(closed: Closed, answers: Json | undefined, nowMs: number): StoreOp[] {
  const { taskId, state, by, decision, note } = closed;
  const trace = {
    change: state,
    state,
    by,
    user: by,
    note: decision === null ? note : noted(decision, note),
  };
  const audit = auditOp(taskId, null, trace, nowMs);
  // By the saga itself: in any case. By a person: only if it is open and with nobody else.
  if (by === null) return [{ op: 'run', statement: 'task.close', params: { taskId, state, nowMs } }, audit];
  const params = {
    taskId,
    by,
    decision,
    note,
    answers: answers === undefined ? null : JSON.stringify(answers),
    nowMs,
  };
  return [{ op: 'run', statement: 'task.decide', params, changes: 1 }, audit];
}

const noted = (decision: string, note: string | null) => (note === null ? decision : `${decision}: ${note}`);

/** One step of the desk: the row by compare-and-set, its audit, its events. */
export function stepOps(before: TaskSheet, step: TaskStep, site: string, nowMs: number): StoreOp[] {
  const { sheet, traces, turn } = step;
  const { taskId, role } = sheet;
  return [
    changeOp(before, sheet, nowMs),
    ...traces.flatMap((trace): StoreOp[] => [
      auditOp(taskId, role, trace, nowMs),
      { op: 'append', event: eventOf(sheet, trace, site, nowMs) },
    ]),
    ...(turn === null ? [] : [{ op: 'run', statement: 'task.turn', params: turn } as const]),
  ];
}

export function changeOp(before: TaskSheet, after: TaskSheet, nowMs: number): StoreOp {
  const { taskId, revision } = before;
  const { state, role, assignee, claimedBy, offeredMs, answerMs, level } = after;
  const params = {
    taskId,
    revision,
    state,
    collected: after.collected === null ? null : JSON.stringify(after.collected),
    role,
    assignee,
    claimedBy,
    offeredMs,
    answerMs,
    level,
    overdue: after.overdue ? 1 : 0,
    nextMs: nextDue(after)?.atMs ?? null,
    nowMs,
  };
  return { op: 'run', statement: 'task.change', params, changes: 1 };
}

function auditOp(taskId: string, role: string | null, trace: Trace, nowMs: number): StoreOp {
  return { op: 'run', statement: 'task.audit', params: { taskId, role, nowMs, ...trace } };
}

function eventOf(sheet: TaskSheet, trace: Trace, site: string, nowMs: number) {
  const { taskId, sagaId, correlationId, kind, role, level } = sheet;
  const { change, state, by, user, note } = trace;
  const data = {
    taskId,
    sagaId,
    kind,
    state,
    change,
    level,
    ...(by === null ? {} : { by }),
    ...(user === null ? {} : { user }),
    ...(role === null ? {} : { role }),
    ...(note === null ? {} : { note }),
  };
  const context = { site, component: 'orchestrator', nowMs, correlationId };
  return createEvent(taskChanged, taskId, data, context, correlationId);
}
