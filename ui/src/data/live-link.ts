/** What this page knows of its own feed. Only `live` may be shown as the present. */
export type LiveLink =
  | { state: 'connecting'; attempt: number }
  | { state: 'live'; sequence: number; heardAtMs: number }
  | { state: 'lost'; heardAtMs: number | null; attempt: number; retryAtMs: number; reason: LossReason };

export type LossReason = 'closed' | 'silent' | 'gap' | 'unreadable';

export type LinkEvent =
  | { type: 'snapshot'; sequence: number; nowMs: number }
  | { type: 'delta'; sequence: number; nowMs: number }
  | { type: 'heard'; nowMs: number }
  | { type: 'lost'; reason: LossReason; nowMs: number; chance: number };

/** The appliance lets a frame pass at least every two seconds; three missed ones are silence. */
export const SILENCE_MS_MAX = 6_000;
export const RETRY_MS_FIRST = 400;
export const RETRY_MS_MAX = 10_000;

/** Capped exponential wait with full jitter in its upper half, so that fifty tablets do not return at once. */
export function retryWaitMs(attempt: number, chance: number): number {
  const ceiling = Math.min(RETRY_MS_MAX, RETRY_MS_FIRST * 2 ** Math.min(attempt, 20));
  return Math.round(ceiling * (0.5 + chance / 2));
}

export const isGap = (link: LiveLink, sequence: number): boolean =>
  link.state !== 'live' || sequence !== link.sequence + 1;

export function nextLink(link: LiveLink, event: LinkEvent): LiveLink {
  switch (event.type) {
    case 'snapshot':
      return { state: 'live', sequence: event.sequence, heardAtMs: event.nowMs };
    case 'delta':
      if (isGap(link, event.sequence)) return link;
      return { state: 'live', sequence: event.sequence, heardAtMs: event.nowMs };
    case 'heard':
      return link.state === 'live' ? { ...link, heardAtMs: event.nowMs } : link;
    case 'lost': {
      const attempt = link.state === 'live' ? 0 : link.attempt + 1;
      return {
        state: 'lost',
        heardAtMs: link.state === 'connecting' ? null : link.heardAtMs,
        attempt,
        retryAtMs: event.nowMs + retryWaitMs(attempt, event.chance),
        reason: event.reason,
      };
    }
  }
}
