import type { BranchNode, EndNode, Json, TaskNode, UndoNode } from '#contracts/sagas.ts';
import type { Draft } from './draft.ts';
import { type Move, unwindAll, WAIT } from './move.ts';
import { startWork } from './work.ts';

/**
 * Enters a node: places what waits, or says where to go on.
 *
 * Errors: SAGA_EXPRESSION, except for the input of a step, which waits for a person instead.
 */
export function enterNode(draft: Draft, id: string): Move {
  const node = draft.node(id);
  const visit = draft.nextVisit(id);
  switch (node.kind) {
    case 'step':
      return startWork(draft, { node: id, visit, role: 'action' });
    case 'branch':
      return { to: 'node', node: choose(draft, id, node) };
    case 'timer': {
      const delay = draft.evaluate(node.delayMs, `${id}, delayMs`);
      const delayMs = typeof delay === 'number' && delay > 0 ? Math.ceil(delay) : 0;
      draft.add({ at: 'timer', node: id, visit, untilMs: draft.nowMs + delayMs });
      return WAIT;
    }
    case 'signal': {
      const untilMs = node.timeoutMs === null ? null : draft.nowMs + node.timeoutMs;
      draft.add({ at: 'signal', node: id, visit, untilMs });
      draft.intend({ do: 'seek-signal', name: node.signal });
      return WAIT;
    }
    case 'task':
      return openTask(draft, id, node, visit);
    case 'undo':
      return undo(draft, id, node, visit);
    case 'end':
      return end(draft, id, node);
  }
}

function choose(draft: Draft, id: string, node: BranchNode): string {
  for (const [index, { when, next }] of node.cases.entries()) {
    if (draft.evaluate(when, `${id}, case ${index + 1}`) === true) return next;
  }
  return node.otherwise;
}

function openTask(draft: Draft, id: string, node: TaskNode, visit: number): Move {
  const untilMs = node.dueMs === null ? null : draft.nowMs + node.dueMs;
  const text = (expression: Json, place: string) => words(draft.evaluate(expression, `${id}, ${place}`));
  const taskId = draft.openTask({
    node: id,
    kind: node.taskKind,
    title: node.title,
    text: text(node.text, 'text'),
    // Computed once: what the person saw when deciding is what the record says.
    context: node.context.map(({ label, value }) => ({ label, value: text(value, label) })),
    decisions: node.decisions.map(({ next: _next, ...button }) => button),
    dueMs: untilMs,
  });
  draft.add({ at: 'task', node: id, visit, taskId, untilMs });
  return WAIT;
}

function undo(draft: Draft, id: string, node: UndoNode, visit: number): Move {
  if (visit > node.timesMax) return { to: 'node', node: node.otherwise };
  const { seq } = draft;
  const fromSeq = draft.journal.findLast((entry) => entry.node === node.to)?.seq ?? seq;
  draft.write({
    op: 'add',
    entry: { seq, node: id, visit, outcome: 'done', output: null, amends: 'none' },
  });
  return { to: 'unwind', unwinding: { fromSeq, reason: node.title, after: { go: node.next } } };
}

function end(draft: Draft, id: string, node: EndNode): Move {
  const reason = words(draft.evaluate(node.reason, `${id}, reason`));
  const output = draft.evaluate(node.output, `${id}, output`);
  if (node.outcome === 'completed') return { to: 'end', status: 'completed', reason, output };
  return unwindAll(reason, node.outcome === 'cancelled' ? 'cancelled' : 'compensated', output);
}

const words = (value: Json): string => (typeof value === 'string' ? value : JSON.stringify(value));
