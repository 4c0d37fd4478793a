import { readlinkSync } from 'node:fs';
import { setPriority } from 'node:os';
import type { Log } from '#contracts/log.ts';

/** Nice value of a thread that catches up: behind everything that the floor waits for. */
export const CATCH_UP_NICE = 10;

/**
 * Lowers the calling thread below the others of the process; nobody needs a privilege for that. On Linux a nice
 * value belongs to a thread (sched(7)), and /proc/thread-self names the caller's.
 */
export function yieldPriority(log: Log): void {
  if (process.platform !== 'linux') return;
  try {
    setPriority(Number(readlinkSync('/proc/thread-self').split('/').pop()), CATCH_UP_NICE);
  } catch (error) {
    log.debug({ err: error }, 'this thread runs at normal priority');
  }
}
