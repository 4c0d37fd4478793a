import { type Classification, classifications, type Lane } from '#contracts/events/envelope.ts';
import { OFFSET_NONE, type Offset, offset } from '#contracts/ids.ts';
import type { SqlRow, Store, StoreOp } from '#contracts/store.ts';
import type { LaneLedger, Position, Run } from './ledger.ts';

/** What stands on disk of one lane. */
export interface LaneRecord {
  readonly ledger: LaneLedger;
  readonly countedOffset: Offset;
  readonly backlogCount: number;
  readonly backlogBytes: number;
  readonly droppedCount: number;
  /** Policy under which the backlog was counted. */
  readonly classificationMax: Classification;
}

export interface Stream {
  readonly uplink: string;
  readonly epoch: string;
  readonly lane: Lane;
}

export const consumerOf = (stream: Stream): string => `sync/${stream.uplink}/${stream.lane}`;

/**
 * Reads what is remembered of a lane, or opens it. A new destination starts at the beginning of the log; a new
 * epoch starts behind what the region acknowledged in the last one, because those records are there already.
 */
export async function openLane(
  store: Store,
  stream: Stream,
  classificationMax: Classification,
  nowMs: number,
): Promise<LaneRecord> {
  const rows = await store.query('sync.lanes', { uplink: stream.uplink });
  const ofLane = rows.filter((row) => row.lane === stream.lane);
  const known = ofLane.find((row) => row.epoch === stream.epoch);
  if (known !== undefined) return laneRecord(known, stream.lane, await newestRun(store, stream));
  const before = ofLane[0];
  const start: Position = {
    sequence: 0,
    offset: before === undefined ? OFFSET_NONE : offset(int(before, 'acked_offset')),
  };
  const ledger: LaneLedger = { lane: stream.lane, sealed: start, acked: start, run: null };
  const fresh: LaneRecord = {
    ledger,
    countedOffset: start.offset,
    backlogCount: 0,
    backlogBytes: 0,
    droppedCount: 0,
    classificationMax,
  };
  await store.commit([
    {
      op: 'run',
      statement: 'sync.addLane',
      params: {
        ...stream,
        sealedSequence: 0,
        sealedOffset: start.offset,
        ackedSequence: 0,
        ackedOffset: start.offset,
        countedOffset: start.offset,
        classificationMax,
        changedMs: nowMs,
      },
      changes: 1,
    },
  ]);
  return fresh;
}

/** Puts numbers on disk, before any of them may be sent. */
export function sealOps(stream: Stream, ledger: LaneLedger & { readonly run: Run }): StoreOp[] {
  return [
    { op: 'run', statement: 'sync.putRun', params: { ...stream, ...ledger.run }, changes: 1 },
    sealedOp(stream, ledger.sealed),
  ];
}

export const sealedOp = (stream: Stream, sealed: Position): StoreOp => ({
  op: 'run',
  statement: 'sync.setSealed',
  params: { ...stream, sequence: sealed.sequence, offset: sealed.offset },
  changes: 1,
});

export const droppedOp = (stream: Stream, count: number): StoreOp => ({
  op: 'run',
  statement: 'sync.setDropped',
  params: { ...stream, count },
  changes: 1,
});

export const ackedOp = (stream: Stream, record: LaneRecord, nowMs: number): StoreOp => ({
  op: 'run',
  statement: 'sync.setAcked',
  params: {
    ...stream,
    ackedSequence: record.ledger.acked.sequence,
    ackedOffset: record.ledger.acked.offset,
    countedOffset: record.countedOffset,
    backlogCount: record.backlogCount,
    backlogBytes: record.backlogBytes,
    classificationMax: record.classificationMax,
    changedMs: nowMs,
  },
  changes: 1,
});

/** The run that holds `sequence`, or the next one behind it. */
export async function runFrom(store: Store, stream: Stream, sequence: number): Promise<Run | null> {
  const [row] = await store.query('sync.runFrom', { ...stream, sequence });
  return row === undefined ? null : run(row);
}

async function newestRun(store: Store, stream: Stream): Promise<Run | null> {
  const [row] = await store.query('sync.newestRun', { ...stream });
  return row === undefined ? null : run(row);
}

function laneRecord(row: SqlRow, lane: Lane, newest: Run | null): LaneRecord {
  return {
    ledger: {
      lane,
      sealed: { sequence: int(row, 'sealed_sequence'), offset: offset(int(row, 'sealed_offset')) },
      acked: { sequence: int(row, 'acked_sequence'), offset: offset(int(row, 'acked_offset')) },
      run: newest,
    },
    countedOffset: offset(int(row, 'counted_offset')),
    backlogCount: int(row, 'backlog_count'),
    backlogBytes: int(row, 'backlog_bytes'),
    droppedCount: int(row, 'dropped_count'),
    classificationMax: classification(row),
  };
}

function run(row: SqlRow): Run {
  return {
    firstSequence: int(row, 'first_sequence'),
    lastSequence: int(row, 'last_sequence'),
    afterOffset: offset(int(row, 'after_offset')),
    lastOffset: offset(int(row, 'last_offset')),
    classificationMax: classification(row),
  };
}

const int = (row: SqlRow, column: string): number => Number(row[column]);

function classification(row: SqlRow): Classification {
  const found = classifications.find((known) => known === row.classification_max);
  // The strictest reading of a word we do not know.
  return found ?? 'public';
}
