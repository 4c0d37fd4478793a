import type { Task } from '#contracts/api.ts';
import type { SqlRow } from '#contracts/store.ts';
import type { TaskDetail } from '#contracts/tasks-api.ts';
import type { NewTask } from '../decide/decision.ts';

export type TaskState = Task['state'];
type ContextLine = NewTask['context'][number];

/** A task as it is on disk. A change is a new sheet with the next revision. */
export interface TaskSheet
  extends Pick<
    NewTask,
    | 'taskId'
    | 'node'
    | 'kind'
    | 'title'
    | 'text'
    | 'context'
    | 'decisions'
    | 'dueMs'
    | 'people'
    | 'suggestion'
  > {
  readonly sagaId: string;
  readonly correlationId: string;
  readonly createdMs: number;
  readonly state: TaskState;
  readonly revision: number;
  /** Context of the site, frozen when it was first offered; null before. */
  readonly collected: readonly ContextLine[] | null;
  /** Who may take it; null: anybody. */
  readonly role: string | null;
  /** The one person it is offered to. */
  readonly assignee: string | null;
  readonly claimedBy: string | null;
  /** When it was first offered: escalation counts from there. */
  readonly offeredMs: number | null;
  /** Whoever has it, or should take it, has so long to show it; null: as long as it takes. */
  readonly answerMs: number | null;
  /** Levels of escalation that have been passed. */
  readonly level: number;
  readonly overdue: boolean;
  /** Who gave it back, declined it or did not answer; from the audit. */
  readonly passed: readonly string[];
}

/** What a task is for that says nothing of it. */
export const DEFAULT_ROLE = 'operator';

export function newSheet(task: NewTask, sagaId: string, correlationId: string, nowMs: number): TaskSheet {
  return {
    ...task,
    sagaId,
    correlationId,
    createdMs: nowMs,
    state: 'created',
    revision: 1,
    collected: null,
    role: task.people.role ?? DEFAULT_ROLE,
    assignee: null,
    claimedBy: null,
    offeredMs: null,
    answerMs: null,
    level: 0,
    overdue: false,
    passed: [],
  };
}

export const sheetOf = (row: SqlRow, passed: readonly string[] = []): TaskSheet => ({
  taskId: String(row.task_id),
  sagaId: String(row.saga_id),
  correlationId: String(row.correlation_id),
  node: String(row.node),
  kind: String(row.kind),
  title: String(row.title),
  text: String(row.text),
  decisions: JSON.parse(String(row.decisions)),
  context: JSON.parse(String(row.context)),
  people: JSON.parse(String(row.people)),
  suggestion: jsonOf(row.suggestion) as TaskSheet['suggestion'],
  createdMs: Number(row.created_ms),
  dueMs: numberOf(row.due_ms),
  state: row.state as TaskState,
  revision: Number(row.revision),
  collected: jsonOf(row.collected) as TaskSheet['collected'],
  role: textOf(row.role),
  assignee: textOf(row.assignee),
  claimedBy: textOf(row.claimed_by),
  offeredMs: numberOf(row.offered_ms),
  answerMs: numberOf(row.answer_ms),
  level: Number(row.level),
  overdue: row.overdue === 1,
  passed,
});

const openStates: readonly TaskState[] = ['created', 'offered', 'claimed', 'started', 'declined'];

/** Also when everybody has declined it: its saga waits for an answer. */
export const isOpen = ({ state }: Pick<Task, 'state'>): boolean => openStates.includes(state);

/** As people see it, with how it ended if it has. `aheadMs`: of wall time before the steady one. */
export function taskOf(
  sheet: TaskSheet,
  aheadMs: number,
  end?: { by: string | null; decision: string | null },
): Task {
  const { people } = sheet;
  return {
    taskId: sheet.taskId,
    sagaId: sheet.sagaId,
    orderId: orderOf(sheet),
    kind: sheet.kind,
    title: sheet.title,
    text: sheet.text,
    state: sheet.state,
    decisions: [...sheet.decisions],
    context: [...sheet.context, ...(sheet.collected ?? [])],
    role: sheet.role,
    assignee: sheet.assignee,
    respondBy: isoOf(sheet.answerMs, aheadMs),
    level: sheet.level,
    form: people.form ?? null,
    suggestion: sheet.suggestion,
    image: typeof people.image === 'string' ? people.image : null,
    claimedBy: sheet.claimedBy,
    createdAt: iso(sheet.createdMs),
    dueAt: isoOf(sheet.dueMs, aheadMs),
    decidedBy: end?.by ?? null,
    decision: end?.decision ?? null,
  };
}

/** The sagas of orders are called after them. */
export const orderOf = ({ sagaId, correlationId }: TaskSheet): string | null =>
  sagaId === `pick-order:${correlationId}` ? correlationId : null;

export const endOf = (row: SqlRow) => ({ by: textOf(row.decided_by), decision: textOf(row.decision) });

export function detailOf(
  row: SqlRow,
  audit: readonly SqlRow[],
  aheadMs: number,
  coming: (sheet: TaskSheet, aheadMs: number) => TaskDetail['coming'],
): TaskDetail {
  const sheet = sheetOf(row);
  return {
    ...taskOf(sheet, aheadMs, endOf(row)),
    note: textOf(row.note),
    answers: jsonOf(row.answers),
    audit: audit.map((entry) => ({
      at: iso(Number(entry.at_ms)),
      change: entry.change as TaskDetail['audit'][number]['change'],
      state: entry.state as TaskState,
      by: textOf(entry.by),
      user: textOf(entry.user),
      role: textOf(entry.role),
      note: textOf(entry.note),
    })),
    coming: coming(sheet, aheadMs),
  };
}

const textOf = (value: SqlRow[string] | undefined): string | null =>
  value === null || value === undefined ? null : String(value);
const numberOf = (value: SqlRow[string] | undefined): number | null =>
  value === null || value === undefined ? null : Number(value);
const jsonOf = (value: SqlRow[string] | undefined): unknown =>
  value === null || value === undefined ? null : JSON.parse(String(value));
const iso = (ms: number): string => new Date(ms).toISOString();
const isoOf = (steadyMs: number | null, aheadMs: number): string | null =>
  steadyMs === null ? null : iso(steadyMs + aheadMs);
