import { signal } from '@preact/signals';
import type { Task } from '#contracts/api.ts';
import { post } from '../data/http.ts';
import { type Failure, isConflict, isMissing } from '../data/problem.ts';
import { repeatKeys } from '../data/repeat-key.ts';
import { toFailure } from '../data/session.ts';

/** What became of a decision that was made on this screen. The task is kept: the feed drops it when decided. */
export type Decided =
  | { state: 'sending'; task: Task; label: string }
  | { state: 'confirmed'; task: Task; label: string }
  | { state: 'conflict'; task: Task; label: string; failure: Failure }
  | { state: 'failed'; task: Task; label: string; failure: Failure };

/** A confirmed decision stays in sight for so long, as the answer to the press. */
const CONFIRMED_MS = 5_000;

export const decided = signal<ReadonlyMap<string, Decided>>(new Map());

const keep = (row: Decided): void => {
  decided.value = new Map(decided.value).set(row.task.taskId, row);
};

/** Per task, until it is settled: a second press after a lost answer must not look like somebody else's. */
const repeats = new Map<string, (body: unknown) => string>();

function keyOf(taskId: string, body: unknown): string {
  const keys = repeats.get(taskId) ?? repeatKeys();
  repeats.set(taskId, keys);
  return keys(body);
}

export function forget(taskId: string): void {
  const rest = new Map(decided.value);
  rest.delete(taskId);
  decided.value = rest;
}

export async function decide(task: Task, decision: Task['decisions'][number], note: string): Promise<void> {
  const { label } = decision;
  keep({ state: 'sending', task, label });
  try {
    const body = { decision: decision.id, ...(note === '' ? {} : { note }) };
    const idempotencyKey = keyOf(task.taskId, body);
    await post(`/tasks/${encodeURIComponent(task.taskId)}/decide`, body, { idempotencyKey });
    repeats.delete(task.taskId);
    keep({ state: 'confirmed', task, label });
    setTimeout(() => forget(task.taskId), CONFIRMED_MS);
  } catch (error) {
    const failure = toFailure(error);
    const taken = isConflict(failure) || isMissing(failure);
    if (taken) repeats.delete(task.taskId);
    keep({ state: taken ? 'conflict' : 'failed', task, label, failure });
  }
}

export const claim = (task: Task): Promise<unknown> =>
  post(`/tasks/${encodeURIComponent(task.taskId)}/claim`);
