import type { BrokerLimits } from '../limits.ts';

/** A stored session, as the one who needs room looks at it. */
export interface KeptSession {
  readonly clientId: string;
  readonly user: string;
  /** Since when no connection holds it; null while one does. */
  readonly leftMs: number | null;
}

export type Room =
  | { readonly hasRoom: true; readonly giveUp: KeptSession | undefined }
  | { readonly hasRoom: false };

/**
 * Whether one more session of `user` can be stored, and which one has to go for it. MQTT 3.1.1 knows no end of a
 * stored session, so a client that makes up its id at each start leaves one behind each time.
 *
 * Only one that nobody holds goes, the longest away first: that of anybody after `sessionAwayMs`, before that one
 * of the same user only, so that nobody pays for the sessions of another.
 */
export function makeRoom(
  kept: readonly KeptSession[],
  user: string,
  limits: Pick<BrokerLimits, 'sessionsMax' | 'sessionsPerUserMax' | 'sessionAwayMs'>,
  nowMs: number,
): Room {
  const own = kept.filter((session) => session.user === user);
  const isUserFull = own.length >= limits.sessionsPerUserMax;
  if (!isUserFull && kept.length < limits.sessionsMax) return { hasRoom: true, giveUp: undefined };
  const oldest = isUserFull ? undefined : longestAway(kept);
  const isForgotten = oldest !== undefined && nowMs - (oldest.leftMs ?? nowMs) > limits.sessionAwayMs;
  const giveUp = isForgotten ? oldest : longestAway(own);
  return giveUp === undefined ? { hasRoom: false } : { hasRoom: true, giveUp };
}

function longestAway(sessions: readonly KeptSession[]): KeptSession | undefined {
  const away = sessions.filter(({ leftMs }) => leftMs !== null);
  return away.sort((a, b) => Number(a.leftMs) - Number(b.leftMs))[0];
}
