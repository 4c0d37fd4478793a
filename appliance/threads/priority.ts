import { readlinkSync } from 'node:fs';
import { setPriority } from 'node:os';
import type { Log } from '#contracts/log.ts';

/** Nice value of the safety thread: before everything ordinary, behind the kernel's own work. */
export const SAFETY_NICE = -10;

/**
 * Raises the calling thread above the others of the process. On Linux a nice value belongs to a thread
 * (sched(7), "The nice value"), and /proc/thread-self names the caller's. Needs CAP_SYS_NICE or a raised
 * RLIMIT_NICE; without them, and elsewhere, the thread runs like the others and the log says so.
 */
export function raisePriority(log: Log): void {
  if (process.platform !== 'linux') {
    log.info({ platform: process.platform }, 'the safety thread runs at normal priority here');
    return;
  }
  try {
    const threadId = Number(readlinkSync('/proc/thread-self').split('/').pop());
    setPriority(threadId, SAFETY_NICE);
    log.info({ nice: SAFETY_NICE }, 'the safety thread goes first');
  } catch (error) {
    const hint = 'grant CAP_SYS_NICE or LimitNICE=-10 in the service unit';
    log.info({ err: error, hint }, 'the safety thread runs at normal priority');
  }
}
