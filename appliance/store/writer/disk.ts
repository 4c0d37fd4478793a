import { closeSync, openSync, rmSync, statfsSync, statSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import type { Clock } from '#contracts/clock.ts';
import { ApplianceError } from '#contracts/errors.ts';
import type { DiskState } from '#contracts/store.ts';
import { DISK_LOOK_MS, DISK_RETRY_MS } from '../limits.ts';
import { SITE_FILE } from '../thread-data.ts';
import { type DiskMarks, nextDiskState } from './disk-state.ts';
import { hasReserve, releaseReserve, startShareOf } from './reserve.ts';

export interface Disk {
  /** Measured at most every `DISK_LOOK_MS`. */
  state(): DiskState;
  freeBytes(): number;
  /** The disk took no more, whatever was measured: only reserved commits for a while. */
  refused(): void;
  /** Gives the reserve back to the file system, except for the share of the next start. False when none was left. */
  releaseReserve(): boolean;
  /** The reserve is not in place, and there is room to lay it. */
  isReserveDue(): boolean;
  /** The error that fits a write the disk did not take. */
  error(problem: string, wasFull: boolean): ApplianceError;
}

/** Watches the room that is left. The answer of the file system wins over what was measured. */
export function watchDisk(dir: string, marks: DiskMarks, reserveBytes: number, clock: Clock): Disk {
  let state: DiskState = 'ok';
  let isReserveSpent = false;
  let freeBytes = 0;
  let lookedMs = Number.NEGATIVE_INFINITY;
  let refusedUntilMs = Number.NEGATIVE_INFINITY;

  const look = (): void => {
    const nowMs = clock.monotonicMs();
    if (nowMs - lookedMs < DISK_LOOK_MS) return;
    lookedMs = nowMs;
    freeBytes = freeBytesOf(dir);
    state = nextDiskState(state, freeBytes, marks);
    // The room that a spent reserve left is for reserved commits, until there is enough to lay it again.
    if (freeBytes > marks.criticalBytes + 2 * reserveBytes) isReserveSpent = false;
  };

  return {
    state() {
      look();
      return isReserveSpent || clock.monotonicMs() < refusedUntilMs ? 'critical' : state;
    },
    freeBytes() {
      look();
      return freeBytes;
    },
    refused() {
      refusedUntilMs = clock.monotonicMs() + DISK_RETRY_MS;
    },
    releaseReserve() {
      if (!releaseReserve(dir, startShareOf(reserveBytes))) return false;
      isReserveSpent = true;
      return true;
    },
    isReserveDue: () => state !== 'critical' && !isReserveSpent && !hasReserve(dir, reserveBytes),
    error(problem, wasFull) {
      return wasFull || isRoomGone(dir)
        ? new ApplianceError('STORE_FULL', { dir })
        : new ApplianceError('STORE_IO', { dir, problem });
    },
  };
}

export function freeBytesOf(dir: string): number {
  const { bavail, bsize } = statfsSync(dir);
  return bavail * bsize;
}

const noRoom = new Set(['ENOSPC', 'EDQUOT', 'EFBIG']);

/**
 * SQLite hides the error number of a failed write, so the same is tried by hand, as far into a file as the
 * write-ahead log reaches: no room, a quota and a size limit answer with numbers of their own, a sick disk with EIO.
 */
function isRoomGone(dir: string): boolean {
  const file = join(dir, 'probe.tmp');
  try {
    const reached = statSync(join(dir, `${SITE_FILE}-wal`), { throwIfNoEntry: false })?.size ?? 0;
    const fd = openSync(file, 'w', 0o600);
    try {
      writeSync(fd, Buffer.alloc(PROBE_BYTES), 0, PROBE_BYTES, reached);
    } finally {
      closeSync(fd);
      rmSync(file, { force: true });
    }
    return false;
  } catch (error) {
    return noRoom.has(errnoOf(error));
  }
}

const PROBE_BYTES = 64 * 1024;

const errnoOf = (error: unknown): string =>
  error instanceof Error && 'code' in error ? String(error.code) : '';
