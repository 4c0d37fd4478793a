import type { Json, SagaDefinition } from '#contracts/sagas.ts';
import type { SqlRow } from '#contracts/store.ts';
import { sequenceOf } from '../decide/backoff.ts';
import { decide } from '../decide/decide.ts';
import { type Decision, initialState, type RecordedEvent, type SagaState } from '../decide/state.ts';

/** One transition as it was written down: with its event, its time and its chance it can be decided again. */
export interface Recorded {
  readonly seq: number;
  /** By the wall clock, for people. */
  readonly atMs: number;
  /** By the clock that deadlines go by: what it was decided with. */
  readonly decidedMs: number;
  readonly seed: number;
  readonly event: RecordedEvent;
}

/** A transition that was decided again. */
export interface Passed {
  readonly recorded: Recorded;
  readonly before: SagaState;
  readonly decision: Decision;
}

export const recordedOf = (row: SqlRow): Recorded => ({
  seq: Number(row.seq),
  atMs: Number(row.at_ms),
  decidedMs: Number(row.decided_ms ?? row.at_ms),
  seed: Number(row.random),
  event: JSON.parse(String(row.event)) as RecordedEvent,
});

/** A saga before its first transition, from its row. */
export const beginOf = (row: SqlRow): SagaState =>
  initialState({
    sagaId: String(row.saga_id),
    hash: String(row.hash),
    correlationId: String(row.correlation_id),
    input: JSON.parse(String(row.input)) as Json,
    startedMs: Number(row.started_ms),
  });

/**
 * Decides what was recorded once more. Pure, and lazy, so that a caller can make way for others in between.
 * It ends early where this program decides otherwise than the one that wrote the record.
 */
export function* replay(
  definition: SagaDefinition,
  begin: SagaState,
  records: Iterable<Recorded>,
): Generator<Passed, void> {
  let before = begin;
  for (const recorded of records) {
    const { event, decidedMs, seed } = recorded;
    const decision = decide(definition, before, event, decidedMs, sequenceOf(seed));
    if (decision.state.seq !== recorded.seq) return;
    yield { recorded, before, decision };
    before = decision.state;
  }
}
