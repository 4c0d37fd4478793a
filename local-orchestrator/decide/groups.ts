import type { EachNode, JoinNode, Json, LoopNode, ParallelNode, SagaNode } from '#contracts/sagas.ts';
import type { Draft } from './draft.ts';
import { failGroup, GROUP_FAILED, leadOn } from './fail.ts';
import { outputOf, waysEnded } from './group-output.ts';
import { isHopeless, isSatisfied } from './join-need.ts';
import { passLane, wayLane } from './lanes.ts';
import { AMENDS, type At, type Move, unwindAll, WAIT } from './move.ts';
import type { Group, Lane } from './state.ts';
import { startUnwinding } from './unwind.ts';

type WaysNode = ParallelNode | EachNode;

/** Begins a group: what it was given is recorded, then its ways begin one after the other. */
export function openGroup(draft: Draft, at: At, node: WaysNode | LoopNode): Move {
  if (node.kind === 'parallel') return open(draft, at, node.ways.length, null);
  if (node.kind === 'loop') {
    open(draft, at, 1, null, 1);
    return { to: 'node', node: node.start, lane: passLane(at, 0) };
  }
  const items = draft.evaluate(node.items, `${at.node}, items`, at.lane);
  if (!Array.isArray(items)) return wrongItems(draft, at, 'ITEMS_WRONG', 'its items are no list');
  const tooMany = `${items.length} items, at most ${node.itemsMax} are allowed`;
  if (items.length > node.itemsMax) return wrongItems(draft, at, 'ITEMS_TOO_MANY', tooMany);
  return open(draft, at, items.length, items);
}

function open(draft: Draft, at: At, total: number, given: Json, begun = 0): Move {
  const { node, visit, lane } = at;
  draft.enter(at, { outcome: 'opened', output: given });
  const ended = { completed: 0, failed: 0, cancelled: 0 };
  draft.groups = [...draft.groups, { node, visit, lane, total, begun, ...ended }];
  return { to: 'group', group: { node, visit } };
}

function wrongItems(draft: Draft, at: At, code: string, reason: string): Move {
  draft.enter(at, { outcome: 'failed', output: { code, reason } });
  return leadOn(draft, at, { code, reason });
}

/** Closes a group that has what it needs, gives it up when it cannot get that, and else begins its next way. */
export function advanceGroup(draft: Draft, at: Pick<At, 'node' | 'visit'>): Move {
  const group = draft.group(at);
  const node = draft.node(at.node);
  if (group === undefined || !hasWays(node)) return WAIT; // it was undone, or waits for its pass
  if (isSatisfied(node.need, group)) return finish(draft, group, node);
  if (isHopeless(node.need, group)) {
    const reason = `"${node.title}" has ${group.total} ways and needs ${node.need}`;
    return failGroup(draft, group, { code: GROUP_FAILED, reason });
  }
  const atOnceMax = node.kind === 'each' ? node.concurrencyMax : node.ways.length;
  if (group.begun === group.total || underWay(group) >= atOnceMax) return WAIT;
  draft.replaceGroup(group, { ...group, begun: group.begun + 1 });
  const start = node.kind === 'each' ? node.start : (node.ways[group.begun]?.start ?? '');
  const begin: Move = { to: 'node', node: start, lane: laneOf(group, node, group.begun) };
  // The next one only when this one waits: it may decide the group at once.
  return { to: 'all', moves: [begin, { to: 'group', group: at }] };
}

const hasWays = (node: SagaNode): node is WaysNode => node.kind === 'parallel' || node.kind === 'each';
const underWay = ({ begun, completed, failed, cancelled }: Group): number =>
  begun - completed - failed - cancelled;
const laneOf = (group: Group, node: WaysNode, index: number): Lane =>
  wayLane(group, node.kind === 'each' ? index : (node.ways[index]?.id ?? ''));

/** Enough ways have come: the others are stopped and undone, or waited for. */
function finish(draft: Draft, group: Group, node: WaysNode): Move {
  if (underWay(group) === 0) {
    return close(draft, group, outputOf(draft, group, node), node.next);
  }
  if (node.rest === 'await') return WAIT;
  const over = waysEnded(draft, group);
  const reason = `"${node.title}" has what it needs`;
  for (let index = 0; index < group.begun; index += 1) {
    const lane = laneOf(group, node, index);
    if (over.has(lane)) continue;
    startUnwinding(draft, { lane, fromSeq: 0, reason, after: { leave: 'cancelled', code: 'CANCELLED' } });
  }
  return AMENDS;
}

function close(draft: Draft, group: Group, output: Json, next: string): Move {
  draft.groups = draft.groups.filter((one) => one !== group);
  draft.enter(group, { outcome: 'done', output });
  return { to: 'node', node: next, lane: group.lane };
}

/** A way has come to its end: by its join, or because it failed or was no longer wanted, and is undone. */
export function leaveGroup(draft: Draft, { lane, outcome, output }: Extract<Move, { to: 'leave' }>): Move {
  const group = draft.groupAround(lane);
  if (group === undefined) return WAIT;
  const { node, visit } = group;
  const way = { node, visit, lane };
  if (outcome === 'completed') draft.enter(way, { outcome: 'done', output });
  else draft.enter(way, { outcome: 'failed', output: { outcome, ...(output as object) } });
  draft.replaceGroup(group, { ...group, [outcome]: group[outcome] + 1 });
  return { to: 'group', group: { node, visit } };
}

/** Where a way or a pass ends. */
export function join(draft: Draft, lane: Lane, { of }: JoinNode): Move {
  const group = draft.groupAround(lane);
  const node = draft.node(of);
  // Refused by the check of a definition; here only so that nothing can be lost.
  if (group?.node !== of) return unwindAll(`a way ended in "${of}", which it is not of`, 'compensated');
  if (node.kind === 'loop') return endPass(draft, group, lane, node);
  const output = node.kind === 'each' ? draft.evaluate(node.output, `${of}, output`, lane) : null;
  return { to: 'leave', lane, outcome: 'completed', output };
}

function endPass(draft: Draft, group: Group, lane: Lane, node: LoopNode): Move {
  const again = draft.evaluate(node.again, `${group.node}, again`, lane) === true;
  const passes = group.total;
  if (again && passes < node.timesMax) {
    draft.replaceGroup(group, { ...group, total: passes + 1, begun: passes + 1 });
    return { to: 'node', node: node.start, lane: passLane(group, passes) };
  }
  return again
    ? close(draft, group, { passes, exhausted: true }, node.otherwise)
    : close(draft, group, { passes }, node.next);
}
