/** Every queue, buffer and wait of the receiver, with its unit. */

export const HEADER_BYTES_MAX = 4_096;
/** One frame as sent. */
export const FRAME_BYTES_MAX = 33_554_432;
/** One frame when decompressed: what a small body may become. */
export const FRAME_RAW_BYTES_MAX = 67_108_864;
/** Bodies in memory at one time, all sites together; further frames wait unread on their sockets. */
export const BYTES_IN_HAND_MAX = 134_217_728;
/** Frames unpacked at one time. */
export const FRAMES_UNPACKED_MAX = 2;
/** Frames that wait for room; more are told to come again. */
export const FRAMES_WAITING_MAX = 2_048;
export const CONNECTIONS_MAX = 4_096;
/** Longest time one request may take to arrive. */
export const REQUEST_MS_MAX = 120_000;
/** Longer than the pauses of a site that only probes, so that its connection lives. */
export const KEEP_ALIVE_MS = 75_000;
export const EVENTS_LIMIT_MAX = 10_000;
/** A site's pause when there is no room. */
export const RETRY_AFTER_S = 1;
