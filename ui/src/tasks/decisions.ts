import { signal } from '@preact/signals';
import type { Task } from '#contracts/api.ts';
import type { Json } from '#contracts/sagas.ts';
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

/** Per thing done, until it is settled: a second press after a lost answer must not look like somebody else's. */
const repeats = new Map<string, (body: unknown) => string>();

function keyOf(one: string, body: unknown): string {
  const keys = repeats.get(one) ?? repeatKeys();
  repeats.set(one, keys);
  return keys(body);
}

export function forget(taskId: string): void {
  const rest = new Map(decided.value);
  rest.delete(taskId);
  decided.value = rest;
}

/** What goes with a decision. */
export interface Answer {
  readonly note?: string;
  /** What was filled into the form of the task. */
  readonly form?: Json;
}

/** The failure when it was not decided and can be tried again; null when it is settled one way or the other. */
export async function decide(
  task: Task,
  decision: Task['decisions'][number],
  { note = '', form }: Answer = {},
): Promise<Failure | null> {
  const { label } = decision;
  keep({ state: 'sending', task, label });
  try {
    const body = {
      decision: decision.id,
      ...(note === '' ? {} : { note }),
      ...(form === undefined ? {} : { form }),
    };
    const idempotencyKey = keyOf(task.taskId, body);
    await post(`${pathOf(task)}/decide`, body, { idempotencyKey });
    repeats.delete(task.taskId);
    keep({ state: 'confirmed', task, label });
    setTimeout(() => forget(task.taskId), CONFIRMED_MS);
    return null;
  } catch (error) {
    const failure = toFailure(error);
    const taken = isConflict(failure) || isMissing(failure);
    if (taken) repeats.delete(task.taskId);
    keep({ state: taken ? 'conflict' : 'failed', task, label, failure });
    return taken ? null : failure;
  }
}

const pathOf = ({ taskId }: Task): string => `/tasks/${encodeURIComponent(taskId)}`;

export const claim = (task: Task): Promise<unknown> => post(`${pathOf(task)}/claim`);
export const begin = (task: Task): Promise<unknown> => post(`${pathOf(task)}/start`);

/** What else a person does with a task besides deciding it. */
export type Handling =
  | { readonly act: 'decline' | 'release'; readonly note: string }
  | { readonly act: 'delegate'; readonly note: string; readonly to: string };

export async function handle(task: Task, { act, note, ...more }: Handling): Promise<void> {
  const body = { ...more, ...(note === '' ? {} : { note }) };
  const one = `${task.taskId} ${act}`;
  await post(`${pathOf(task)}/${act}`, body, { idempotencyKey: keyOf(one, body) });
  // Done: the same again, an hour later, is something new.
  repeats.delete(one);
}
