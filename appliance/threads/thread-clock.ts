import { type Clock, systemClock } from '#contracts/clock.ts';

/**
 * The clock of the floor's threads. `performance.now` begins anew in every worker; the monotonic time of the
 * operating system does not, so an age can be taken in one thread of a stamp from another.
 */
export const threadClock: Clock = {
  ...systemClock,
  monotonicMs: () => Number(process.hrtime.bigint()) / 1e6,
};
