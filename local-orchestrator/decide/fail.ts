import type { FailureRoute, SagaNode } from '#contracts/sagas.ts';
import type { Draft } from './draft.ts';
import { isHopeless } from './join-need.ts';
import { openedEntry } from './lookup.ts';
import { AMENDS, type At, type Move, unwindAll } from './move.ts';
import type { Group, Lane } from './state.ts';

export interface Failure {
  readonly code: string;
  readonly reason: string;
}

/** Code of a group that cannot get together as many ways as it needs. */
export const GROUP_FAILED = 'GROUP_FAILED';

export const routeOf = (routes: readonly FailureRoute[], codes: readonly string[]) =>
  routes.find((route) => route.codes.length === 0 || route.codes.some((code) => codes.includes(code)))?.leads;

/**
 * A way, or the saga, cannot go on. A way that its group can do without is undone by itself; otherwise the group
 * fails at once, so that its other ways do not go on for nothing.
 */
export function failLane(draft: Draft, lane: Lane, failure: Failure): Move {
  if (draft.isUnwound(lane)) return AMENDS;
  const group = draft.groupAround(lane);
  if (group === undefined) return unwindAll(failure.reason, 'compensated');
  const node = draft.node(group.node);
  if (node.kind !== 'parallel' && node.kind !== 'each') return failLane(draft, group.lane, failure);
  const failed = group.failed + 1 + failing(draft, group);
  if (isHopeless(node.need, { ...group, failed })) return failGroup(draft, group, failure);
  const after = { leave: 'failed', code: failure.code } as const;
  return { to: 'unwind', unwinding: { lane, fromSeq: 0, reason: failure.reason, after } };
}

/** Ways that have failed and are still being undone. */
const failing = (draft: Draft, group: Group): number =>
  draft.unwindings.filter(
    ({ lane, after }) => 'leave' in after && after.leave === 'failed' && draft.groupAround(lane) === group,
  ).length;

/** A group cannot get together what it needs: its ways are undone, then its failure routes count. */
export function failGroup(draft: Draft, group: Group, failure: Failure): Move {
  draft.enter(group, { outcome: 'failed', output: { code: failure.code, reason: failure.reason } });
  return leadOn(draft, group, failure, openedEntry(draft, group)?.seq);
}

/**
 * Where the failure of a node that is no step leads. What was done from `fromSeq` on is undone first; without a
 * route that fits, the way that it is in cannot go on.
 */
export function leadOn(draft: Draft, at: At, failure: Failure, fromSeq = draft.nextSeq): Move {
  const { lane, visit } = at;
  const leads = routeTo(draft.node(at.node), failure.code);
  if (leads === undefined || leads.do === 'compensate') return failLane(draft, lane, failure);
  const after = leads.do === 'go' ? { go: leads.node } : { park: at.node, visit };
  return { to: 'unwind', unwinding: { lane, fromSeq, reason: failure.reason, after } };
}

const routeTo = (node: SagaNode, code: string) =>
  'failure' in node ? routeOf(node.failure, 'need' in node ? [code, GROUP_FAILED] : [code]) : undefined;
