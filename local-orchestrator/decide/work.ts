import { isApplianceError } from '#contracts/errors.ts';
import { sagaCompensation, sagaStepEnded, sagaStepStarted } from '#contracts/events/saga.ts';
import type { DeadLetterCause, Json } from '#contracts/sagas.ts';
import { fullJitterMs, halfJitterMs } from './backoff.ts';
import type { Draft } from './draft.ts';
import { hold } from './hold.ts';
import { type Move, unwindAll, WAIT } from './move.ts';
import { commandId } from './names.ts';
import type { JournalEntry, WorkPosition, WorkRef } from './state.ts';

/** A command's own time limits end first; the engine's is for a runner that never answers. */
const COMMAND_GRACE_MS = 1_000;

/** First attempt at a step or at its amends. */
export function startWork(draft: Draft, ref: Omit<WorkRef, 'attempt'>): Move {
  const fresh: WorkPosition = {
    at: 'work',
    ...ref,
    attempt: 0,
    burned: 0,
    refusals: 0,
    refusedSinceMs: null,
    queries: 0,
    sinceMs: draft.nowMs,
    phase: { is: 'pausing', untilMs: draft.nowMs },
  };
  draft.add(fresh);
  return dispatch(draft, fresh);
}

/** One more attempt, under its own number, with everything that is needed to ask about it later. */
export function dispatch(draft: Draft, position: WorkPosition): Move {
  const work = draft.work(position);
  const attempt = position.attempt + 1;
  const sinceMs = draft.nowMs;
  const byCommand = work.activity.via === 'command';
  const limitMs = byCommand ? work.expiryMs + COMMAND_GRACE_MS : 0;
  const deadlineMs = work.timeoutMs === null ? null : sinceMs + work.timeoutMs + limitMs;
  const next: WorkPosition = { ...position, attempt, sinceMs, phase: { is: 'running', deadlineMs } };
  const input = inputOf(draft, position);
  if ('problem' in input) return hold(draft, position, 'definition-broken', input.problem);
  draft.replace(position, next);
  draft.intend({ do: 'run', ...callOf(draft, next, input.value) });
  if (position.role === 'compensation') tell(draft, next, 'started');
  else {
    const id = byCommand ? { commandId: commandId(draft.sagaId, next) } : {};
    draft.emit(sagaStepStarted, { ...stepOf(draft, next), ...id });
  }
  return WAIT;
}

/** What an intent says of the work: the same for running it, running it again and asking about it. */
export function callOf(draft: Draft, position: WorkPosition, input: Json) {
  const { activity, title, timeoutMs, expiryMs } = draft.work(position);
  return { work: refOf(position), activity, input, title, sinceMs: position.sinceMs, timeoutMs, expiryMs };
}

/** The input is made of what is recorded, so it is the same after a restart. */
export function inputOf(
  draft: Draft,
  position: Pick<WorkRef, 'node' | 'role'>,
): { value: Json } | { problem: string } {
  try {
    return { value: draft.evaluate(draft.work(position).input, `${position.node}, input`) };
  } catch (error) {
    if (!isApplianceError(error, 'SAGA_EXPRESSION')) throw error;
    return { problem: error.message };
  }
}

/** The work is done: record its output, or that the amends are made, and go on. */
export function succeed(
  draft: Draft,
  position: WorkPosition,
  output: Json,
  outcome: 'succeeded' | 'reconciled',
): Move {
  draft.remove(position);
  if (position.role === 'compensation') {
    draft.write({ op: 'amend', node: position.node, visit: position.visit, amends: 'made' });
    tell(draft, position, 'succeeded');
    return { to: 'amends' };
  }
  const node = draft.node(position.node);
  if (node.kind !== 'step') throw new Error(`node ${position.node} is no step`);
  ended(draft, position, outcome);
  enterJournal(draft, position, 'done', output, node.compensation === undefined ? 'none' : 'due');
  for (const voided of node.voids) {
    for (const entry of draft.journal) {
      if (entry.node === voided && entry.amends === 'due') {
        draft.write({ op: 'amend', node: voided, visit: entry.visit, amends: 'voided' });
      }
    }
  }
  return { to: 'node', node: node.next };
}

/** An attempt failed for certain: once more after a pause, or the step has failed. */
export function attemptFailed(
  draft: Draft,
  position: WorkPosition,
  failure: { code: string; reason: string; retryable: boolean },
  outcome: 'failed' | 'timed-out' = 'failed',
): Move {
  const { retry } = draft.work(position);
  const burned = position.burned + 1;
  const listed = retry.only?.includes(failure.code) ?? !retry.nonRetryable.includes(failure.code);
  const mayRetry = failure.retryable && listed;
  const givenUp = position.role === 'action' && draft.cancel !== null;
  if (!mayRetry || burned >= retry.attempts || givenUp) {
    const cause = mayRetry ? 'retries-exhausted' : 'not-retryable';
    return workFailed(draft, { ...position, burned }, position, failure, cause, outcome);
  }
  const untilMs = draft.nowMs + fullJitterMs(retry, burned, draft.random);
  draft.replace(position, {
    ...position,
    burned,
    refusedSinceMs: null,
    phase: { is: 'pausing', untilMs },
  });
  ended(draft, position, outcome, failure.reason, untilMs);
  return WAIT;
}

/** The gate let nothing move. Costs no attempt; waits, and asks a person when it has waited too long. */
export function attemptRefused(draft: Draft, position: WorkPosition, reason: string): Move {
  const { refusal } = draft.work(position);
  const refusals = position.refusals + 1;
  const refusedSinceMs = position.refusedSinceMs ?? draft.nowMs;
  const next = { ...position, refusals, refusedSinceMs };
  if (position.role === 'action' && draft.cancel !== null) {
    const failure = { code: 'REFUSED', reason };
    return workFailed(draft, next, position, failure, 'not-retryable', 'refused');
  }
  if (draft.nowMs - refusedSinceMs >= refusal.budgetMs) {
    ended(draft, position, 'refused', reason);
    draft.replace(position, next);
    return hold(draft, next, 'refused-too-long', reason);
  }
  const untilMs = draft.nowMs + halfJitterMs(refusal, refusals, draft.random);
  draft.replace(position, { ...next, phase: { is: 'pausing', untilMs } });
  ended(draft, position, 'refused', reason, untilMs);
  return WAIT;
}

/** The step has failed, or its amends have. `position` is where the draft has it, `now` what it has become. */
export function workFailed(
  draft: Draft,
  now: WorkPosition,
  position: WorkPosition,
  failure: { code: string; reason: string },
  cause: DeadLetterCause,
  outcome: 'failed' | 'refused' | 'timed-out' | 'unknown' = 'failed',
): Move {
  ended(draft, position, outcome, failure.reason);
  if (now.role === 'compensation') {
    draft.replace(position, now);
    return hold(draft, now, 'compensation-blocked', failure.reason);
  }
  const node = draft.node(now.node);
  if (node.kind !== 'step') throw new Error(`node ${now.node} is no step`);
  const route = node.failure.find(({ codes }) => codes.length === 0 || codes.includes(failure.code));
  if (route?.leads.do === 'park' && draft.cancel === null) {
    draft.replace(position, now);
    return hold(draft, now, cause, failure.reason);
  }
  draft.remove(position);
  giveUp(draft, now, failure);
  if (route?.leads.do === 'go') return { to: 'node', node: route.leads.node };
  if (draft.cancel !== null) return unwindAll(draft.cancel.reason, 'cancelled');
  return unwindAll(failure.reason, 'compensated');
}

/** Records that a step failed, and whether amends are due for what it may have done. */
export function giveUp(
  draft: Draft,
  position: WorkPosition,
  failure: { code: string; reason: string },
): void {
  const node = draft.node(position.node);
  const compensation = node.kind === 'step' ? node.compensation : undefined;
  // Every attempt refused: nothing has moved, so there is nothing to make amends for.
  const touched = position.attempt > position.refusals;
  const due = touched && compensation?.when === 'started';
  enterJournal(draft, position, 'failed', { ...failure }, due ? 'due' : 'none');
}

/** Adds an entry; it takes over the duty of an earlier failed visit, so that amends are made once for both. */
function enterJournal(
  draft: Draft,
  position: WorkPosition,
  outcome: JournalEntry['outcome'],
  output: Json,
  amends: 'none' | 'due',
): void {
  const { node, visit } = position;
  const earlier = draft.journal.find(
    (entry) => entry.node === node && entry.outcome === 'failed' && entry.amends === 'due',
  );
  if (earlier !== undefined) draft.write({ op: 'amend', node, visit: earlier.visit, amends: 'voided' });
  draft.write({
    op: 'add',
    entry: {
      seq: draft.seq,
      node,
      visit,
      outcome,
      output,
      amends: earlier === undefined ? amends : 'due',
    },
  });
}

/** Tells the world how an attempt ended. */
export function ended(
  draft: Draft,
  position: WorkRef,
  outcome: 'succeeded' | 'failed' | 'refused' | 'timed-out' | 'unknown' | 'reconciled',
  reason?: string,
  retryAtMs?: number,
): void {
  if (position.role === 'compensation') {
    if (outcome !== 'succeeded' && outcome !== 'reconciled') tell(draft, position, 'failed', reason);
    return;
  }
  draft.emit(sagaStepEnded, {
    ...stepOf(draft, position),
    outcome,
    ...(reason === undefined ? {} : { reason }),
    ...(retryAtMs === undefined ? {} : { retryAt: new Date(retryAtMs).toISOString() }),
  });
}

/** Tells the world how amends go. */
export function tell(
  draft: Draft,
  position: WorkRef,
  outcome: 'started' | 'succeeded' | 'failed' | 'blocked' | 'skipped',
  reason?: string,
): void {
  draft.emit(sagaCompensation, {
    ...stepOf(draft, position),
    outcome,
    ...(reason === undefined ? {} : { reason }),
  });
}

export const refOf = ({ node, visit, role, attempt }: WorkRef): WorkRef => ({ node, visit, role, attempt });

const stepOf = (draft: Draft, position: WorkRef) => ({
  sagaId: draft.sagaId,
  definition: draft.definition.name,
  step: position.node,
  attempt: Math.max(1, position.attempt),
});
