import type { Clock, Random } from '#contracts/clock.ts';
import type { Link } from '#contracts/devices.ts';
import type { Log } from '#contracts/log.ts';
import { type Backoff, backoffMs } from './backoff.ts';
import type { LinkLimits } from './link.ts';
import { createLinkKeeper } from './link-keeper.ts';

/** One live connection of a driver. */
export interface Session {
  /** Called once, when the session is the driver's present one. Nothing is heard or delivered before it. */
  begin(): void;
  /** Ends it at once and leaves no socket or timer behind. May be called more than once. */
  close(): Promise<void>;
}

/** How a session speaks to its supervisor. After the session was given up all of it is ignored. */
export interface SessionHooks {
  /** The device acknowledged something, or sent data. An open socket is no reason to call it. */
  heard(): void;
  ended(reason: string): void;
}

export interface SupervisorOptions<S extends Session> {
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly reconnect: Backoff;
  readonly limits: LinkLimits;
  /** Must give up when the signal aborts. */
  connect(hooks: SessionHooks, signal: AbortSignal): Promise<S>;
  /** Called on each change of state, never for `heard` alone. */
  onLink(link: Link): void;
}

export interface Supervisor<S extends Session> {
  start(): void;
  link(): Link;
  /** The live session; null while there is none. */
  session(): S | null;
  counters(): { readonly connects: number; readonly losses: number };
  close(): Promise<void>;
}

// A device that allows one connection refuses the next until the last is gone; past this we try anyway.
const CLOSE_MS_MAX = 2_000;
// A device that stays away is told of now and then: a line for each attempt would bury the rest of the log.
const AWAY_WARN_MS = 60_000;

/** Keeps one session alive: connects, judges the link by what it hears, gives up, waits, connects again. */
export function createSupervisor<S extends Session>(options: SupervisorOptions<S>): Supervisor<S> {
  const { clock, limits, log } = options;
  let session: S | null = null;
  // Each attempt has a number; what a former one still says is not listened to.
  let attempt = 0;
  let failures = 0;
  let warnedMs = Number.NEGATIVE_INFINITY;
  let abort = new AbortController();
  let cancelRetry = () => {};
  let connecting: Promise<void> = Promise.resolve();
  let closing: Promise<void> = Promise.resolve();
  let closed = false;
  const counters = { connects: 0, losses: 0 };
  const keeper = createLinkKeeper({
    clock,
    limits,
    onLink: options.onLink,
    onSilence: (reason) => lose(attempt, reason),
  });

  /** Ends the session, or the attempt to get one. */
  const giveUp = () => {
    abort.abort();
    const ends = [closing, closeQuietly(session, log), connecting];
    session = null;
    connecting = Promise.resolve();
    closing = Promise.all(ends).then(() => undefined);
  };

  const lose = (which: number, reason: string) => {
    if (which !== attempt || closed) return;
    attempt += 1;
    counters.losses += 1;
    giveUp();
    const nowMs = clock.monotonicMs();
    const link = keeper.state();
    // A link that was up for a while earned a quick first retry; one that flaps waits longer each time.
    if (link.state === 'up' && nowMs - link.sinceMs >= limits.silenceMsMax) failures = 0;
    const delayMs = backoffMs(failures, options.reconnect, options.random);
    failures += 1;
    if (link.state === 'up' || nowMs - warnedMs >= AWAY_WARN_MS) {
      warnedMs = nowMs;
      log.warn({ reason, retryInMs: delayMs }, 'device link lost');
    } else log.debug({ reason, retryInMs: delayMs }, 'device still not connected');
    keeper.step({ type: 'lost', nowMs, reason, retryAtMs: nowMs + delayMs });
    cancelRetry = clock.after(delayMs, () => void tryOnce());
  };

  const tryOnce = async () => {
    const mine = attempt;
    await settledWithin(closing, CLOSE_MS_MAX, clock);
    if (closed || mine !== attempt) return;
    abort = new AbortController();
    keeper.step({ type: 'tried', nowMs: clock.monotonicMs() });
    connecting = connectOnce(mine);
  };

  const connectOnce = async (mine: number): Promise<void> => {
    const hooks: SessionHooks = {
      heard: () => {
        if (mine === attempt && !closed) keeper.step({ type: 'heard', nowMs: clock.monotonicMs() });
      },
      ended: (reason) => lose(mine, reason),
    };
    try {
      const fresh = await options.connect(hooks, abort.signal);
      if (mine !== attempt || closed) return closeQuietly(fresh, log);
      session = fresh;
      counters.connects += 1;
      fresh.begin();
    } catch (error) {
      lose(mine, error instanceof Error ? error.message : String(error));
    }
  };

  return {
    start: () => void tryOnce(),
    link: keeper.wall,
    session: () => session,
    counters: () => ({ ...counters }),
    async close() {
      if (closed) return closing;
      closed = true;
      cancelRetry();
      keeper.stop();
      giveUp();
      await settledWithin(closing, CLOSE_MS_MAX, clock);
    },
  };
}

async function closeQuietly(session: Session | null, log: Log): Promise<void> {
  try {
    await session?.close();
  } catch (error) {
    // The session is given up either way; what matters is that somebody can see why it resisted.
    log.debug({ err: error }, 'closing a device session failed');
  }
}

/** Waits for a promise, but not for ever; leaves no timer behind. */
async function settledWithin(promise: Promise<void>, limitMs: number, clock: Clock): Promise<void> {
  let cancel = () => {};
  const late = new Promise<void>((resolve) => {
    cancel = clock.after(limitMs, resolve);
  });
  await Promise.race([promise, late]);
  cancel();
}
