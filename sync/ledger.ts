import { strict as assert } from 'node:assert';
import type { Classification, Lane } from '#contracts/events/envelope.ts';
import { OFFSET_NONE, type Offset } from '#contracts/ids.ts';

/** A number and the place in the log of the record that bears it. */
export interface Position {
  readonly sequence: number;
  readonly offset: Offset;
}

export const POSITION_NONE: Position = { sequence: 0, offset: OFFSET_NONE };

/**
 * A stretch of numbering: the records of the lane in (afterOffset, lastOffset] whose class is at most
 * `classificationMax`, in log order, bear firstSequence … lastSequence.
 *
 * The runs ARE the relation between sequences and offsets. A run is on disk before the first of its numbers is
 * on the wire, so whatever number the region names after a crash, the record it means can be found, and the
 * same record gets the same number again. Numbering anew from the acknowledged mark with no ledger at all was
 * refused: when the answer to a frame is lost and the policy changes before the next start, the region's mark
 * would point at another record than we believe, and one would be skipped.
 * A row per frame was refused too: at one event a frame it grows as fast as the log itself.
 */
export interface Run {
  readonly firstSequence: number;
  readonly lastSequence: number;
  readonly afterOffset: Offset;
  readonly lastOffset: Offset;
  readonly classificationMax: Classification;
}

/** Bounds the work of finding a number inside a run. */
export const RUN_COUNT_MAX = 20_000;
export const RUN_OFFSETS_MAX = 200_000;

/** What one lane of one uplink remembers. Invariant: acked ≤ cursor ≤ sealed ≤ counted, by offset. */
export interface LaneLedger {
  readonly lane: Lane;
  /** The last number given; numbering has passed this offset. */
  readonly sealed: Position;
  /** What the region has, in its own words. */
  readonly acked: Position;
  /** The newest run, which may still grow. */
  readonly run: Run | null;
}

export interface SealedBatch {
  readonly count: number;
  readonly lastOffset: Offset;
  readonly classificationMax: Classification;
}

/** Gives the next `count` numbers: the run that holds them, new or grown, and the ledger afterwards. */
export function seal(ledger: LaneLedger, batch: SealedBatch): LaneLedger & { readonly run: Run } {
  assert(batch.count > 0 && batch.lastOffset > ledger.sealed.offset, 'a batch must lie after what is sealed');
  const lastSequence = ledger.sealed.sequence + batch.count;
  const run: Run =
    ledger.run !== null && mayGrow(ledger.run, ledger.sealed, batch)
      ? { ...ledger.run, lastSequence, lastOffset: batch.lastOffset }
      : {
          firstSequence: ledger.sealed.sequence + 1,
          lastSequence,
          afterOffset: ledger.sealed.offset,
          lastOffset: batch.lastOffset,
          classificationMax: batch.classificationMax,
        };
  return { ...ledger, sealed: { sequence: lastSequence, offset: batch.lastOffset }, run };
}

function mayGrow(run: Run, sealed: Position, batch: SealedBatch): boolean {
  return (
    // Not after records were given up or an older store was replaced: counting through would count wrongly.
    run.lastSequence === sealed.sequence &&
    run.lastOffset === sealed.offset &&
    run.classificationMax === batch.classificationMax &&
    sealed.sequence + batch.count - run.firstSequence < RUN_COUNT_MAX &&
    batch.lastOffset - run.afterOffset <= RUN_OFFSETS_MAX
  );
}

/**
 * Numbering skips everything up to `through`: records that were given up. They never had a number, so the
 * stream stays without gaps. The run does not grow past them.
 */
export function skip(ledger: LaneLedger, through: Offset): LaneLedger {
  if (through <= ledger.sealed.offset) return ledger;
  return { ...ledger, sealed: { ...ledger.sealed, offset: through } };
}

/** The region has stored up to `position`. A late answer never moves the mark back. */
export function acknowledge(ledger: LaneLedger, position: Position): LaneLedger {
  assert(
    position.sequence <= ledger.sealed.sequence,
    'the region acknowledged a number that was never given',
  );
  return position.sequence > ledger.acked.sequence ? { ...ledger, acked: position } : ledger;
}

/** How the region's mark, asked for at a connect, compares with what we remember. The region is believed. */
export type MarkView = 'same' | 'forward' | 'behind' | 'ahead';

export function viewMark(ledger: LaneLedger, sequence: number): MarkView {
  if (sequence === ledger.acked.sequence) return 'same';
  if (sequence > ledger.sealed.sequence) return 'ahead';
  return sequence > ledger.acked.sequence ? 'forward' : 'behind';
}

/**
 * The region knows numbers that we do not remember giving: our store is older than the region's. Numbering goes
 * on behind its mark; what lies after our own offset is sent under new numbers. Nothing is lost; what the lost
 * store had sent may be there twice, under ids that tell.
 */
export function adoptAhead(ledger: LaneLedger, sequence: number): LaneLedger {
  const position: Position = { sequence, offset: ledger.sealed.offset };
  return { ...ledger, sealed: position, acked: position };
}
