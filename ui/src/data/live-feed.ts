import type { LiveMessage } from '#contracts/api.ts';
import {
  isGap,
  type LinkEvent,
  type LiveLink,
  type LossReason,
  nextLink,
  SILENCE_MS_MAX,
} from './live-link.ts';
import { decodePoses, type Pose } from './poses.ts';

export interface FeedListener {
  onLink(link: LiveLink): void;
  onMessage(message: LiveMessage): void;
  onPoses(poses: readonly Pose[]): void;
}
export interface Feed {
  /** Does not wait for the backoff; for the button "Try now" and for `online` events. */
  retryNow(): void;
  close(): void;
}

/** A socket that does not open within this time is given up. */
const OPEN_MS_MAX = 5_000;
const WATCH_MS = 1_000;

/**
 * Keeps a live picture of the site: snapshot, then deltas without gaps; anything else is a new connection
 * with a new snapshot. There is never more than one socket and one timer.
 */
export function startFeed(url: string, listener: FeedListener, nowMs: () => number): Feed {
  let link: LiveLink = { state: 'connecting', attempt: 0 };
  let socket: WebSocket | null = null;
  let openedAtMs = 0;
  let retryTimer: ReturnType<typeof setTimeout> | undefined;
  let closed = false;

  const apply = (event: LinkEvent): void => {
    link = nextLink(link, event);
    listener.onLink(link);
  };

  const lose = (reason: LossReason): void => {
    if (closed || socket === null) return;
    const gone = socket;
    socket = null; // Its later events no longer count.
    gone.close();
    apply({ type: 'lost', reason, nowMs: nowMs(), chance: Math.random() });
    if (link.state === 'lost') retryTimer = setTimeout(connect, link.retryAtMs - nowMs());
  };

  const receive = (data: unknown): void => {
    if (data instanceof ArrayBuffer) {
      const poses = decodePoses(data);
      // A frame before the snapshot or of another version cannot be read; the text frames still can.
      if (poses === null || link.state !== 'live') return;
      apply({ type: 'heard', nowMs: nowMs() });
      listener.onPoses(poses);
      return;
    }
    const message = parseMessage(data);
    if (message === null) {
      lose('unreadable');
      return;
    }
    if (message.kind === 'delta' && isGap(link, message.sequence)) {
      lose('gap');
      return;
    }
    // The state first, then the claim that it is live.
    listener.onMessage(message);
    apply({ type: message.kind, sequence: message.sequence, nowMs: nowMs() });
  };

  function connect(): void {
    clearTimeout(retryTimer);
    if (closed || socket !== null) return;
    const current = new WebSocket(url);
    current.binaryType = 'arraybuffer';
    socket = current;
    openedAtMs = nowMs();
    current.onmessage = (event: MessageEvent<unknown>) => {
      if (current === socket) receive(event.data);
    };
    current.onclose = () => {
      if (current === socket) lose('closed');
    };
  }

  // A tablet that walked out of the Wi-Fi gets no close event for minutes: silence has to be noticed here.
  const watch = setInterval(() => {
    if (socket === null) return;
    const heardAtMs = link.state === 'live' ? link.heardAtMs : openedAtMs;
    const silenceMsMax = link.state === 'live' ? SILENCE_MS_MAX : OPEN_MS_MAX;
    if (nowMs() - heardAtMs > silenceMsMax) lose('silent');
  }, WATCH_MS);

  connect();
  return {
    retryNow: connect,
    close() {
      closed = true;
      clearInterval(watch);
      clearTimeout(retryTimer);
      socket?.close();
      socket = null;
    },
  };
}

function parseMessage(data: unknown): LiveMessage | null {
  if (typeof data !== 'string') return null;
  try {
    const message = JSON.parse(data) as LiveMessage;
    return message.kind === 'snapshot' || message.kind === 'delta' ? message : null;
  } catch {
    return null;
  }
}
