import type { DeadLetterCause } from '#contracts/sagas.ts';
import { stopChild } from './child.ts';
import type { Draft } from './draft.ts';
import { FAULT } from './fault.ts';
import { unqueue } from './limits.ts';
import { PARKED } from './park.ts';
import type { Position, WorkPosition } from './state.ts';
import { taskKindOf } from './tasks.ts';
import { giveUp } from './work.ts';

/**
 * Its way is no longer wanted. What only waits is dropped at once; what runs is told to stop and its outcome is
 * awaited, because amends for something that still moves would be wrong either way. Amends go on.
 */
export function drain(draft: Draft, position: Position, reason: string): void {
  if (position.at === 'work') drainWork(draft, position, reason);
  else if (position.at === 'child') stopChild(draft, position, reason);
  else if (position.at === 'task') drainTask(draft, position, reason);
  else if (position.at === 'fault') {
    draft.remove(position);
    closeDeadLetter(draft, position.taskId, FAULT);
  } else dropWait(draft, position, reason);
}

function drainWork(draft: Draft, position: WorkPosition, reason: string): void {
  const { phase, role } = position;
  if (role === 'compensation') return;
  if (phase.is === 'running') draft.intend({ do: 'abort', work: position });
  const open = phase.is === 'running' || phase.is === 'asking' || phase.is === 'doubting';
  // Nobody knows what it did: the person who is asked has to say so first.
  if (open || (phase.is === 'held' && phase.cause === 'unknown-outcome')) return;
  if (phase.is === 'queued') unqueue(draft, position);
  if (phase.is === 'held') closeDeadLetter(draft, phase.taskId, phase.cause);
  draft.remove(position);
  giveUp(draft, position, { code: 'CANCELLED', reason });
}

function drainTask(draft: Draft, position: Extract<Position, { at: 'task' }>, reason: string): void {
  const { node: id, taskId } = position;
  const kind = taskKindOf(draft.node(id));
  if (kind === null) {
    draft.remove(position);
    closeDeadLetter(draft, taskId, PARKED);
  } else {
    draft.closeTask(taskId, kind, { state: 'cancelled' });
    dropWait(draft, position, reason);
  }
}

/** That it was waited for is kept, with its visit: the world may remember it. */
function dropWait(draft: Draft, position: Position, reason: string): void {
  draft.remove(position);
  draft.enter(position, { outcome: 'failed', output: { code: 'CANCELLED', reason } });
}

function closeDeadLetter(draft: Draft, taskId: string, cause: DeadLetterCause): void {
  draft.closeTask(taskId, cause, { state: 'cancelled' });
  draft.record({ record: 'resumed', taskId, by: 'cancellation', decision: 'cancel' });
}
