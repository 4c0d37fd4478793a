import { hash } from 'node:crypto';

/** What stands before the first row. */
export const CHAIN_START = '0'.repeat(64);

export interface ChainRow {
  readonly offset: number;
  readonly envelope: string;
  /** Lower-case hex. */
  readonly hash: string;
}

/**
 * Hash of a row: SHA-256 over the hash before it, its offset and its envelope, as lower-case hex.
 *
 * The parts are joined by line feeds; the first two cannot hold one, so no two rows share an input. The other
 * columns of the log repeat what the envelope says, and `chainProblem` holds them equal to it.
 */
export const chainHash = (before: string, offset: number, envelope: string): string =>
  hash('sha256', `${before}\n${offset}\n${envelope}`, 'hex');

export interface StoredRow extends ChainRow {
  readonly event_id: string;
  readonly type: string;
  readonly lane: string;
  readonly classification: string;
  readonly subject: string;
  readonly correlation: string;
  readonly time: string;
}

/** What is wrong with a row that follows `before`, or null. */
export function chainProblem(row: StoredRow, before: { offset: number; hash: string }): string | null {
  if (row.offset !== before.offset + 1) return `row ${before.offset + 1} is missing`;
  if (row.hash !== chainHash(before.hash, row.offset, row.envelope)) {
    return 'the hash does not fit the row and the one before it';
  }
  const event = JSON.parse(row.envelope) as Record<string, unknown>;
  const repeated: Record<string, string> = {
    id: row.event_id,
    type: row.type,
    lane: row.lane,
    classification: row.classification,
    subject: row.subject,
    correlationid: row.correlation,
    time: row.time,
  };
  const differing = Object.keys(repeated).find((key) => event[key] !== repeated[key]);
  return differing === undefined ? null : `column ${differing} differs from the envelope`;
}
