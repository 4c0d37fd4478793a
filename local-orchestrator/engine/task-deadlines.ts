import type { Decision, NewTask } from '../decide/decision.ts';

/** How long a person has for a task that names no time of its own, in ms; null: as long as it takes. */
export type DueAfter = (task: NewTask) => number | null;

/** Gives tasks without a time the one that the site has for their kind, before they are written and shown. */
export function withDeadlines(decision: Decision, nowMs: number, dueAfterMs: DueAfter): Decision {
  if (!decision.records.some((record) => record.record === 'task-opened')) return decision;
  const records = decision.records.map((record) => {
    if (record.record !== 'task-opened' || record.task.dueMs !== null) return record;
    const afterMs = dueAfterMs(record.task);
    return afterMs === null ? record : { ...record, task: { ...record.task, dueMs: nowMs + afterMs } };
  });
  return { ...decision, records };
}
