import type { Draft } from './draft.ts';
import { drain } from './drain.ts';
import { areOrdered, isWithin } from './lanes.ts';
import { AMENDS, type At, type Move, unwindAll, WAIT } from './move.ts';
import type { Lane, Unwinding } from './state.ts';
import { startWork } from './work.ts';

/** Amends of one saga under way side by side: a group of a thousand must not start them all at once. */
const AMENDS_AT_ONCE_MAX = 64;

/** Somebody wants the saga to end: amends for everything, unless it is ending in this way or another already. */
export function requestCancel(draft: Draft, cancel: { by: string; reason: string }): Move {
  if (draft.cancel !== null || draft.status === 'compensating') return WAIT;
  draft.cancel = cancel;
  return unwindAll(cancel.reason, 'cancelled');
}

/** Begins to make amends. What a narrower unwinding had begun goes on as part of this one. */
export function startUnwinding(draft: Draft, unwinding: Unwinding): Move {
  const { lane, reason } = unwinding;
  if (draft.unwindings.some((one) => covers(one, unwinding))) return AMENDS;
  draft.unwindings = [...draft.unwindings.filter((one) => !isWithin(one.lane, lane)), unwinding];
  if ('end' in unwinding.after) draft.status = 'compensating';
  if (draft.groups.length > 0) draft.groups = draft.groups.filter((group) => !isWithin(group.lane, lane));
  for (const position of draft.positions) if (isWithin(position.lane, lane)) drain(draft, position, reason);
  return AMENDS;
}

/** A way that is to be left for good is not turned back. */
const covers = (one: Unwinding, other: Unwinding): boolean =>
  isWithin(other.lane, one.lane) && (one.lane !== other.lane || 'leave' in one.after || 'end' in one.after);

/** Starts the amends that may be made now; an unwinding that has none left leads on. */
export function nextAmends(draft: Draft): Move {
  for (const unwinding of draft.unwindings) {
    startAmends(draft, unwinding);
    if (draft.positions.some(({ lane }) => isWithin(lane, unwinding.lane))) continue;
    draft.unwindings = draft.unwindings.filter((one) => one !== unwinding);
    return { to: 'all', moves: [afterwards(unwinding), AMENDS] };
  }
  return WAIT;
}

/** Newest first: what was done last stands on what was done before it. Ways that ran side by side do not wait. */
function startAmends(draft: Draft, { lane: scope, fromSeq }: Unwinding): void {
  const ahead: Lane[] = [];
  const underWay = new Set<string>();
  for (const position of draft.positions) {
    if (!isWithin(position.lane, scope)) continue;
    if (position.at === 'work' && position.role === 'compensation') underWay.add(nameOf(position));
    else ahead.push(position.lane); // it still moves: what was done before it stays until it is known
  }
  for (let index = draft.journal.length - 1; index >= 0; index -= 1) {
    const entry = draft.journal[index];
    if (entry === undefined || entry.seq < fromSeq || ahead.includes(scope)) return;
    if (entry.amends !== 'due' || !isWithin(entry.lane, scope)) continue;
    const { node, visit, lane } = entry;
    if (!underWay.has(nameOf(entry)) && !ahead.some((one) => areOrdered(one, lane))) {
      if (underWay.size >= AMENDS_AT_ONCE_MAX) return;
      startWork(draft, { node, visit, lane, role: 'compensation' });
      underWay.add(nameOf(entry));
    }
    if (!ahead.includes(lane)) ahead.push(lane);
  }
}

const nameOf = ({ node, visit }: Pick<At, 'node' | 'visit'>): string => `${node}.${visit}`;

function afterwards({ lane, reason, after }: Unwinding): Move {
  if ('go' in after) return { to: 'node', node: after.go, lane };
  if ('park' in after) return { to: 'park', at: { node: after.park, visit: after.visit, lane }, reason };
  if ('end' in after) return { to: 'end', status: after.end, reason, output: after.output };
  return { to: 'leave', lane, outcome: after.leave, output: { code: after.code, reason } };
}
