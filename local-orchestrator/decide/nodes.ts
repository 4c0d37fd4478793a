import type { BranchNode, EndNode, UndoNode } from '#contracts/sagas.ts';
import { startChild } from './child.ts';
import type { Draft } from './draft.ts';
import { join, openGroup } from './groups.ts';
import { ROOT } from './lanes.ts';
import { type At, type Move, unwindAll, WAIT } from './move.ts';
import type { Lane } from './state.ts';
import { openNodeTask } from './tasks.ts';
import { words } from './words.ts';
import { startWork } from './work.ts';

/**
 * Enters a node: places what waits, or says where to go on.
 *
 * Errors: SAGA_EXPRESSION, before anything is changed; except for the input of a step, which waits for a person.
 */
export function enterNode(draft: Draft, id: string, lane: Lane): Move {
  const node = draft.node(id);
  const at: At = { node: id, visit: draft.nextVisit(id), lane };
  switch (node.kind) {
    case 'step':
    case 'model':
      return startWork(draft, { ...at, role: 'action' });
    case 'branch':
      return { to: 'node', node: choose(draft, at, node), lane };
    case 'timer': {
      const delay = draft.evaluate(node.delayMs, `${id}, delayMs`, lane);
      const delayMs = typeof delay === 'number' && delay > 0 ? Math.ceil(delay) : 0;
      draft.add({ at: 'timer', ...at, untilMs: draft.nowMs + delayMs });
      return WAIT;
    }
    case 'signal': {
      const untilMs = node.timeoutMs === null ? null : draft.nowMs + node.timeoutMs;
      draft.add({ at: 'signal', ...at, untilMs });
      draft.intend({ do: 'seek-signal', name: node.signal });
      return WAIT;
    }
    case 'task':
      openNodeTask(draft, at, { ...node, suggestion: null, more: [] });
      return WAIT;
    case 'parallel':
    case 'each':
    case 'loop':
      return openGroup(draft, at, node);
    case 'join':
      return join(draft, lane, node);
    case 'child':
      return startChild(draft, at, node);
    case 'undo':
      return undo(draft, at, node);
    case 'end':
      return end(draft, at, node);
  }
}

/** Which way is taken is recorded: it is decided once, and cannot be told later from where it led. */
function choose(draft: Draft, at: At, { cases, otherwise }: BranchNode): string {
  const holds = ({ when }: BranchNode['cases'][number], index: number) =>
    draft.evaluate(when, `${at.node}, case ${index + 1}`, at.lane) === true;
  const index = cases.findIndex(holds);
  const chosen = cases[index];
  draft.enter(at, { outcome: 'done', output: { case: chosen === undefined ? null : index + 1 } });
  return chosen?.next ?? otherwise;
}

/** Counted in its own lane: what other ways have begun again is their affair. */
function undo(draft: Draft, at: At, node: UndoNode): Move {
  const { lane } = at;
  const times = draft.journal.filter((entry) => entry.node === at.node && entry.lane === lane).length;
  if (times >= node.timesMax) {
    const reason = `taken back ${node.timesMax} times, and no more`;
    draft.enter(at, { outcome: 'failed', output: { code: 'UNDO_EXHAUSTED', reason } });
    return { to: 'node', node: node.otherwise, lane };
  }
  const since = draft.journal.findLast((entry) => entry.node === node.to && entry.lane === lane);
  const fromSeq = since?.seq ?? draft.nextSeq;
  draft.enter(at, { outcome: 'done', output: null });
  return { to: 'unwind', unwinding: { lane, fromSeq, reason: node.title, after: { go: node.next } } };
}

function end(draft: Draft, at: At, node: EndNode): Move {
  const { node: id, lane } = at;
  const reason = words(draft.evaluate(node.reason, `${id}, reason`, lane));
  const output = draft.evaluate(node.output, `${id}, output`, lane);
  draft.enter(at, { outcome: 'done', output: null });
  if (node.outcome !== 'completed') {
    return unwindAll(reason, node.outcome === 'cancelled' ? 'cancelled' : 'compensated', output);
  }
  // Refused by the check of a definition; other ways may still be moving something.
  if (lane !== ROOT) return unwindAll(`"${node.title}" lies inside a group`, 'compensated');
  return { to: 'end', status: 'completed', reason, output };
}
