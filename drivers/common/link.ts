import type { Clock } from '#contracts/clock.ts';
import type { Link } from '#contracts/devices.ts';

/**
 * A `Link` whose times are monotonic: a jump of the wall clock must neither drop a link nor keep a dead one. While it
 * is not up, `sinceMs` is the time of the first loss, over all attempts; `triedMs` is when the present one began.
 */
export type LinkState =
  | Exclude<Link, { state: 'connecting' }>
  | { state: 'connecting'; sinceMs: number; triedMs: number };

export type LinkEvent =
  /** A connection attempt began. */
  | { type: 'tried'; nowMs: number }
  /** The device acknowledged something, or sent data. */
  | { type: 'heard'; nowMs: number }
  | { type: 'ticked'; nowMs: number }
  | { type: 'lost'; nowMs: number; reason: string; retryAtMs: number };

export interface LinkLimits {
  readonly silenceMsMax: number;
  readonly connectMsMax: number;
}

/** What becomes of a link. Data of a connection that was given up (`heard` while down) changes nothing. */
export function nextLink(link: LinkState, event: LinkEvent, limits: LinkLimits): LinkState {
  switch (event.type) {
    case 'tried':
      return link.state === 'down'
        ? { state: 'connecting', sinceMs: link.sinceMs, triedMs: event.nowMs }
        : link;
    case 'heard':
      if (link.state === 'down') return link;
      return link.state === 'up'
        ? { ...link, heardAtMs: event.nowMs }
        : { state: 'up', sinceMs: event.nowMs, heardAtMs: event.nowMs };
    case 'lost':
      // Down since the first loss, with the latest reason.
      return {
        state: 'down',
        reason: event.reason,
        sinceMs: link.state === 'up' ? event.nowMs : link.sinceMs,
        retryAtMs: event.retryAtMs,
      };
    case 'ticked':
      return event.nowMs >= linkDeadlineMs(link, limits) ? expired(link, event.nowMs, limits) : link;
  }
}

/** When the link must be looked at again; Infinity while it is down. */
export function linkDeadlineMs(link: LinkState, limits: LinkLimits): number {
  if (link.state === 'up') return link.heardAtMs + limits.silenceMsMax;
  return link.state === 'connecting' ? link.triedMs + limits.connectMsMax : Number.POSITIVE_INFINITY;
}

function expired(link: LinkState, nowMs: number, limits: LinkLimits): LinkState {
  const reason =
    link.state === 'up'
      ? `no data for ${limits.silenceMsMax} ms`
      : `no answer within ${limits.connectMsMax} ms of connecting`;
  return { state: 'down', reason, sinceMs: link.state === 'up' ? nowMs : link.sinceMs, retryAtMs: nowMs };
}

/** The same link in wall time, for people and records; ages are kept, whatever the wall clock did. */
export function toWallTime(link: LinkState, clock: Clock): Link {
  const shiftMs = clock.nowMs() - clock.monotonicMs();
  const wall = (ms: number) => Math.round(ms + shiftMs);
  switch (link.state) {
    case 'down':
      return { ...link, sinceMs: wall(link.sinceMs), retryAtMs: wall(link.retryAtMs) };
    case 'connecting':
      return { state: 'connecting', sinceMs: wall(link.sinceMs) };
    case 'up':
      return { ...link, sinceMs: wall(link.sinceMs), heardAtMs: wall(link.heardAtMs) };
  }
}
