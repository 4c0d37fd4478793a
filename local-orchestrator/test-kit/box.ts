import type { Orchestrator } from '../orchestrator.ts';
import { type Duration, milliseconds } from './duration.ts';
import type { FakeClock } from './fake-clock.ts';
import type { Life, TestDisk, TestStore } from './life.ts';

/** Where and when the power goes. */
export interface CrashPlan {
  /** A crash point of the store, or one of `siteCrashPoints`. */
  readonly at: string;
  /** The so-manieth time that it is passed, over all lives; the first without one. */
  readonly nth?: number;
  /** How long the box stays down; no time at all without one. */
  readonly down?: Duration;
}

export interface Running extends Life {
  readonly orchestrator: Orchestrator;
  readonly store: TestStore;
}

/** The box that an orchestrator runs in: it dies where a test says so, and comes up again on the same disk. */
export interface Box {
  /** The life that runs; lets the time pass that the box is down. */
  up(): Promise<Running>;
  /** The same, if it is up. */
  now(): Running | null;
  /** The power goes here and now. */
  crash(down?: Duration): void;
  /** Stopped in good order, and started again. */
  restart(): Promise<void>;
  /** Grows while something goes on in it, also while it comes up. */
  activity(): number;
  /** There while its store has not answered, and resolves when it has. */
  busy(): Promise<void> | null;
  /** Grows with everything that is written, and with every life. */
  changes(): number;
  close(): void;
}

export interface BoxParts {
  readonly disk: TestDisk;
  readonly clock: FakeClock;
  readonly crashes: readonly CrashPlan[];
  readonly build: (life: Life, store: TestStore) => Orchestrator;
  readonly onUp: (running: Running) => void;
  readonly onCrash: (point: string) => void;
}

const LIVES_MAX = 1_000;
/** Messages of one life are fewer. */
const LIFE_COUNT_MAX = 1e9;
const START_STEP_MS = 100;
const START_MS_MAX = 600_000;

export function createBox({ disk, clock, crashes, build, onUp, onCrash }: BoxParts): Box {
  const planned = crashes.map(({ at, nth = 1, down = 0 }) => ({ at, left: nth, down }));
  let current: Running | null = null;
  let latest: TestStore | null = null;
  let die: (point: string, down: Duration) => void = () => {};
  let coming: Promise<void>;
  let upAtMs = 0;
  let lives = 0;
  let passed = 0;
  let isClosed = false;

  /** The plan that is due at this passing of the point, if there is one. */
  const dueAt = (point: string) => {
    passed += 1;
    const reached = planned.filter((plan) => plan.at === point && plan.left > 0);
    for (const plan of reached) plan.left -= 1;
    return reached.find((plan) => plan.left === 0);
  };

  const start = async (): Promise<void> => {
    if (isClosed) return;
    lives += 1;
    if (lives > LIVES_MAX) throw new Error(`the box died ${LIVES_MAX} times`);
    const { clock: mortal, end } = clock.mortal();
    let isOver = false;
    let down: Duration = 0;
    const { promise: over, resolve: tellOver } = Promise.withResolvers<void>();
    die = (point, downFor) => {
      if (isOver) return;
      isOver = true;
      current = null;
      end();
      store.cut();
      onCrash(point);
      comeBack(milliseconds(downFor));
      tellOver();
    };
    const isDueAt = (point: string) => {
      const plan = dueAt(point);
      down = plan?.down ?? 0;
      return plan !== undefined;
    };
    const store = disk.start({
      clock: mortal,
      isCutAt: (point) => !isOver && isDueAt(point),
      onCut: (point) => die(point, down),
    });
    const life: Life = {
      clock: mortal,
      over,
      isOver: () => isOver,
      async passes(point) {
        if (!isOver && isDueAt(point)) die(point, down);
        if (isOver) await new Promise<never>(() => {});
      },
    };
    latest = store;
    const orchestrator = build(life, store);
    await Promise.race([orchestrator.start(), over]);
    if (isOver) return;
    current = { ...life, orchestrator, store };
    onUp(current);
  };

  const comeBack = (downMs: number) => {
    upAtMs = clock.monotonicMs() + downMs;
    const waited = downMs === 0 ? Promise.resolve() : new Promise<void>((up) => clock.after(downMs, up));
    coming = waited.then(start);
    // Whoever waits for it hears of it; until then nobody may be there.
    coming.catch(() => {});
  };

  /** Each life counts from nothing; no two sums are alike. */
  const sum = (of: (store: TestStore) => number) =>
    lives * LIFE_COUNT_MAX + (latest === null ? 0 : of(latest));

  comeBack(0);
  return {
    async up() {
      while (current === null) {
        if (isClosed) throw new Error('the test site is closed');
        const lateMs = clock.monotonicMs() - upAtMs;
        if (lateMs > START_MS_MAX) throw new Error(`the box has not come up for ${lateMs} ms`);
        // What it does to come up may have to wait for time as well.
        await Promise.race([coming, clock.pass(Math.max(-lateMs, START_STEP_MS))]);
      }
      return current;
    },
    now: () => current,
    crash: (down = 0) => die('here and now', down),
    async restart() {
      const running = await this.up();
      await running.orchestrator.stop();
      die('a stop in good order', 0);
      await this.up();
    },
    activity: () => sum((store) => store.traffic()) + passed,
    busy: () => latest?.busy?.() ?? null,
    changes: () => sum((store) => store.commits()),
    close() {
      isClosed = true;
      die('the end of the test', 0);
      disk.close();
    },
  };
}
