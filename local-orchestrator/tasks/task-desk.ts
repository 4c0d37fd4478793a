import type { Task } from '#contracts/api.ts';
import type { Clock } from '#contracts/clock.ts';
import { ApplianceError, isApplianceError } from '#contracts/errors.ts';
import { createEvent } from '#contracts/events/envelope.ts';
import { taskChanged } from '#contracts/events/task.ts';
import type { SqlRow, Store } from '#contracts/store.ts';
import type { NewTask } from '../decide/state.ts';
import type { Change } from '../engine/engine.ts';
import type { Outcome } from '../engine/instances.ts';

export interface TaskDesk {
  open(): Promise<void>;
  /** Open tasks, oldest first. */
  tasks(): readonly Task[];
  get(taskId: string): Promise<Task | undefined>;
  /** Errors: SAGA_TASK_NOT_FOUND, SAGA_TASK_TAKEN. */
  claim(taskId: string, user: string): Promise<Task>;
  /** Errors: SAGA_TASK_NOT_FOUND, SAGA_TASK_TAKEN, SAGA_TASK_DECISION. */
  decide(taskId: string, user: string, decision: string, note?: string): Promise<Task>;
  onChanged(listener: (task: Task) => void): () => void;
  /** Told of each committed transition. */
  committed(change: Change): void;
}

type DecideEvent = { taskId: string; decision: string; by: string; note: string | null };

/** Open tasks held in memory for the screens; more than this and the floor has another problem. */
const OPEN_COUNT_MAX = 100_000;

export function createTaskDesk(parts: {
  store: Store;
  clock: Clock;
  site: string;
  /** Hands a decision to the saga; resolves when it is on disk. */
  decide: (sagaId: string, event: DecideEvent) => Promise<Outcome>;
}): TaskDesk {
  const { store, clock, site } = parts;
  const open = new Map<string, Task>();
  const listeners = new Set<(task: Task) => void>();

  const tell = (task: Task) => {
    for (const listener of listeners) listener(task);
  };
  const put = (task: Task) => {
    if (isOpen(task)) open.set(task.taskId, task);
    else open.delete(task.taskId);
    tell(task);
  };
  const get = async (taskId: string): Promise<Task | undefined> => {
    const known = open.get(taskId);
    if (known !== undefined) return known;
    const [row] = await store.query('task.one', { taskId });
    return row === undefined ? undefined : taskOf(row);
  };
  const openTask = async (taskId: string): Promise<Task> => {
    const task = await get(taskId);
    if (task === undefined || !isOpen(task)) throw new ApplianceError('SAGA_TASK_NOT_FOUND', { taskId });
    return task;
  };
  /** Who was faster, from the row as it is now. */
  const taken = async (taskId: string): Promise<never> => {
    const [row] = await store.query('task.one', { taskId });
    const by = row?.claimed_by ?? null;
    if (row === undefined || by === null || row.state !== 'claimed') {
      throw new ApplianceError('SAGA_TASK_NOT_FOUND', { taskId });
    }
    throw new ApplianceError('SAGA_TASK_TAKEN', { taskId, by: String(by) });
  };

  return {
    async open() {
      for (const row of await store.query('task.open', { countMax: OPEN_COUNT_MAX })) {
        const task = taskOf(row);
        open.set(task.taskId, task);
      }
    },
    tasks: () => [...open.values()],
    get,
    async claim(taskId, user) {
      const task = await openTask(taskId);
      if (task.claimedBy === user) return task;
      const nowMs = clock.nowMs();
      const correlationId = task.orderId ?? task.sagaId;
      const data = { taskId, sagaId: task.sagaId, kind: task.kind, state: 'claimed' as const, by: user };
      const context = { site, component: 'orchestrator', nowMs, correlationId };
      try {
        await store.commit(
          [
            { op: 'run', statement: 'task.claim', params: { taskId, by: user, nowMs }, changes: 1 },
            { op: 'append', event: createEvent(taskChanged, taskId, data, context, correlationId) },
          ],
          { reserve: true },
        );
      } catch (error) {
        if (isApplianceError(error, 'STORE_CONFLICT')) return taken(taskId);
        throw error;
      }
      const claimed: Task = { ...task, state: 'claimed', claimedBy: user };
      // A decision may have been committed meanwhile; then it stays closed.
      if (open.has(taskId)) put(claimed);
      return claimed;
    },
    async decide(taskId, user, decision, note) {
      const task = await openTask(taskId);
      if (task.claimedBy !== null && task.claimedBy !== user) {
        throw new ApplianceError('SAGA_TASK_TAKEN', { taskId, by: task.claimedBy });
      }
      refuseDecision(task, decision, note);
      const event = { taskId, decision, by: user, note: note?.trim() || null };
      const outcome = await parts.decide(task.sagaId, event);
      if (outcome === 'conflict') return taken(taskId);
      if (outcome !== 'changed') throw new ApplianceError('SAGA_TASK_NOT_FOUND', { taskId });
      return { ...task, state: 'completed', decidedBy: user, decision };
    },
    onChanged(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    committed({ decision, atMs }) {
      for (const record of decision.records) {
        if (record.record === 'task-opened') {
          put(newTask(record.task, decision.state.sagaId, decision.state.correlationId, atMs));
        }
        const task = record.record === 'task-closed' ? open.get(record.taskId) : undefined;
        if (record.record !== 'task-closed' || task === undefined) continue;
        put({ ...task, state: record.state, decidedBy: record.by, decision: record.decision });
      }
    },
  };
}

function refuseDecision(task: Task, decision: string, note: string | undefined): void {
  const { taskId } = task;
  const chosen = task.decisions.find((one) => one.id === decision);
  const decisions = task.decisions.map((one) => one.id).join(', ');
  const refuse = (problem: string) =>
    new ApplianceError('SAGA_TASK_DECISION', { taskId, decision, problem, decisions });
  if (chosen === undefined) throw refuse('there is no such button');
  if (chosen.needsNote && (note ?? '').trim() === '') throw refuse('it needs a note that says why');
}

export const isOpen = (task: Pick<Task, 'state'>): boolean =>
  task.state === 'created' ||
  task.state === 'offered' ||
  task.state === 'claimed' ||
  task.state === 'started';

const newTask = (task: NewTask, sagaId: string, correlationId: string, atMs: number): Task => ({
  taskId: task.taskId,
  sagaId,
  orderId: orderIdOf(sagaId, correlationId),
  kind: task.kind,
  title: task.title,
  text: task.text,
  state: 'offered',
  decisions: [...task.decisions],
  context: [...task.context],
  claimedBy: null,
  createdAt: iso(atMs),
  dueAt: task.dueMs === null ? null : iso(task.dueMs),
  decidedBy: null,
  decision: null,
});

export const taskOf = (row: SqlRow): Task => ({
  taskId: String(row.task_id),
  sagaId: String(row.saga_id),
  orderId: orderIdOf(String(row.saga_id), String(row.correlation_id)),
  kind: String(row.kind),
  title: String(row.title),
  text: String(row.text),
  state: row.state as Task['state'],
  decisions: JSON.parse(String(row.decisions)),
  context: JSON.parse(String(row.context)),
  claimedBy: textOf(row.claimed_by),
  createdAt: iso(Number(row.created_ms)),
  dueAt: row.due_ms === null ? null : iso(Number(row.due_ms)),
  decidedBy: textOf(row.decided_by),
  decision: textOf(row.decision),
});

/** The sagas of orders are called after them. */
const orderIdOf = (sagaId: string, correlationId: string) =>
  sagaId === `pick-order:${correlationId}` ? correlationId : null;
const textOf = (value: SqlRow[string] | undefined): string | null =>
  value === null || value === undefined ? null : String(value);
const iso = (ms: number): string => new Date(ms).toISOString();
