import { sagaCompensation, sagaStepEnded } from '#contracts/events/saga.ts';
import type { RecordedEvent } from '../decide/events.ts';
import { hasEnded, type JournalEntry, type SagaState } from '../decide/state.ts';
import type { Change } from '../engine/engine.ts';
import { bucketOf, type Figure } from './figures.ts';

export type Add = (figure: Figure, by: number) => void;

/** What one transition adds to the figures of its kind of saga. Pure; most transitions add two or three. */
export function tally(change: Change, add: Add): void {
  const { event, decision, before } = change;
  if (before.seq === 0) add('started', 1);
  if (isDelivery(event)) add('deliveries', 1);
  for (const op of decision.journal) if (op.op === 'add') addStep(change, op.entry, add);
  for (const { event: told, data } of decision.events) {
    if (told === sagaCompensation) addAmends(data as { outcome: string; attempt: number }, add);
    if (told !== sagaCompensation && told !== sagaStepEnded) continue;
    if (isRetry(data as { outcome: string })) add('retries', 1);
  }
  for (const record of decision.records) {
    if (record.record === 'parked') addParked(change, record.work, add);
    if (record.record === 'task-closed' && record.by !== null) add('manualSteps', 1);
  }
  if (hasEnded(decision.state) && !hasEnded(before)) addEnd(change, add);
}

/** What comes from outside of the saga, and may come twice. */
export const isDelivery = ({ type }: RecordedEvent): boolean =>
  type === 'started' || type === 'result' || type === 'signal' || type === 'child-ended';

/** Work that a person said was done is a decision, not a step that was done by itself. */
function addStep({ instance, event }: Change, entry: JournalEntry, add: Add): void {
  if (entry.outcome !== 'done' || event.type === 'task-decided') return;
  if (instance.definition.nodes[entry.node]?.kind === 'step') add('automatedSteps', 1);
}

/** Each attempt at amends is told; they began with the first. */
function addAmends({ outcome, attempt }: { outcome: string; attempt: number }, add: Add): void {
  if (outcome === 'started' && attempt === 1) add('compensations', 1);
  if (outcome === 'blocked') add('failedCompensations', 1);
}

const isRetry = (data: { outcome: string; retryAt?: string }): boolean =>
  data.retryAt !== undefined && data.outcome !== 'refused';

function addParked(
  { before, decision, decidedMs }: Change,
  work: { node: string; visit: number; role: string },
  add: Add,
): void {
  const isIt = (position: SagaState['positions'][number]) =>
    position.at === 'work' &&
    position.node === work.node &&
    position.visit === work.visit &&
    position.role === work.role;
  const position = before.positions.find(isIt) ?? decision.state.positions.find(isIt);
  add('deadLetters', 1);
  if (position?.at === 'work') add('detectMs', Math.max(0, Math.round(decidedMs - position.firstMs)));
}

function addEnd({ instance, decision: { state }, decidedMs }: Change, add: Add): void {
  if (!hasEnded(state)) return;
  const durationMs = Math.max(0, Math.round(decidedMs - state.startedMs));
  const withAmends = state.journal.some(({ amends }) => amends === 'made' || amends === 'skipped');
  add(state.status as 'completed' | 'compensated' | 'cancelled', 1);
  if (withAmends) add('withAmends', 1);
  if (state.status === 'completed') {
    add('durationMs', durationMs);
    add(`duration.${bucketOf(durationMs)}`, 1);
  }
  const { slo } = instance.definition;
  if (slo === undefined || state.status === 'cancelled') return;
  const isGood = state.status === 'completed' && !withAmends && durationMs <= slo.durationMs;
  add(isGood ? 'sloGood' : 'sloBad', 1);
}
