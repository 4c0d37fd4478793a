import {
  closeSync,
  fsyncSync,
  openSync,
  renameSync,
  rmSync,
  statSync,
  truncateSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';

export const RESERVE_FILE = 'reserve.bin';
const CHUNK_BYTES = 1024 * 1024;

/**
 * Lays room aside for what must be recorded on a full disk: a file that really occupies its blocks (written
 * out, since a hole would reserve nothing) until a reserved commit needs them. The last part of it is left for the
 * next start, which has to write before it can say that the disk is full.
 *
 * True when the reserve is in place, false when the disk has no room for it now. Takes a while: the keeper's.
 */
export function layReserve(dir: string, bytes: number): boolean {
  const file = join(dir, RESERVE_FILE);
  if (hasReserve(dir, bytes)) return true;
  const draft = `${file}.tmp`;
  try {
    const fd = openSync(draft, 'w', 0o600);
    try {
      const chunk = Buffer.alloc(CHUNK_BYTES);
      for (let left = bytes; left > 0; left -= CHUNK_BYTES)
        writeSync(fd, chunk, 0, Math.min(left, CHUNK_BYTES));
      fsyncSync(fd);
    } finally {
      closeSync(fd);
    }
    renameSync(draft, file);
    return true;
  } catch {
    // No room, or a disk that takes nothing: the commits meet that themselves and say so.
    rmSync(draft, { force: true });
    return false;
  }
}

export const hasReserve = (dir: string, bytes: number): boolean => reserveBytesOf(dir) === bytes;

/** Bytes of the reserve that are in place. */
export const reserveBytesOf = (dir: string): number =>
  statSync(join(dir, RESERVE_FILE), { throwIfNoEntry: false })?.size ?? 0;

/** The part of a reserve that commits leave for the next start. */
export const startShareOf = (bytes: number): number => Math.floor(bytes / 4);

/** Gives what lies above `leaveBytes` back to the file system. False when there was nothing to give. */
export function releaseReserve(dir: string, leaveBytes: number): boolean {
  if (reserveBytesOf(dir) <= leaveBytes) return false;
  truncateSync(join(dir, RESERVE_FILE), leaveBytes);
  return true;
}
