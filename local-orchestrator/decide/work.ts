import type { DeadLetterCause, Json } from '#contracts/sagas.ts';
import { fullJitterMs, halfJitterMs } from './backoff.ts';
import { type Computed, computed } from './computed.ts';
import type { Draft } from './draft.ts';
import type { WorkResult } from './events.ts';
import { type Failure, failLane, routeOf } from './fail.ts';
import { hold } from './hold.ts';
import { isKnownIn } from './lanes.ts';
import { isLimited, queueFor, unqueue } from './limits.ts';
import { askPerson, judgeAnswer } from './model.ts';
import { AMENDS, type Move, WAIT } from './move.ts';
import { commandId } from './names.ts';
import { compensationOf, specOf, type WorkSpec } from './spec.ts';
import type { JournalEntry, Lane, WorkPosition } from './state.ts';
import { ended, started, tell } from './tell.ts';
import type { WorkRef } from './work-ref.ts';

/** A command's own time limits end first; the engine's is for a runner that never answers. */
const COMMAND_GRACE_MS = 1_000;

/** First attempt at a step or at its amends. */
export function startWork(draft: Draft, ref: Omit<WorkRef, 'attempt'> & { readonly lane: Lane }): Move {
  const fresh: WorkPosition = {
    at: 'work',
    ...ref,
    attempt: 0,
    burned: 0,
    refusals: 0,
    refusedSinceMs: null,
    queries: 0,
    sinceMs: draft.nowMs,
    firstMs: draft.nowMs,
    phase: { is: 'pausing', untilMs: draft.nowMs },
  };
  draft.add(fresh);
  return attempt(draft, fresh);
}

/** The next attempt: at once, or when its turn at the limits of the step comes. */
export function attempt(draft: Draft, position: WorkPosition): Move {
  if (!isLimited(draft, position)) return dispatch(draft, position);
  const queued = computed(() => queueFor(draft, position, false));
  if ('problem' in queued) return hold(draft, position, 'definition-broken', queued.problem);
  // After a crash it is queued already: nothing new is decided, so nothing is written.
  if (position.phase.is !== 'queued') draft.replace(position, { ...position, phase: { is: 'queued' } });
  draft.intend(queued.value);
  return WAIT;
}

/** One more attempt, under its own number, with everything that is needed to ask about it later. */
export function dispatch(draft: Draft, position: WorkPosition): Move {
  const spec = specOf(draft, position);
  const sinceMs = draft.nowMs;
  const isLate = position.burned > 0 && sinceMs >= budgetEndMs(spec, position);
  const input = inputOf(draft, position);
  const idle = isLate || 'problem' in input;
  if (idle && position.phase.is === 'queued') unqueue(draft, position); // its turn is of no use
  if (isLate) {
    const failure = { code: 'TIMED_OUT', reason: 'the time for all attempts together is used up' };
    return workFailed(draft, position, position, failure, 'retries-exhausted', 'timed-out');
  }
  if ('problem' in input) return hold(draft, position, 'definition-broken', input.problem);
  const next: WorkPosition = {
    ...position,
    attempt: position.attempt + 1,
    sinceMs,
    // The budget of all attempts begins with the first that counts: a refusal has used up nothing.
    firstMs: position.burned === 0 ? sinceMs : position.firstMs,
    phase: { is: 'running', deadlineMs: null },
  };
  const running: WorkPosition = { ...next, phase: { is: 'running', deadlineMs: deadlineOf(spec, next) } };
  draft.replace(position, running);
  draft.intend({ do: 'run', ...callOf(draft, running, input.value), heartbeatMs: spec.heartbeatMs ?? null });
  started(draft, running, spec.activity.via === 'command' ? commandId(draft.sagaId, running) : null);
  return WAIT;
}

/** The same attempt, its time counted from then; the budget of all attempts goes on. */
export function restarted(draft: Draft, position: WorkPosition, sinceMs: number): WorkPosition {
  const anew = { ...position, sinceMs };
  const deadlineMs = deadlineOf(specOf(draft, anew), anew);
  return { ...anew, phase: { is: 'running', deadlineMs } };
}

/** When the engine stops waiting for an attempt; null: never. */
function deadlineOf(spec: WorkSpec, position: WorkPosition): number | null {
  const { timeoutMs, expiryMs, activity } = spec;
  const graceMs = activity.via === 'command' ? expiryMs + COMMAND_GRACE_MS : 0;
  const attemptEndMs = timeoutMs === null ? Number.POSITIVE_INFINITY : position.sinceMs + timeoutMs + graceMs;
  const deadlineMs = Math.min(attemptEndMs, budgetEndMs(spec, position));
  return Number.isFinite(deadlineMs) ? deadlineMs : null;
}

const budgetEndMs = ({ retry: { totalMs } }: WorkSpec, { firstMs }: WorkPosition): number =>
  totalMs === undefined ? Number.POSITIVE_INFINITY : firstMs + totalMs;

/** What an intent says of the work: the same for running it, running it again and asking about it. */
export function callOf(draft: Draft, position: WorkPosition, input: Json) {
  const { activity, title, timeoutMs, expiryMs } = specOf(draft, position);
  const { settled = 0, sinceMs } = position;
  return { work: refOf(position), settled, activity, input, title, sinceMs, timeoutMs, expiryMs };
}

/** The input is made of what is recorded, so it is the same after a restart. A person's comes before it. */
export function inputOf(draft: Draft, position: WorkPosition): Computed<Json> {
  const { node, lane, edited } = position;
  if (edited !== undefined) return { value: edited };
  return computed(() => draft.evaluate(specOf(draft, position).input, `${node}, input`, lane));
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
    return AMENDS;
  }
  const node = draft.node(position.node);
  ended(draft, position, outcome);
  if (node.kind === 'model') return judgeAnswer(draft, position, node, output);
  if (node.kind !== 'step') throw new Error(`node ${position.node} is no step`);
  record(draft, position, 'done', output, node.compensation === undefined ? 'none' : 'due');
  for (const voided of node.voids) voidAmends(draft, voided, position.lane);
  return { to: 'node', node: node.next, lane: position.lane };
}

function voidAmends(draft: Draft, node: string, lane: Lane): void {
  for (const entry of draft.journal) {
    if (entry.node !== node || entry.amends !== 'due' || !isKnownIn(entry.lane, lane)) continue;
    draft.write({ op: 'amend', node, visit: entry.visit, amends: 'voided' });
  }
}

/** An attempt failed for certain: once more after a pause, or the step has failed. */
export function attemptFailed(
  draft: Draft,
  position: WorkPosition,
  failure: Failure & { readonly retryable: boolean },
  outcome: 'failed' | 'timed-out' = 'failed',
): Move {
  const spec = specOf(draft, position);
  const { retry } = spec;
  const burned = position.burned + 1;
  const untilMs = draft.nowMs + fullJitterMs(retry, burned, draft.random);
  const listed = retry.only?.includes(failure.code) ?? !retry.nonRetryable.includes(failure.code);
  const mayRetry = failure.retryable && listed;
  const isLate = untilMs >= budgetEndMs(spec, position);
  if (!mayRetry || burned >= retry.attempts || isLate || isGivenUp(draft, position)) {
    const cause = mayRetry ? 'retries-exhausted' : 'not-retryable';
    return workFailed(draft, { ...position, burned }, position, failure, cause, outcome);
  }
  draft.replace(position, {
    ...position,
    burned,
    refusedSinceMs: null,
    phase: { is: 'pausing', untilMs },
  });
  ended(draft, position, outcome, failure.reason, untilMs);
  return WAIT;
}

/** Its way is being undone: only its outcome is of interest, and nothing is begun any more. */
export const isGivenUp = (draft: Draft, { role, lane }: WorkPosition): boolean =>
  role === 'action' && draft.isUnwound(lane);

/** Nothing moved. Costs no attempt; waits, and asks a person when it has waited too long. */
export function attemptRefused(
  draft: Draft,
  position: WorkPosition,
  { reason, code = 'REFUSED', retryAtMs = 0 }: Extract<WorkResult, { outcome: 'refused' }>,
): Move {
  const { refusal } = specOf(draft, position);
  const refusals = position.refusals + 1;
  const refusedSinceMs = position.refusedSinceMs ?? draft.nowMs;
  const next = { ...position, refusals, refusedSinceMs };
  if (isGivenUp(draft, position) || hasFallback(draft, position, code)) {
    return workFailed(draft, next, position, { code, reason }, 'not-retryable', 'refused');
  }
  const patientMs = refusedSinceMs + refusal.budgetMs;
  if (draft.nowMs >= patientMs) {
    ended(draft, position, 'refused', reason);
    draft.replace(position, next);
    return hold(draft, next, 'refused-too-long', reason);
  }
  const soonMs = draft.nowMs + halfJitterMs(refusal, refusals, draft.random);
  // Before `retryAtMs` it would be in vain; but a person is asked when patience ends, not later.
  const untilMs = Math.max(soonMs, Math.min(retryAtMs, patientMs));
  draft.replace(position, { ...next, phase: { is: 'pausing', untilMs } });
  ended(draft, position, 'refused', reason, untilMs);
  return WAIT;
}

/** A refusal leads elsewhere only where the definition names its code; a model always has a person. */
function hasFallback(draft: Draft, { node: id, role }: WorkPosition, code: string): boolean {
  const node = draft.node(id);
  if (role === 'compensation') return false;
  return (
    node.kind === 'model' || (node.kind === 'step' && node.failure.some(({ codes }) => codes.includes(code)))
  );
}

/** The step has failed, or its amends have. `position` is where the draft has it, `now` what it has become. */
export function workFailed(
  draft: Draft,
  now: WorkPosition,
  position: WorkPosition,
  failure: Failure,
  cause: DeadLetterCause,
  outcome: 'failed' | 'refused' | 'timed-out' | 'unknown' = 'failed',
): Move {
  ended(draft, position, outcome, failure.reason);
  if (now.role === 'compensation') {
    draft.replace(position, now);
    return hold(draft, now, 'compensation-blocked', failure.reason);
  }
  const node = draft.node(now.node);
  if (node.kind === 'model') {
    draft.remove(position);
    return askPerson(draft, now, node, null, failure.reason);
  }
  if (node.kind !== 'step') throw new Error(`node ${now.node} is no step`);
  const leads = isGivenUp(draft, now) ? undefined : routeOf(node.failure, [failure.code]);
  if (leads?.do === 'park') {
    draft.replace(position, now);
    return hold(draft, now, cause, failure.reason);
  }
  draft.remove(position);
  giveUp(draft, now, failure);
  if (leads?.do === 'go') return { to: 'node', node: leads.node, lane: now.lane };
  return failLane(draft, now.lane, failure);
}

/** Records that a step failed, and whether amends are due for what it may have done. */
export function giveUp(draft: Draft, position: WorkPosition, failure: Failure): void {
  const { code, reason } = failure;
  // Every attempt refused: nothing has moved, so there is nothing to make amends for.
  const touched = position.attempt > position.refusals;
  const due = touched && compensationOf(draft, position.node)?.when === 'started';
  record(draft, position, 'failed', { code, reason }, due ? 'due' : 'none');
}

/** Adds an entry; it takes over the duty of an earlier failed visit, so that amends are made once for both. */
function record(
  draft: Draft,
  position: WorkPosition,
  outcome: JournalEntry['outcome'],
  output: Json,
  amends: 'none' | 'due',
): void {
  const { node, lane } = position;
  const earlier = draft.journal.find(
    (entry) =>
      entry.node === node && entry.lane === lane && entry.outcome === 'failed' && entry.amends === 'due',
  );
  if (earlier !== undefined) draft.write({ op: 'amend', node, visit: earlier.visit, amends: 'voided' });
  draft.enter(position, { outcome, output, amends: earlier === undefined ? amends : 'due' });
}

export const refOf = ({ node, visit, role, attempt }: WorkRef): WorkRef => ({ node, visit, role, attempt });
