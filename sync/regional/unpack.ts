import { isUtf8 } from 'node:buffer';
import { createHash } from 'node:crypto';
import { promisify } from 'node:util';
import zlib from 'node:zlib';
import { Type } from 'typebox';
import { Compile } from 'typebox/compile';
import { ApplianceError } from '#contracts/errors.ts';
import { FrameHeader, type GapReason } from '#contracts/sync.ts';
import type { ArchiveFrame, ArchiveRecord } from './archive.ts';
import { HEADER_BYTES_MAX } from './limits.ts';

const LINE_FEED = 0x0a;
const checkHeader = Compile(FrameHeader);
const zstdDecompress = promisify(zlib.zstdDecompress);
const gunzip = promisify(zlib.gunzip);

/**
 * What the region needs of an event to keep and find it. The site validated the rest when the event was made;
 * a newer site may add attributes that this receiver does not know, and they must not stop the stream.
 */
const checkEvent = Compile(
  Type.Object({
    sequence: Type.Integer({ minimum: 1 }),
    event: Type.Object({
      specversion: Type.Literal('1.0'),
      id: Type.String({ minLength: 1, maxLength: 64 }),
      source: Type.String({ minLength: 1 }),
      type: Type.String({ minLength: 1, maxLength: 128 }),
      subject: Type.String({ minLength: 1, maxLength: 256 }),
      time: Type.String({ minLength: 20, maxLength: 40 }),
      lane: Type.String(),
    }),
  }),
);
const checkGap = Compile(
  Type.Object({
    sequence: Type.Integer({ minimum: 1 }),
    through: Type.Integer({ minimum: 1 }),
    gap: Type.Enum(['withheld', 'gone']),
  }),
);

export interface UnpackLimits {
  readonly rawBytesMax: number;
}

/** Reads the header line of a frame. Errors: SYNC_FRAME_DAMAGED, SYNC_VERSION_UNKNOWN, SYNC_FRAME_TOO_LARGE. */
export function readHeader(frame: Buffer, limits: UnpackLimits): { header: FrameHeader; body: Buffer } {
  const end = frame.subarray(0, HEADER_BYTES_MAX).indexOf(LINE_FEED);
  if (end < 0) throw damaged('it has no header line');
  let header: unknown;
  try {
    header = JSON.parse(frame.toString('utf8', 0, end));
  } catch {
    throw damaged('the header is not JSON');
  }
  const version =
    typeof header === 'object' && header !== null && 'version' in header ? header.version : null;
  if (version !== 1) throw new ApplianceError('SYNC_VERSION_UNKNOWN', { version: String(version) });
  const encoding = typeof header === 'object' && header !== null && 'encoding' in header && header.encoding;
  if (typeof encoding === 'string' && encoding !== 'zstd' && encoding !== 'gzip') {
    throw new ApplianceError('SYNC_ENCODING_UNKNOWN', { encoding: encoding.slice(0, 32) });
  }
  if (!checkHeader.Check(header)) throw damaged('the header lacks a member or has a wrong one');
  const body = frame.subarray(end + 1);
  if (body.length !== header.bodyBytes) {
    throw damaged(`the body has ${body.length} bytes, the header says ${header.bodyBytes}`);
  }
  if (header.rawBytes > limits.rawBytesMax) {
    throw new ApplianceError('SYNC_FRAME_TOO_LARGE', {
      bytes: header.rawBytes,
      where: 'unpacked',
      bytesMax: limits.rawBytesMax,
    });
  }
  return { header, body };
}

/** Unpacks and checks all records of a frame. Errors: SYNC_FRAME_DAMAGED, SYNC_RECORD_INVALID. */
export async function unpack(header: FrameHeader, body: Buffer): Promise<ArchiveFrame> {
  if (createHash('sha256').update(body).digest('hex') !== header.sha256) {
    throw damaged('its digest does not match');
  }
  const raw = await inflate(header, body);
  if (raw.length !== header.rawBytes) throw damaged('the unpacked size is not that of the header');
  if (!isUtf8(raw)) throw damaged('the text is not UTF-8');
  const lines = raw.toString('utf8').split('\n');
  if (lines.pop() !== '') throw damaged('the last line is not ended');
  const records: ArchiveRecord[] = [];
  let next = header.firstSequence;
  for (const line of lines) {
    const record = readRecord(line, next, header);
    records.push(record);
    next = ('through' in record ? record.through : record.sequence) + 1;
  }
  if (next !== header.lastSequence + 1) {
    throw damaged(`the records end at ${next - 1}, the header says ${header.lastSequence}`);
  }
  const { site, epoch, lane, firstSequence, lastSequence } = header;
  return { site, epoch, lane, firstSequence, lastSequence, records };
}

async function inflate(header: FrameHeader, body: Buffer): Promise<Buffer> {
  // Stops a bomb where its header said it would end. One piece of memory of that size, instead of many to join.
  const options = {
    maxOutputLength: header.rawBytes,
    chunkSize: Math.max(header.rawBytes, zlib.constants.Z_MIN_CHUNK),
  };
  try {
    return header.encoding === 'zstd' ? await zstdDecompress(body, options) : await gunzip(body, options);
  } catch (cause) {
    throw new ApplianceError('SYNC_FRAME_DAMAGED', { problem: 'it cannot be unpacked' }, { cause });
  }
}

function readRecord(line: string, wanted: number, header: FrameHeader): ArchiveRecord {
  const refuse = (problem: string) =>
    new ApplianceError('SYNC_RECORD_INVALID', { sequence: wanted, problem: problem });
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    throw refuse('it is not JSON');
  }
  if (checkEvent.Check(value)) {
    const { sequence, event } = value;
    if (sequence !== wanted) throw refuse(`it bears the number ${sequence}`);
    if (event.lane !== header.lane) throw refuse(`it belongs to lane ${event.lane}`);
    const { id, type, subject, time } = event;
    return { sequence, id, type, subject, time, json: eventText(line, sequence, event) };
  }
  if (checkGap.Check(value)) {
    if (value.sequence !== wanted) throw refuse(`it bears the number ${value.sequence}`);
    if (value.through < value.sequence || value.through > header.lastSequence) {
      throw refuse('the hole ends outside of the frame');
    }
    const { sequence, through } = value;
    return { sequence, through, gap: value.gap as GapReason };
  }
  throw refuse('it is neither an event nor a hole');
}

/** The event as it was sent, cut out of the line; built anew only for a sender that writes lines another way. */
function eventText(line: string, sequence: number, event: object): string {
  const head = `{"sequence":${sequence},"event":`;
  return line.startsWith(head) ? line.slice(head.length, -1) : JSON.stringify(event);
}

const damaged = (problem: string) => new ApplianceError('SYNC_FRAME_DAMAGED', { problem });
