import type { Draft } from './draft.ts';
import { type Move, unwindAll, WAIT } from './move.ts';
import type { Position } from './state.ts';
import { giveUp } from './work.ts';

/**
 * Somebody wants the saga to end. What only waits is dropped at once; what runs is told to stop and its outcome
 * is awaited, because amends for something that still moves would be wrong either way.
 */
export function requestCancel(draft: Draft, cancel: { by: string; reason: string }): Move {
  if (draft.cancel !== null || draft.status === 'compensating') return WAIT;
  draft.cancel = cancel;
  if (draft.unwinding !== null) return WAIT; // it comes into force when these amends are made
  let busy = false;
  for (const position of draft.positions) busy = !drop(draft, position, cancel.reason) || busy;
  return busy ? WAIT : unwindAll(cancel.reason, 'cancelled');
}

/** Gives up a position that only waits; false when its outcome must be awaited. */
function drop(draft: Draft, position: Position, reason: string): boolean {
  if (position.at === 'work') {
    const { phase } = position;
    if (phase.is === 'running') draft.intend({ do: 'abort', work: position });
    const open = phase.is === 'running' || phase.is === 'asking' || phase.is === 'doubting';
    // Nobody knows what it did: the person who is asked has to say so first.
    if (open || (phase.is === 'held' && phase.cause === 'unknown-outcome')) return false;
    draft.remove(position);
    if (phase.is === 'held') close(draft, phase.taskId, phase.cause);
    giveUp(draft, position, { code: 'CANCELLED', reason });
    return true;
  }
  draft.remove(position);
  if (position.at === 'task') {
    const node = draft.node(position.node);
    close(draft, position.taskId, node.kind === 'task' ? node.taskKind : 'task');
  }
  return true;
}

function close(draft: Draft, taskId: string, kind: string): void {
  draft.closeTask(taskId, kind, { state: 'cancelled' });
  draft.record({ record: 'resumed', taskId, by: 'cancellation', decision: 'cancel' });
}
