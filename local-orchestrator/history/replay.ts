import type { Json, SagaDefinition } from '#contracts/sagas.ts';
import type { SqlRow } from '#contracts/store.ts';
import { sequenceOf } from '../decide/backoff.ts';
import { decide } from '../decide/decide.ts';
import type { Decision } from '../decide/decision.ts';
import type { RecordedEvent } from '../decide/events.ts';
import { initialState, type SagaState } from '../decide/state.ts';
import { canonicalJson } from '../definition/hash.ts';
import { madeOf } from '../engine/codec.ts';

/** One transition as it was written down: with its event, its time and its chance it can be decided again. */
export interface Recorded {
  readonly seq: number;
  /** By the wall clock, for people. */
  readonly atMs: number;
  /** By the clock that deadlines go by: what it was decided with. */
  readonly decidedMs: number;
  readonly seed: number;
  readonly event: RecordedEvent;
  /** What came of it, as it was written down. */
  readonly emitted: string;
  readonly journal: string | null;
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
  emitted: String(row.emitted),
  journal: row.journal === null ? null : String(row.journal),
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
    if (decision.state.seq !== recorded.seq || !isSame(madeOf(decision, event), recorded)) return;
    yield { recorded, before, decision };
    before = decision.state;
  }
}

/** Another release may write the same in another order of keys. */
const isSame = (made: Pick<Recorded, 'emitted' | 'journal'>, recorded: Recorded): boolean =>
  isSameJson(made.emitted, recorded.emitted) && isSameJson(made.journal, recorded.journal);

function isSameJson(one: string | null, other: string | null): boolean {
  if (one === other) return true;
  if (one === null || other === null) return false;
  return canonicalJson(JSON.parse(one) as Json) === canonicalJson(JSON.parse(other) as Json);
}
