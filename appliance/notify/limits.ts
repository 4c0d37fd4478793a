/** What keeps notices from filling the box or from pestering a receiver; times in ms. */
export const limits = {
  /** Notices that wait for one channel; more are given up, with an event. */
  waitingMax: 10_000,
  /** A notice that could not be told for so long tells nothing new. */
  ageMsMax: 24 * 3_600_000,
  /** Failed deliveries in a row after which a channel counts as dead. */
  strikesMax: 3,
  backoffFirstMs: 1_000,
  backoffCapMs: 10 * 60_000,
  /** A light that is tried out calls for so long. */
  testCallMs: 5_000,
  /** Rows of what was told or given up. */
  keptMs: 7 * 24 * 3_600_000,
  /** Rows taken from the table at once. */
  batchCount: 50,
  /** Notices shown on the open pages. */
  shownMax: 50,
} as const;

/** Doubles from the first pause to the cap. */
export const backoffMs = (strikes: number): number =>
  Math.min(limits.backoffCapMs, limits.backoffFirstMs * 2 ** Math.min(20, Math.max(0, strikes - 1)));
