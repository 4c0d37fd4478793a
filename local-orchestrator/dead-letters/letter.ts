import type { DeadLetter, DeadLetterFilter, Redrive } from '#contracts/dead-letters.ts';
import type { ActivityRef, DeadLetterCause, Json } from '#contracts/sagas.ts';
import type { SqlParams, SqlRow } from '#contracts/store.ts';

export const letterOf = (row: SqlRow): DeadLetter => ({
  taskId: String(row.task_id),
  sagaId: String(row.saga_id),
  correlationId: String(row.correlation_id),
  definition: String(row.definition),
  step: String(row.node),
  title: String(row.title),
  role: row.role as DeadLetter['role'],
  cause: row.cause as DeadLetterCause,
  reason: String(row.reason),
  activity: String(row.activity),
  device: textOf(row.device),
  attempts: Number(row.attempts),
  input: jsonOf(row.input),
  openedAt: isoOf(Number(row.opened_ms)),
  closedAt: row.closed_ms == null ? null : isoOf(Number(row.closed_ms)),
  closedBy: textOf(row.closed_by),
  decision: textOf(row.decision),
  note: textOf(row.note),
  inputAfter: jsonOf(row.input_after),
  redriveId: textOf(row.redrive_id),
});

/** The activity of a letter, as far as its input is compared with it. */
export const activityOf = (row: SqlRow): Pick<ActivityRef, 'name' | 'via'> => ({
  name: String(row.activity).split('@')[0] ?? '',
  via: row.via as ActivityRef['via'],
});

export const redriveOf = (row: SqlRow): Redrive => {
  const [total, pending, done] = [Number(row.total), Number(row.pending), Number(row.done)];
  return {
    redriveId: String(row.redrive_id),
    by: String(row.by),
    reason: String(row.reason),
    filter: JSON.parse(String(row.filter)) as DeadLetterFilter,
    state: row.state as Redrive['state'],
    startedAt: isoOf(Number(row.started_ms)),
    endedAt: row.ended_ms == null ? null : isoOf(Number(row.ended_ms)),
    total,
    pending,
    done,
    left: total - pending - done,
  };
};

export const filterParams = (filter: DeadLetterFilter): SqlParams => ({
  cause: filter.cause ?? null,
  definition: filter.definition ?? null,
  step: filter.step ?? null,
  device: filter.device ?? null,
  fromMs: filter.from === undefined ? 0 : Date.parse(filter.from),
  toMs: filter.to === undefined ? Number.MAX_SAFE_INTEGER : Date.parse(filter.to),
});

export const textOf = (value: SqlRow[string] | undefined): string | null =>
  value === null || value === undefined ? null : String(value);
const jsonOf = (value: SqlRow[string] | undefined): Json =>
  value === null || value === undefined ? null : (JSON.parse(String(value)) as Json);
const isoOf = (ms: number): string => new Date(ms).toISOString();
