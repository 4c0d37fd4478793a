const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

/** Every bound of identity, with its unit. */
export const limits = {
  /** A one-time code lives so long. */
  claimMs: DAY_MS,
  /** A session ends after so long without a request or an open page: a shift. */
  sessionIdleMs: 12 * HOUR_MS,
  /** And after so long in any case. */
  sessionMs: 7 * DAY_MS,
  /** A session's last use reaches the disk no more often than this. */
  sessionSeenMs: 5 * MINUTE_MS,
  sessionsPerUserMax: 50,
  usersMax: 1_000,
  tokensMax: 1_000,
  mqttClientsMax: 10_000,
  /** Length of passwords, in characters. */
  passwordLengthMin: 10,
  passwordLengthMax: 256,
  /** Failed attempts per name and per address before there is a wait. */
  attemptsFree: 5,
  attemptsFreePerAddress: 20,
  /** The wait doubles from the first to the longest: nobody can lock a person out for good. */
  attemptFirstMs: 1_000,
  attemptMaxMs: 5 * MINUTE_MS,
  /** Names and addresses remembered; the one not seen for longest is forgotten. */
  attemptKeysMax: 10_000,
  /** Key derivations at a time, and waiting. Each takes a thread of the pool and 32 MiB. */
  derivationsMax: 2,
  derivationsWaitingMax: 64,
  /** Refusals that become audit events, per minute; the rest is counted in the next one. */
  refusalEventsPerMinute: 30,
  /** Certificates: validity, and how long before its end the server's is made anew. */
  authorityMs: 3_650 * DAY_MS,
  // Clients refuse server certificates of more than 398 days (CA/Browser Forum ballot SC31).
  serverMs: 397 * DAY_MS,
  serverRenewalMs: 30 * DAY_MS,
  /** Certificates begin earlier than now: clocks on the floor are not always right. */
  certificateBackdateMs: DAY_MS,
} as const;
