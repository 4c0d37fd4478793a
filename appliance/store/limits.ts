/** Every queue, buffer and loop of the store, with its unit. */

/** Commits of one client on their way to the store thread; more wait on the client's side. */
export const COMMITS_IN_FLIGHT_MAX = 1_024;
/** JSON and parameters of one client on their way to the store thread. */
export const COMMIT_BYTES_IN_FLIGHT_MAX = 16 * 1024 * 1024;
/** Commits of one client that wait on its side; one more is refused with STORE_BUSY. */
export const COMMITS_WAITING_MAX = 50_000;
export const COMMIT_BYTES_WAITING_MAX = 128 * 1024 * 1024;
/** Commits of one turn of the event loop share a message up to here. */
export const MESSAGE_BYTES = 64 * 1024;
/** Reads of one client at the reader, and those that wait on its side. */
export const READS_IN_FLIGHT_MAX = 64;
export const READS_WAITING_MAX = 20_000;

export const OPS_PER_COMMIT_MAX = 20_000;
export const COMMIT_BYTES_MAX = 64 * 1024 * 1024;
/** One event as JSON. */
export const EVENT_BYTES_MAX = 4 * 1024 * 1024;
/** Clients of one store at a time. */
export const CLIENTS_MAX = 64;

/** One SQLite transaction takes what is queued up to here; the rest goes into the next. */
export const BATCH_OPS_MAX = 4_096;
export const BATCH_BYTES_MAX = 8 * 1024 * 1024;

/** Rows and bytes of one answer of the reader. */
export const QUERY_ROWS_MAX = 200_000;
export const LOG_READ_COUNT_MAX = 50_000;
export const LOG_READ_BYTES_MAX = 16 * 1024 * 1024;
/** A read longer than this is told to the log: readers are meant to be short. */
export const SLOW_READ_MS = 250;
/** Kinds of event one merging read goes through; wider filters scan in offset order. SQLite allows 500. */
export const MERGED_KINDS_MAX = 100;

/** Live records sent to a client and not yet taken by it; past it the client reads from the file instead. */
export const LIVE_BYTES_MAX = 8 * 1024 * 1024;
/** Live records a follower keeps while its handler works; past it the follower reads from the file instead. */
export const FOLLOWER_RECORDS_MAX = 8_192;
/** A filtered follower's mark follows the log in steps of so many offsets when nothing matched. */
export const SKIP_OFFSETS = 5_000;
/** Pause before a rejected batch is handed out again; doubles up to the second. */
export const RETRY_FIRST_MS = 100;
export const RETRY_MAX_MS = 5_000;

export const PAGE_BYTES = 4_096;
/** Pages in the write-ahead log, not yet copied, at which the keeper is asked to copy them. */
export const CHECKPOINT_PAGES = 1_024;
/** Length of the write-ahead log at which the store thread itself copies a remainder, so that it can restart. */
export const WAL_RESTART_PAGES = 16_384;
/** A remainder up to this is copied by the store thread (some milliseconds) … */
export const WAL_REMAINDER_PAGES = 1_024;
/** … and any remainder at this length, because the log must end somewhere (1 GiB). */
export const WAL_PAGES_MAX = 262_144;
/** How often the length of the write-ahead log is looked at. */
export const WAL_LOOK_MS = 50;

/** Page caches of the connections, at most. */
export const WRITER_CACHE_BYTES = 16 * 1024 * 1024;
export const READER_CACHE_BYTES = 8 * 1024 * 1024;
export const HISTORY_CACHE_BYTES = 4 * 1024 * 1024;
/** The keeper copies pages past its cache. */
export const KEEPER_CACHE_BYTES = 1024 * 1024;

/** Wait for a lock of another connection, such as somebody's sqlite3 shell. */
export const BUSY_TIMEOUT_MS = 5_000;

/** Up to here the whole file is checked before the start after an unclean stop; larger ones while it runs. */
export const CHECK_BEFORE_START_BYTES_MAX = 64 * 1024 * 1024;
/** Newest rows whose chain is checked at every start. */
export const CHAIN_TAIL_COUNT = 1_000;
/** Rows of one short read when the whole chain is walked. */
export const CHAIN_BATCH_COUNT = 2_000;
/** Median flush above which the start warns, and above which it refuses. */
export const FLUSH_WARN_MS = 25;
export const FLUSH_REFUSE_MS = 5_000;

/** Free room below which telemetry is refused, and below which only reserved commits are taken. */
export const DISK_LOW_BYTES = 512 * 1024 * 1024;
export const DISK_CRITICAL_BYTES = 128 * 1024 * 1024;
/** Written out at the start and given back to the file system when a reserved commit finds it full. */
export const DISK_RESERVE_BYTES = 32 * 1024 * 1024;
/** Wait after the start before the reserve is laid: the start has better things to do with the disk. */
export const RESERVE_FIRST_MS = 2_000;
/** Pause before the reserve is laid again when the disk did not take it. */
export const RESERVE_RETRY_MS = 60_000;
/** How often free room is measured. */
export const DISK_LOOK_MS = 500;
/** After the disk refused data for good, ordinary commits are tried again after so long. */
export const DISK_RETRY_MS = 500;

/** Tag history: ring by bytes and age, waiting samples, and how many are written in one go. */
export const HISTORY_BYTES_MAX = 1024 * 1024 * 1024;
export const HISTORY_AGE_MS_MAX = 7 * 24 * 3_600_000;
export const HISTORY_WAITING_MAX = 50_000;
/** Samples of one client that the store thread has not taken off its port; more are dropped and counted. */
export const HISTORY_IN_FLIGHT_MAX = 50_000;
export const HISTORY_BATCH_COUNT = 512;
export const HISTORY_PRUNE_COUNT = 2_048;
export const HISTORY_READ_COUNT_MAX = 20_000;
export const HISTORY_WINDOWS_MAX = 5_000;
