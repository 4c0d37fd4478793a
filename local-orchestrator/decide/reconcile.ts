import { halfJitterMs } from './backoff.ts';
import { computed } from './computed.ts';
import type { Draft } from './draft.ts';
import type { Waited, WorkAnswer, WorkResult } from './events.ts';
import { hold } from './hold.ts';
import { isLimited, queueFor } from './limits.ts';
import { type Move, WAIT } from './move.ts';
import { specOf } from './spec.ts';
import type { WorkPosition } from './state.ts';
import { ended } from './tell.ts';
import {
  attempt,
  attemptFailed,
  attemptRefused,
  callOf,
  dispatch,
  inputOf,
  isGivenUp,
  restarted,
  succeed,
  workFailed,
} from './work.ts';
import type { WorkRef } from './work-ref.ts';

/** A result counts only for the attempt that runs; any other came too late or twice. */
export function onResult(draft: Draft, ref: WorkRef, result: WorkResult): Move {
  const position = draft.find(ref);
  if (position?.phase.is !== 'running') return WAIT;
  switch (result.outcome) {
    case 'succeeded':
      return succeed(draft, position, result.output, 'succeeded');
    case 'failed':
      return result.code === CODE_CHANGED
        ? hold(draft, position, 'definition-broken', result.reason)
        : attemptFailed(draft, result.untouched ? untouched(draft, position) : position, result);
    case 'refused':
      return attemptRefused(draft, position, result);
    case 'unknown':
      return outcomeUnknown(draft, position, result.reason, 'unknown');
  }
}

/** Amends for what was certainly not done would fail, and trouble a person for nothing. */
function untouched(draft: Draft, position: WorkPosition): WorkPosition {
  const now = { ...position, refusals: position.refusals + 1 };
  draft.replace(position, now);
  return now;
}

/** The recorded sub-steps do not fit the code any more: neither going on nor making amends would be right. */
export const CODE_CHANGED = 'SAGA_CODE_CHANGED';

/** Something of a piece of work is due. */
export function onTimeout(draft: Draft, position: WorkPosition): Move {
  const { phase } = position;
  switch (phase.is) {
    case 'running': {
      draft.intend({ do: 'abort', work: position });
      const took = Math.round((draft.nowMs - position.sinceMs) / 1_000);
      return outcomeUnknown(draft, position, `no answer after ${took} s`, 'timed-out');
    }
    case 'pausing':
      return attempt(draft, position);
    case 'asking':
      return noAnswer(draft, position, phase.doubts, 'the device did not answer the question');
    case 'doubting':
      return ask(draft, position, phase.doubts);
    case 'queued':
    case 'held':
      return WAIT;
  }
}

/** The time of an attempt begins with it, and not while it waits for a place at its activity. */
export function onLateBegin(draft: Draft, position: WorkPosition, { beganMs }: Waited): Move {
  if (position.phase.is !== 'running') return onTimeout(draft, position);
  const anew = restarted(draft, position, beganMs ?? draft.nowMs);
  if (anew.phase.is === 'running' && (anew.phase.deadlineMs ?? draft.nowMs) > draft.nowMs) {
    draft.replace(position, anew);
    return WAIT;
  }
  if (beganMs !== null) return onTimeout(draft, position);
  draft.intend({ do: 'abort', work: position });
  const failure = { code: 'TIMED_OUT', reason: 'no place came free in time', retryable: true };
  return attemptFailed(draft, untouched(draft, position), failure, 'timed-out');
}

/** Nothing has been heard of an attempt for longer than its heartbeat allows: it counts as lost. */
export function onSilent(draft: Draft, ref: WorkRef): Move {
  const position = draft.find(ref);
  if (position?.phase.is !== 'running') return WAIT;
  draft.intend({ do: 'abort', work: position });
  const { heartbeatMs = 0 } = specOf(draft, position);
  const reason = `no sign of life for ${Math.round(heartbeatMs / 1_000)} s`;
  return outcomeUnknown(draft, position, reason, 'timed-out');
}

/** Its turn at its limits has come. */
export function onGranted(draft: Draft, { node, visit, role }: Omit<WorkRef, 'attempt'>): Move {
  const position = draft.positions.find(
    (one): one is WorkPosition =>
      one.at === 'work' && one.node === node && one.visit === visit && one.role === role,
  );
  return position?.phase.is === 'queued' ? dispatch(draft, position) : WAIT;
}

/** The process is new and this work had been dispatched: did it happen? */
export function afterCrash(draft: Draft, position: WorkPosition): Move {
  const { phase } = position;
  if (phase.is === 'queued') return attempt(draft, position);
  if (phase.is !== 'held' && phase.is !== 'pausing') takeTurn(draft, position);
  if (phase.is === 'asking') return ask(draft, position, phase.doubts);
  if (phase.is !== 'running') return WAIT;
  const { activity, heartbeatMs = null } = specOf(draft, position);
  // Code finds its own way back: what it has recorded is not done again.
  if (activity.effect !== 'idempotent' && activity.via !== 'code') {
    return outcomeUnknown(draft, position, 'the appliance restarted while it ran', 'unknown');
  }
  // Nothing is begun anew where amends are made. It ended with the process, and amends are ready for either case.
  if (isGivenUp(draft, position)) {
    return outcomeUnknown(draft, position, 'the appliance restarted while it ran', 'timed-out');
  }
  const input = inputOf(draft, position);
  if ('problem' in input) return hold(draft, position, 'definition-broken', input.problem);
  // The same attempt under the same key. The time that nobody worked on it is not its own.
  const anew = restarted(draft, position, draft.nowMs);
  if (phase.deadlineMs !== null) draft.replace(position, anew);
  draft.intend({ do: 'run', ...callOf(draft, anew, input.value), heartbeatMs });
  return WAIT;
}

/** It may still be at it, out there: nobody else gets its turn before that is known. */
function takeTurn(draft: Draft, position: WorkPosition): void {
  const queued = isLimited(draft, position) ? computed(() => queueFor(draft, position, true)) : null;
  if (queued !== null && 'value' in queued) draft.intend(queued.value);
}

/** Never done again blindly: only an idempotent activity is. Others are asked about, or looked at. */
function outcomeUnknown(
  draft: Draft,
  position: WorkPosition,
  reason: string,
  outcome: 'timed-out' | 'unknown',
): Move {
  const { activity } = specOf(draft, position);
  // Code that was too slow goes on where it was; only a sub-step that nobody knows about is for a person.
  const effect = activity.via === 'code' && outcome === 'timed-out' ? 'idempotent' : activity.effect;
  switch (effect) {
    case 'idempotent':
      return attemptFailed(
        draft,
        position,
        { code: outcome === 'unknown' ? 'UNKNOWN' : 'TIMED_OUT', reason, retryable: true },
        'timed-out',
      );
    case 'queryable':
      ended(draft, position, outcome, reason);
      return ask(draft, position, 0);
    case 'neither':
      ended(draft, position, outcome, reason);
      return hold(draft, position, 'unknown-outcome', reason);
  }
}

/** Asks the device what became of the attempt. `doubts` counts the answers that told nothing. */
export function ask(draft: Draft, position: WorkPosition, doubts: number): Move {
  const input = inputOf(draft, position);
  if ('problem' in input) return hold(draft, position, 'definition-broken', input.problem);
  const queries = position.queries + 1;
  const deadlineMs = draft.nowMs + specOf(draft, position).reconcile.answerMs;
  draft.replace(position, { ...position, queries, phase: { is: 'asking', doubts, deadlineMs } });
  draft.intend({ do: 'ask', query: queries, ...callOf(draft, position, input.value) });
  return WAIT;
}

export function onAnswer(draft: Draft, ref: WorkRef, query: number, answer: WorkAnswer): Move {
  const position = draft.find(ref);
  if (position?.phase.is !== 'asking' || position.queries !== query) return WAIT;
  const { doubts } = position.phase;
  switch (answer.outcome) {
    case 'done':
      return succeed(draft, position, answer.output, 'reconciled');
    case 'running':
      return stillRunning(draft, position, doubts);
    case 'not-done':
      return attemptFailed(draft, untouched(draft, position), {
        code: 'NOT_DONE',
        reason: answer.reason,
        retryable: true,
      });
    case 'failed':
      return attemptFailed(draft, position, {
        code: 'FAILED_ON_DEVICE',
        reason: answer.reason,
        retryable: true,
      });
    case 'unknown':
      return noAnswer(draft, position, doubts, answer.reason);
  }
}

/** The device works on it: that is no doubt, until it has had its time. */
function stillRunning(draft: Draft, position: WorkPosition, doubts: number): Move {
  const { reconcile, timeoutMs, expiryMs } = specOf(draft, position);
  const overdue = timeoutMs !== null && draft.nowMs > position.sinceMs + timeoutMs + expiryMs;
  if (overdue) return noAnswer(draft, position, doubts, 'it is still at it, long after its time');
  const untilMs = draft.nowMs + halfJitterMs(reconcile, 1, draft.random);
  draft.replace(position, { ...position, phase: { is: 'doubting', doubts, untilMs } });
  return WAIT;
}

function noAnswer(draft: Draft, position: WorkPosition, doubts: number, reason: string): Move {
  const { reconcile } = specOf(draft, position);
  const count = doubts + 1;
  if (count < reconcile.queries) {
    const untilMs = draft.nowMs + halfJitterMs(reconcile, count, draft.random);
    draft.replace(position, { ...position, phase: { is: 'doubting', doubts: count, untilMs } });
    return WAIT;
  }
  if (reconcile.whenUnknown === 'person') return hold(draft, position, 'unknown-outcome', reason);
  const failure = { code: 'OUTCOME_UNKNOWN', reason };
  return workFailed(draft, position, position, failure, 'unknown-outcome', 'unknown');
}
