import { type Static, Type } from 'typebox';
import { Envelope, lanes } from './events/envelope.ts';

const Sequence = Type.Integer({ minimum: 1, maximum: Number.MAX_SAFE_INTEGER });

/**
 * One numbered event on its way to one destination, or an honest hole. Sequences have no gaps per
 * (site, epoch, lane): a number that was given to a record which may no longer leave (`withheld`: the policy
 * was tightened) or no longer exists (`gone`: older than the log) is sent as a gap, so that the stream goes on
 * and the region can see that something is missing and why.
 */
export const SyncRecord = Type.Union([
  Type.Object({ sequence: Sequence, event: Envelope }, { additionalProperties: false }),
  Type.Object(
    {
      sequence: Sequence,
      through: Type.Integer({ minimum: 1, description: 'Last number of the hole.' }),
      gap: Type.Enum(['withheld', 'gone']),
    },
    { additionalProperties: false },
  ),
]);
export type SyncRecord = Static<typeof SyncRecord>;
export type GapReason = 'withheld' | 'gone';

/**
 * Header of a frame. On the wire: one line of JSON (this), a line feed, then the compressed body, which is
 * NDJSON of `SyncRecord`, each line ended by a line feed.
 */
export const FrameHeader = Type.Object({
  version: Type.Literal(1),
  site: Type.String({ minLength: 1, maxLength: 64 }),
  epoch: Type.String({
    minLength: 1,
    maxLength: 64,
    description: 'Changes when the site starts from another store; marks begin anew.',
  }),
  lane: Type.Enum([...lanes]),
  firstSequence: Sequence,
  lastSequence: Sequence,
  encoding: Type.Enum(['zstd', 'gzip']),
  bodyBytes: Type.Integer({ minimum: 1, description: 'Of the body as sent.' }),
  rawBytes: Type.Integer({ minimum: 1, description: 'Of the body when decompressed.' }),
  sha256: Type.String({ pattern: '^[0-9a-f]{64}$', description: 'Of the body as sent, hex.' }),
});
export type FrameHeader = Static<typeof FrameHeader>;

/** The receiver's answer: up to where it has stored this lane, durably. */
export const MarkReply = Type.Object({
  site: Type.String(),
  epoch: Type.String(),
  lane: Type.Enum([...lanes]),
  sequence: Type.Integer({ minimum: 0 }),
});
export type MarkReply = Static<typeof MarkReply>;

/** Answer to `GET /sync/v1/marks?site=&epoch=`: one mark per lane, 0 where nothing came yet. */
export const MarksReply = Type.Object({ marks: Type.Array(MarkReply, { maxItems: 64 }) });
export type MarksReply = Static<typeof MarksReply>;

/** Paths of the receiver. */
export const SYNC_FRAMES_PATH = '/sync/v1/frames';
export const SYNC_MARKS_PATH = '/sync/v1/marks';
export const SYNC_CONTENT_TYPE = 'application/vnd.holdfast.frame';
