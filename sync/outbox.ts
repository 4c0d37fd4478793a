import { strict as assert } from 'node:assert';
import { type Classification, classifications, type Lane } from '#contracts/events/envelope.ts';
import type { Offset } from '#contracts/ids.ts';
import type { LogTally, RawRecord, Store } from '#contracts/store.ts';
import { type LaneRecord, runFrom, type Stream, sealOps } from './book.ts';
import { eventLine, gapLine } from './frame.ts';
import { acknowledge, type Position, type Run, seal } from './ledger.ts';
import { FRAMES_READY_MAX, FRAMES_READY_MIN } from './limits.ts';
import type { Pace } from './pace.ts';
import { classesUpTo, stricter } from './policy.ts';
import { createTurn } from './signal.ts';

/** A frame in words: what is in it and what its acknowledgement will mean. */
export interface OutFrame {
  readonly lane: Lane;
  readonly firstSequence: number;
  readonly end: Position;
  readonly count: number;
  /** Of the events' JSON, as the backlog counts them. */
  readonly jsonBytes: number;
  readonly ndjson: string;
  /** Of the first event in it that is part of a trace. */
  readonly traceparent: string | null;
}

export interface OutboxLimits {
  readonly countMax: number;
  readonly bytesMax: number;
}

/** One lane on its way to one destination. Reads the log, gives numbers, remembers what is acknowledged. */
export interface Outbox {
  readonly stream: Stream;
  readonly lane: Lane;
  readonly record: LaneRecord;
  pace: Pace;
  /** Not before this time; monotonic ms. */
  readyAtMs: number;
  /** Why the region will not have it, until `readyAtMs`. */
  held: string | null;
  /** Records that may be sent were counted, and no frame holds them yet. */
  hasMore(): boolean;
  /** Everything counted is sealed and acknowledged. */
  drained(): boolean;
  next(): Promise<OutFrame | null>;
  acknowledged(frame: OutFrame): void;
  /** Starts sending from here: what the region has, by its own word. Within `exclusive`. */
  resumeAt(position: Position): void;
  counted(rows: readonly LogTally[], through: Offset): { count: number };
  replace(record: Partial<LaneRecord>): void;
  /** Records behind this are neither numbered nor looked at. */
  scanOffset(): Offset;
  /** Somebody looked up to here and found nothing for this destination. Within `exclusive`. */
  passOver(through: Offset): void;
  /** Runs alone among the reading and numbering of this lane. */
  readonly exclusive: <T>(task: () => Promise<T>) => Promise<T>;
}

export interface OutboxParts {
  readonly store: Store;
  readonly stream: Stream;
  readonly opened: LaneRecord;
  readonly classificationMax: Classification;
  readonly limits: OutboxLimits;
}

export function createOutbox({ store, stream, opened, classificationMax, limits }: OutboxParts): Outbox {
  let record = underPolicy(opened, classificationMax);
  const classes = classesUpTo(classificationMax);
  const exclusive = createTurn();
  // Frames that are numbered and wait for their turn on the wire.
  let ready: OutFrame[] = [];
  let refilling: Promise<void> | null = null;
  /** End of the last frame that was built. */
  let reached: Position = record.ledger.acked;
  let looked: Offset = record.ledger.sealed.offset;
  // Unknown after a start: one read tells.
  let newest: Offset = record.countedOffset;
  let pace: Pace = { countMax: limits.countMax };

  const scanOffset = (): Offset =>
    looked > record.ledger.sealed.offset ? looked : record.ledger.sealed.offset;
  const sealing = (): boolean => reached.sequence === record.ledger.sealed.sequence;
  const unread = (): boolean => !sealing() || newest > scanOffset();

  /** Several frames per read and per flush: at full speed the disk is asked once for all of them. */
  async function sealNext(): Promise<void> {
    const through = record.countedOffset;
    const after = scanOffset();
    if (through <= after) return;
    const read = await store.readRaw(after, {
      lane: stream.lane,
      classifications: classes,
      countMax: pace.countMax * FRAMES_READY_MAX,
      bytesMax: limits.bytesMax * FRAMES_READY_MAX,
    });
    // What was committed since the count waits for the next one: the backlog must not go below zero.
    const records = read.filter((one) => one.offset <= through);
    const last = records.at(-1);
    if (last === undefined) {
      looked = through;
      return;
    }
    const sealed = seal(record.ledger, {
      count: records.length,
      lastOffset: last.offset,
      classificationMax,
    });
    await store.commit(sealOps(stream, sealed), { reserve: true });
    // Only acknowledgements can have come in between, and they touch another part of the ledger.
    record = { ...record, ledger: { ...record.ledger, sealed: sealed.sealed, run: sealed.run } };
    for (const piece of cut(records, pace.countMax, limits.bytesMax)) push(outFrame(piece));
  }

  async function resend(): Promise<void> {
    const next = reached.sequence + 1;
    const run = await runFrom(store, stream, next);
    if (run === null) return push(gapFrame(next, record.ledger.sealed));
    if (run.firstSequence > next) {
      return push(gapFrame(next, { sequence: run.firstSequence - 1, offset: run.afterOffset }));
    }
    const after = reached.offset > run.afterOffset ? reached.offset : run.afterOffset;
    const read = await store.readRaw(after, {
      lane: stream.lane,
      classifications: classesUpTo(run.classificationMax),
      countMax: Math.min(pace.countMax, run.lastSequence - reached.sequence),
      bytesMax: limits.bytesMax,
    });
    const records = read.filter((one) => one.offset <= run.lastOffset);
    // The run promises more records than the log still has.
    if (records.length === 0) {
      return push(gapFrame(next, { sequence: run.lastSequence, offset: run.lastOffset }));
    }
    push(outFrame(records, run));
  }

  function push(frame: OutFrame): void {
    ready.push(frame);
    reached = frame.end;
  }

  function refill(): Promise<void> {
    refilling ??= exclusive(() => (sealing() ? sealNext() : resend())).finally(() => {
      refilling = null;
    });
    return refilling;
  }

  async function next(): Promise<OutFrame | null> {
    if (ready.length === 0) await refill();
    const frame = ready.shift() ?? null;
    // A failure here shows again at the next turn that waits for it.
    if (ready.length < FRAMES_READY_MIN && unread()) refill().catch(() => {});
    return frame;
  }

  function outFrame(records: readonly RawRecord[], run?: Run): OutFrame {
    const tightened =
      run !== undefined && stricter(run.classificationMax, classificationMax) !== run.classificationMax;
    const firstSequence = reached.sequence + 1;
    let jsonBytes = 0;
    let ndjson = '';
    let sequence = reached.sequence;
    for (const { json } of records) {
      sequence += 1;
      jsonBytes += Buffer.byteLength(json);
      ndjson +=
        tightened && !classes.includes(classOf(json))
          ? gapLine(sequence, sequence, 'withheld')
          : eventLine(sequence, json);
    }
    return {
      lane: stream.lane,
      firstSequence,
      end: { sequence, offset: records.at(-1)?.offset ?? reached.offset },
      count: records.length,
      jsonBytes,
      ndjson,
      traceparent: firstTraceparent(ndjson),
    };
  }

  const gapFrame = (first: number, end: Position): OutFrame => ({
    lane: stream.lane,
    firstSequence: first,
    end,
    count: 0,
    jsonBytes: 0,
    ndjson: gapLine(first, end.sequence, 'gone'),
    traceparent: null,
  });

  function drained(): boolean {
    const { acked, sealed } = record.ledger;
    return acked.sequence === sealed.sequence && newest <= scanOffset();
  }

  return {
    stream,
    lane: stream.lane,
    exclusive,
    scanOffset,
    drained,
    held: null,
    readyAtMs: 0,
    get record() {
      return record;
    },
    get pace() {
      return pace;
    },
    set pace(wanted) {
      pace = wanted;
    },
    hasMore: () => ready.length > 0 || unread(),
    next,
    acknowledged(frame) {
      record = takeOff({ ...record, ledger: acknowledge(record.ledger, frame.end) }, frame);
      // Rounding of a drifted counter: nothing left means nothing counted.
      if (drained()) record = { ...record, backlogCount: 0, backlogBytes: 0 };
    },
    resumeAt(position) {
      assert(position.sequence <= record.ledger.sealed.sequence, 'cannot resume behind what is sealed');
      ready = [];
      reached = position;
    },
    passOver(through) {
      looked = through;
    },
    counted(rows, through) {
      const mine = rows.filter(
        (row) => row.lane === stream.lane && classes.includes(row.classification) && row.count > 0,
      );
      const count = mine.reduce((sum, row) => sum + row.count, 0);
      const bytes = mine.reduce((sum, row) => sum + row.bytes, 0);
      if (count > 0) newest = through;
      record = {
        ...record,
        countedOffset: through,
        backlogCount: record.backlogCount + count,
        backlogBytes: record.backlogBytes + bytes,
      };
      return { count };
    },
    replace(changes) {
      record = { ...record, ...changes };
    },
  };
}

/** Cuts records into pieces of at most `countMax`, each ended by the record that passes `bytesMax`. */
function cut(records: readonly RawRecord[], countMax: number, bytesMax: number): RawRecord[][] {
  const pieces: RawRecord[][] = [];
  let piece: RawRecord[] = [];
  let bytes = 0;
  for (const record of records) {
    piece.push(record);
    bytes += record.json.length;
    if (piece.length < countMax && bytes < bytesMax) continue;
    pieces.push(piece);
    piece = [];
    bytes = 0;
  }
  return piece.length === 0 ? pieces : [...pieces, piece];
}

/** A backlog that was counted under another policy is counted anew, from what has a number already. */
function underPolicy(record: LaneRecord, classificationMax: Classification): LaneRecord {
  if (record.classificationMax === classificationMax) return record;
  const { sealed, acked } = record.ledger;
  return {
    ...record,
    classificationMax,
    countedOffset: sealed.offset,
    backlogCount: sealed.sequence - acked.sequence,
    backlogBytes: 0,
  };
}

function takeOff(record: LaneRecord, frame: OutFrame): LaneRecord {
  return {
    ...record,
    backlogCount: Math.max(0, record.backlogCount - frame.count),
    backlogBytes: Math.max(0, record.backlogBytes - frame.jsonBytes),
  };
}

/** Only for runs numbered under a looser policy: everything else is passed on unread. */
function classOf(json: string): Classification {
  const { classification } = JSON.parse(json) as { classification?: unknown };
  return classifications.find((known) => known === classification) ?? 'restricted';
}

/**
 * The text of an event is not parsed here, so this looks for the attribute as our codec writes it. Data that
 * looks the same could at worst link a delivery to a wrong trace.
 */
function firstTraceparent(ndjson: string): string | null {
  return /"traceparent":"(00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2})"/.exec(ndjson)?.[1] ?? null;
}
