import type { Clock } from '#contracts/clock.ts';

/** Time that stands still until a test lets it pass. */
export interface FakeClock extends Clock {
  /**
   * Lets time pass: timers fire in their order, and between them everything comes to rest. Stops early, at the
   * time reached, once `isEnough` says so.
   */
  pass(ms: number, isEnough?: () => boolean): Promise<void>;
  /** The wall clock jumps; monotonic time and timers know nothing of it. */
  jumpWall(ms: number): void;
  /** The same time for something that can die: its timers are lost with it, and it can set no more. */
  mortal(): { readonly clock: Clock; end(): void };
}

interface Timer {
  atMs: number;
  readonly delayMs: number;
  readonly run: () => void;
  /** How often in a row it has fired, set itself again, and nothing had changed. */
  idleCount: number;
}

/**
 * Whatever looks around every second does so two and a half million times in thirty days. After so many looks in
 * vain it looks once a minute, until something happens.
 */
const IDLE_COUNT_MAX = 60;
const IDLE_MS = 60_000;

const oneTurn = () => new Promise<void>((resolve) => setImmediate(resolve));

/** What a clock knows of its world. */
export interface World {
  /** Resolves when nothing goes on any more that does not wait for time. */
  settle(): Promise<void>;
  /** Grows with everything that happens, other than that somebody looks around. */
  changes(): number;
}

let oneMore = 0;
const anyWorld: World = { settle: oneTurn, changes: () => (oneMore += 1) };

export function createFakeClock(
  startMs = Date.UTC(2026, 0, 1),
  { settle, changes }: World = anyWorld,
): FakeClock {
  let monotonicMs = 0;
  let wallMs = startMs;
  let timersSet = 0;
  /** By time; among equals by age. */
  const timers: Timer[] = [];
  let latest: Timer | undefined;

  const insert = (timer: Timer) => {
    const behind = timers.findLastIndex(({ atMs }) => atMs <= timer.atMs);
    timers.splice(behind + 1, 0, timer);
  };
  const advanceTo = (atMs: number) => {
    if (atMs <= monotonicMs) return;
    wallMs += atMs - monotonicMs;
    monotonicMs = atMs;
  };
  const after: Clock['after'] = (delayMs, run) => {
    const timer = { atMs: monotonicMs + Math.max(0, delayMs), delayMs, run, idleCount: 0 };
    timersSet += 1;
    latest = timer;
    insert(timer);
    return () => void remove(timer);
  };

  const remove = (timer: Timer) => {
    const index = timers.indexOf(timer);
    if (index !== -1) timers.splice(index, 1);
    return index !== -1;
  };
  /** Timers of the same moment fire together, so that what they begin meets. */
  const fire = async (due: readonly Timer[]): Promise<void> => {
    const changedBefore = changes();
    const looks = due.flatMap((timer) => {
      const setBefore = timersSet;
      timer.run();
      const again = timersSet === setBefore + 1 ? latest : undefined;
      return again?.delayMs === timer.delayMs ? [{ timer, again }] : [];
    });
    await settle();
    if (changes() !== changedBefore) return wakeIdle();
    for (const { timer, again } of looks) {
      again.idleCount = timer.idleCount + 1;
      if (again.idleCount < IDLE_COUNT_MAX || timer.delayMs >= IDLE_MS || !remove(again)) continue;
      again.atMs = monotonicMs + IDLE_MS;
      insert(again);
    }
  };
  /** Something happened: whoever looks around does so at its own pace again. */
  const wakeIdle = () => {
    for (const timer of timers.filter(({ idleCount }) => idleCount > 0)) {
      timer.idleCount = 0;
      if (timer.atMs <= monotonicMs + timer.delayMs) continue;
      remove(timer);
      timer.atMs = monotonicMs + timer.delayMs;
      insert(timer);
    }
  };

  return {
    nowMs: () => wallMs,
    monotonicMs: () => monotonicMs,
    after,
    async pass(ms, isEnough = () => false) {
      const endMs = monotonicMs + ms;
      const changedBefore = changes();
      await settle();
      if (changes() !== changedBefore) wakeIdle();
      while (!isEnough()) {
        const [next] = timers;
        if (next === undefined || next.atMs > endMs) return advanceTo(endMs);
        advanceTo(next.atMs);
        const later = timers.findIndex(({ atMs }) => atMs > next.atMs);
        await fire(timers.splice(0, later === -1 ? timers.length : later));
      }
    },
    jumpWall(ms) {
      wallMs += ms;
      wakeIdle();
    },
    mortal() {
      const armed = new Set<() => void>();
      let isAlive = true;
      return {
        clock: {
          nowMs: () => wallMs,
          monotonicMs: () => monotonicMs,
          after(delayMs, run) {
            if (!isAlive) return () => {};
            const disarm = after(delayMs, () => {
              armed.delete(disarm);
              run();
            });
            armed.add(disarm);
            return () => {
              armed.delete(disarm);
              disarm();
            };
          },
        },
        end() {
          isAlive = false;
          for (const disarm of armed) disarm();
          armed.clear();
        },
      };
    },
  };
}
