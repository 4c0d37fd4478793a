import { ApplianceError } from '#contracts/errors.ts';
import type { CommitOptions, LogFilter, StoreOp } from '#contracts/store.ts';
import { COMMIT_BYTES_MAX, EVENT_BYTES_MAX, OPS_PER_COMMIT_MAX } from '../limits.ts';
import { ANY_CHANGES, type CommitClass, type WireCommit, type WireFilter, type WireOp } from '../messages.ts';

/**
 * Turns a commit into what crosses to the store thread, at once, so that later changes of the caller's objects
 * change nothing that was committed.
 *
 * Errors: STORE_TOO_LARGE.
 */
export function encodeCommit(id: number, ops: readonly StoreOp[], options: CommitOptions): WireCommit {
  if (ops.length > OPS_PER_COMMIT_MAX) {
    throw new ApplianceError('STORE_TOO_LARGE', {
      what: 'A commit',
      got: ops.length,
      max: OPS_PER_COMMIT_MAX,
    });
  }
  const wire = ops.map(encodeOp);
  const bytes = bytesOf(wire);
  if (bytes > COMMIT_BYTES_MAX) {
    throw new ApplianceError('STORE_TOO_LARGE', { what: 'A commit', got: bytes, max: COMMIT_BYTES_MAX });
  }
  return { id, class: classOf(ops, options), bytes, ops: wire };
}

function encodeOp(op: StoreOp): WireOp {
  switch (op.op) {
    case 'append': {
      const { event } = op;
      const json = JSON.stringify(event);
      if (json.length > EVENT_BYTES_MAX) {
        const what = `Event ${event.id}`;
        throw new ApplianceError('STORE_TOO_LARGE', { what, got: json.length, max: EVENT_BYTES_MAX });
      }
      const { id, type, lane, classification, subject, correlationid, time } = event;
      return ['append', id, type, lane, classification, subject, correlationid, time, json];
    }
    case 'run':
      return ['run', op.statement, op.params, op.changes ?? ANY_CHANGES];
    case 'mark':
      return ['mark', op.consumer, op.offset];
  }
}

/** Safety and audit have reserved room, except for what strangers bring about; marks need none to speak of. */
export function classOf(ops: readonly StoreOp[], { reserve, uninvited }: CommitOptions): CommitClass {
  if (uninvited) return 'ordinary';
  const lanes = ops.flatMap((op) => (op.op === 'append' ? [op.event.lane] : []));
  const isOnlyMarks = ops.every(({ op }) => op === 'mark');
  const isProtected = lanes.length > 0 && lanes.every((lane) => lane === 'safety' || lane === 'audit');
  if (reserve || isOnlyMarks || isProtected) return 'reserved';
  // With anything beside them, the events are part of a transition, and that is not telemetry.
  return lanes.length === ops.length && lanes.every((lane) => lane === 'telemetry')
    ? 'telemetry'
    : 'ordinary';
}

/** About what a commit weighs in memory and in the write-ahead log; good enough for limits. */
const OP_BYTES = 128;
const bytesOf = (ops: readonly WireOp[]): number => ops.reduce((sum, op) => sum + opBytes(op), 0);

function opBytes(op: WireOp): number {
  if (op[0] === 'append') return OP_BYTES + op[8].length;
  if (op[0] !== 'run') return OP_BYTES;
  return Object.values(op[2]).reduce<number>((sum, value) => sum + valueBytes(value), OP_BYTES);
}

const valueBytes = (value: unknown): number =>
  typeof value === 'string' || value instanceof Uint8Array ? value.length : 8;

export const encodeFilter = ({ lanes, types }: LogFilter): WireFilter => ({
  lanes: lanes ?? null,
  types: types ?? null,
});
