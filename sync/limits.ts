/** Every queue, loop and buffer of the uplink, with its unit. */

/** Frames on their way per connection. Four cover 80 ms of round trip at the pace pace.ts aims for. */
export const FRAMES_IN_FLIGHT_MAX = 4;
/** Frames that are numbered ahead per lane, and the number at which the next ones are read. */
export const FRAMES_READY_MAX = 4;
export const FRAMES_READY_MIN = 2;
/** Offsets counted in one read; keeps readers of the store short. */
export const TALLY_OFFSETS_MAX = 20_000;
/** Pause between two counts while records trickle in. */
export const TALLY_INTERVAL_MS = 10;
/** Without traffic the marks are asked for this often, so that a cut shows although nothing is sent. */
export const PROBE_INTERVAL_MS = 5_000;
/** How often the status is made. */
export const STATUS_INTERVAL_MS = 1_000;
/** Longest wait for frames on their way at an orderly stop. */
export const FLUSH_MS_MAX = 2_000;

export const CONNECT_MS_MAX = 10_000;
/** From the end of one answer to the head of the next; covers a frame on a slow link and a slow disk there. */
export const ANSWER_MS_MAX = 30_000;
/** An answer is a mark or a problem; more is not read. */
export const ANSWER_BYTES_MAX = 65_536;
/** The region may ask for a pause, but not for more than this. */
export const RETRY_AFTER_MS_MAX = 300_000;

/** Giving telemetry up frees a tenth of the room at once, so that it does not become a record a second. */
export const GIVE_UP_SHARE = 0.1;
/** Offsets looked at in one step of giving up. */
export const GIVE_UP_OFFSETS = 2_000;

/** Wait after a frame that took all there was, so that a trickle of records shares a frame. */
export const LINGER_MS = { safety: 0, audit: 20, business: 20, telemetry: 250 } as const;
