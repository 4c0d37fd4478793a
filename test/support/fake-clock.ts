import type { Clock } from '#contracts/clock.ts';

export interface FakeClock extends Clock {
  /** Lets time pass: timers fire in their order, and promises settle between them. */
  pass(ms: number): Promise<void>;
  /** The wall clock jumps; monotonic time and timers know nothing of it. */
  jumpWall(ms: number): void;
}

const settle = () => new Promise<void>((resolve) => setImmediate(resolve));

export function createFakeClock(startMs = Date.UTC(2026, 0, 1)): FakeClock {
  let monotonicMs = 0;
  let wallMs = startMs;
  let timers: { atMs: number; run(): void }[] = [];
  const advanceTo = (atMs: number) => {
    wallMs += atMs - monotonicMs;
    monotonicMs = atMs;
  };
  return {
    nowMs: () => wallMs,
    monotonicMs: () => monotonicMs,
    after(delayMs, run) {
      const timer = { atMs: monotonicMs + Math.max(0, delayMs), run };
      timers.push(timer);
      return () => {
        timers = timers.filter((other) => other !== timer);
      };
    },
    async pass(ms) {
      const endMs = monotonicMs + ms;
      await settle();
      for (;;) {
        const [next] = timers.filter(({ atMs }) => atMs <= endMs).toSorted((a, b) => a.atMs - b.atMs);
        if (next === undefined) break;
        timers = timers.filter((timer) => timer !== next);
        advanceTo(Math.max(next.atMs, monotonicMs));
        next.run();
        await settle();
      }
      advanceTo(endMs);
    },
    jumpWall(ms) {
      wallMs += ms;
    },
  };
}
