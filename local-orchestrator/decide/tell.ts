import { sagaCompensation, sagaStepEnded, sagaStepStarted } from '#contracts/events/saga.ts';
import type { Draft } from './draft.ts';
import type { WorkRef } from './work-ref.ts';

/** Tells the world that a step may act. */
export function started(draft: Draft, position: WorkRef, commandId: string | null): void {
  const id = commandId === null ? {} : { commandId };
  if (position.role === 'compensation') tell(draft, position, 'started');
  else draft.emit(sagaStepStarted, { ...stepOf(draft, position), ...id });
}

/** Tells the world how an attempt ended. */
export function ended(
  draft: Draft,
  position: WorkRef,
  outcome: 'succeeded' | 'failed' | 'refused' | 'timed-out' | 'unknown' | 'reconciled',
  reason?: string,
  retryAtMs?: number,
): void {
  const retryAt = retryAtMs === undefined ? {} : { retryAt: new Date(retryAtMs).toISOString() };
  if (position.role === 'compensation') {
    const again = outcome === 'refused' ? {} : retryAt; // nothing was tried that could be tried again
    if (outcome !== 'succeeded' && outcome !== 'reconciled') tell(draft, position, 'failed', reason, again);
    return;
  }
  draft.emit(sagaStepEnded, {
    ...stepOf(draft, position),
    outcome,
    ...(reason === undefined ? {} : { reason }),
    ...retryAt,
  });
}

/** Tells the world how amends go. */
export function tell(
  draft: Draft,
  position: WorkRef,
  outcome: 'started' | 'succeeded' | 'failed' | 'blocked' | 'by-hand' | 'skipped',
  reason?: string,
  more: { readonly retryAt?: string } = {},
): void {
  draft.emit(sagaCompensation, {
    ...stepOf(draft, position),
    outcome,
    ...(reason === undefined ? {} : { reason }),
    ...more,
  });
}

/** What every event about a piece of work says. A work that was never dispatched still has a number. */
export const stepOf = (draft: Draft, position: WorkRef) => ({
  sagaId: draft.sagaId,
  definition: draft.definition.name,
  step: position.node,
  attempt: Math.max(1, position.attempt),
  ...(position.visit > 1 ? { visit: position.visit } : {}),
});
