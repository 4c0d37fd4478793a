import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { ApplianceError } from '#contracts/errors.ts';
import type { MarkReply } from '#contracts/sync.ts';
import type { Archive } from './archive.ts';
import { BYTES_IN_HAND_MAX, FRAMES_UNPACKED_MAX } from './limits.ts';
import { createRoom } from './room.ts';
import { readHeader, unpack } from './unpack.ts';

export interface FrameLimits {
  readonly frameBytesMax: number;
  readonly rawBytesMax: number;
}

export type FrameReply =
  | { readonly status: 200; readonly mark: MarkReply }
  | { readonly status: 409 | 422; readonly mark: MarkReply; readonly error: ApplianceError };

/**
 * Takes frames in. Bodies share a bounded room; a frame without room waits unread on its socket. Frames of one
 * connection are stored in the order of arrival, although the next is read and unpacked meanwhile.
 */
export function createFrameIntake(archive: Archive, limits: FrameLimits) {
  const bytesInHand = createRoom(BYTES_IN_HAND_MAX);
  const hands = createRoom(FRAMES_UNPACKED_MAX);
  const lastOf = new WeakMap<Socket, Promise<unknown>>();

  return async (request: IncomingMessage, site: string): Promise<FrameReply> => {
    const before = lastOf.get(request.socket) ?? Promise.resolve();
    const { promise: mine, resolve: done } = Promise.withResolvers<void>();
    lastOf.set(request.socket, mine);
    try {
      const length = lengthOf(request, limits.frameBytesMax);
      const giveBack = await bytesInHand.take(length);
      try {
        const { header, body } = readHeader(await readBody(request, length), limits);
        if (header.site !== site) throw new ApplianceError('SYNC_TOKEN_WRONG', { site: header.site });
        const layDown = await hands.take(1);
        const frame = await unpack(header, body).finally(layDown);
        await before;
        return await store(frame);
      } finally {
        giveBack();
      }
    } finally {
      done();
    }
  };

  async function store(frame: Awaited<ReturnType<typeof unpack>>): Promise<FrameReply> {
    const { site, epoch, lane, firstSequence } = frame;
    const result = await archive.store(frame);
    const mark = { site, epoch, lane, sequence: result.sequence };
    if (result.outcome === 'stored') return { status: 200, mark };
    if (result.outcome === 'conflict') {
      return {
        status: 422,
        mark,
        error: new ApplianceError('SYNC_CONFLICT', { sequence: result.sequence }),
      };
    }
    const details = { wanted: result.sequence + 1, got: firstSequence };
    return { status: 409, mark, error: new ApplianceError('SYNC_GAP', details) };
  }
}

/** RFC 9112 §6.3: a frame has a Content-Length, so that its room is known before it is read. */
function lengthOf(request: IncomingMessage, bytesMax: number): number {
  const bytes = Number(request.headers['content-length']);
  if (!Number.isSafeInteger(bytes) || bytes <= 0) {
    throw new ApplianceError('SYNC_FRAME_DAMAGED', { problem: 'it has no Content-Length' });
  }
  if (bytes > bytesMax)
    throw new ApplianceError('SYNC_FRAME_TOO_LARGE', { bytes, where: 'as sent', bytesMax });
  return bytes;
}

async function readBody(request: IncomingMessage, length: number): Promise<Buffer> {
  const body = Buffer.allocUnsafe(length);
  let filled = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) filled += chunk.copy(body, filled);
  // The parser ends a body that is cut off with an error; this is for the reader's peace.
  if (filled !== length) throw new ApplianceError('SYNC_FRAME_DAMAGED', { problem: 'it was cut off' });
  return body;
}
