import type { Json } from '#contracts/sagas.ts';
import { childIsLate } from './child.ts';
import type { Draft } from './draft.ts';
import type { SagaEvent, Waited } from './events.ts';
import { failLane } from './fail.ts';
import { onFaultDecision } from './fault.ts';
import { onHeldDecision } from './held.ts';
import { type Move, WAIT } from './move.ts';
import { onParkedDecision } from './park.ts';
import { onLateBegin, onTimeout } from './reconcile.ts';
import { dueMs, type Position } from './state.ts';
import { personsOutput, taskKindOf } from './tasks.ts';
import { isSame } from './work-ref.ts';

type TaskPosition = Extract<Position, { at: 'task' }>;
type TaskDecided = Extract<SagaEvent, { type: 'task-decided' }>;

/** Something may be due at this position. */
export function wake(draft: Draft, position: Position, waited: readonly Waited[] = []): Move {
  const due = dueMs(position);
  if (due === null || due > draft.nowMs || !draft.positions.includes(position)) return WAIT;
  if (position.at === 'work') {
    const late = waited.find(({ work }) => isSame(work, position));
    return late === undefined ? onTimeout(draft, position) : onLateBegin(draft, position, late);
  }
  if (position.at === 'child') return childIsLate(draft, position);
  if (position.at === 'task') return taskIsDue(draft, position);
  draft.remove(position);
  const { lane } = position;
  const node = draft.node(position.node);
  if (node.kind === 'timer') {
    draft.enter(position, { outcome: 'done', output: null });
    return { to: 'node', node: node.next, lane };
  }
  if (node.kind !== 'signal') throw new Error(`node ${position.node} waits for no time`);
  const late = { code: 'TIMED_OUT', reason: `"${node.title}" did not come in time` };
  draft.enter(position, { outcome: 'failed', output: late });
  return node.onTimeout === null ? failLane(draft, lane, late) : { to: 'node', node: node.onTimeout, lane };
}

/** Without a way out it stays open past its time; only the wake-up must not come again. */
function taskIsDue(draft: Draft, position: TaskPosition): Move {
  const { lane, taskId } = position;
  const node = draft.node(position.node);
  const kind = taskKindOf(node);
  if (kind === null || !('onDue' in node) || node.onDue === null) {
    draft.replace(position, { ...position, untilMs: null });
    return WAIT;
  }
  draft.closeTask(taskId, kind, { state: 'expired' });
  draft.remove(position);
  const output = { code: 'TIMED_OUT', reason: 'nobody decided in time' };
  draft.enter(position, { outcome: 'failed', output });
  return { to: 'node', node: node.onDue, lane };
}

/** One signal is for one who waits: another of the same name may have one of its own, that came early. */
export function onSignal(draft: Draft, event: Extract<SagaEvent, { type: 'signal' }>): Move {
  const { signalId, name, payload } = event;
  const waiting = draft.positions.filter((one) => one.at === 'signal' && signalOf(draft, one) === name);
  const [position] = waiting;
  const node = position === undefined ? undefined : draft.node(position.node);
  if (position === undefined || node?.kind !== 'signal') return WAIT; // it stays stored until somebody waits for it
  draft.record({ record: 'signal-taken', signalId });
  draft.remove(position);
  draft.enter(position, { outcome: 'done', output: payload });
  if (waiting.length > 1) draft.intend({ do: 'seek-signal', name });
  return { to: 'node', node: node.next, lane: position.lane };
}

function signalOf(draft: Draft, position: Position): string | null {
  const node = draft.node(position.node);
  return node.kind === 'signal' ? node.signal : null;
}

export function onTaskDecided(draft: Draft, event: TaskDecided): Move {
  for (const position of draft.positions) {
    if (position.at === 'work' && position.phase.is === 'held' && position.phase.taskId === event.taskId) {
      return onHeldDecision(draft, position, position.phase.cause, event);
    }
    if (position.at === 'task' && position.taskId === event.taskId) {
      return onDecision(draft, position, event);
    }
    if (position.at === 'fault' && position.taskId === event.taskId) {
      return onFaultDecision(draft, position, event);
    }
  }
  return WAIT;
}

function onDecision(draft: Draft, position: TaskPosition, event: TaskDecided): Move {
  const node = draft.node(position.node);
  const kind = taskKindOf(node);
  const { taskId, by, decision } = event;
  if (kind === null) return onParkedDecision(draft, position, event);
  const choices = node.kind === 'task' ? node.decisions : node.kind === 'model' ? node.options : [];
  const chosen = choices.find((one) => one.id === decision);
  if (chosen === undefined) return WAIT;
  const output: Json = personsOutput(draft, position, event);
  draft.remove(position);
  draft.closeTask(taskId, kind, { state: 'completed', by, decision, note: event.note });
  draft.enter(position, { outcome: 'done', output });
  return { to: 'node', node: chosen.next, lane: position.lane };
}
