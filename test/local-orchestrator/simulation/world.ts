import type { Command } from '#contracts/commands.ts';
import type { Json } from '#contracts/sagas.ts';
import { codeActivity } from '../../../local-orchestrator/activities/code-activity.ts';
import type { WorkAnswer } from '../../../local-orchestrator/decide/events.ts';
import {
  type ActivityCall,
  ActivityFailure,
  type ActivityRunner,
  implement,
} from '../../../local-orchestrator/index.ts';
import {
  between,
  chanceOf,
  type FaultPlan,
  type TestSite,
} from '../../../local-orchestrator/test-kit/index.ts';
import { act, type Effects, effects, type Named, undoAct } from './activities.ts';
import { createShareWatch, type ShareWatch } from './shares.ts';

/** The systems around the box that are no devices: it counts what each idempotency key brought about. */
export interface SimWorld {
  readonly activities: readonly ActivityRunner[];
  readonly code: ReturnType<typeof codeActivity<Named, Named>>;
  readonly shares: ShareWatch;
  /** Devices go on with what they were told when the box dies. */
  readonly devices: { begins(command: Pick<Command, 'commandId'>): void; readonly ended: FaultPlan };
  /** What was seen that must not be. */
  readonly problems: readonly string[];
  readonly fired: ReadonlyMap<string, number>;
  happened(what: string): void;
  /** How often the work of a key really happened, by activities and by devices. */
  count(key: string): number;
  keys(): Iterable<string>;
}

/** A sub-step of code that must not be done twice. */
export const SUB_STEP = 1;
/** Attempts that take their time are heard of so often. */
export const BEAT_MS = 10_000;
const TOOK_MS_MAX = 90_000;

export function createWorld(seed: number, site: () => TestSite | undefined): SimWorld {
  const counts = new Map<string, number>();
  const asked = new Map<string, number>();
  const fired = new Map<string, number>();
  const problems: string[] = [];
  const shares = createShareWatch();
  let livesSeen = 0;
  const happened = (what: string) => void fired.set(what, (fired.get(what) ?? 0) + 1);
  const happens = (key: string) => counts.set(key, (counts.get(key) ?? 0) + 1);
  const once = (key: string) => {
    if (!counts.has(key)) happens(key);
  };

  /** What runs in the box dies with it: then it does nothing more, and is never heard of again. */
  const inBox = async <T>({ commandId, signal }: ActivityCall<Named>, run: () => Promise<T>): Promise<T> => {
    const { clock } = here();
    const life = livesOf(here());
    if (life !== livesSeen) shares.restarted();
    livesSeen = life;
    const isGone = () => livesOf(here()) !== life || signal.aborted;
    const leave = shares.enter(commandId, clock.monotonicMs(), isGone);
    try {
      return await run();
    } finally {
      leave();
      await unlessDead(life);
    }
  };
  const unlessDead = (life: number) => (livesOf(here()) === life ? undefined : new Promise<never>(() => {}));
  const here = (): TestSite => {
    const now = site();
    if (now === undefined) throw new Error('there is no site');
    return now;
  };

  /** Half of the work takes no time; the rest is heard of while it goes on, and ends when it is told to. */
  const takesTime = async ({ key, input, progress, signal, heartbeat }: ActivityCall<Named>) => {
    const random = chanceOf(seed, `took ${key}`);
    const life = livesOf(here());
    if (progress !== null) {
      happened('progress found');
      const { of } = progress as { of: string };
      if (of !== key) problems.push(`${key} was given the progress of ${of}`);
    }
    let leftMs = random() < 0.5 ? 0 : between(random, 1, TOOK_MS_MAX);
    while (leftMs > 0) {
      const restMs = Math.min(leftMs, BEAT_MS);
      await new Promise<void>((resolve) => {
        const disarm = here().clock.after(restMs, resolve);
        signal.addEventListener('abort', () => [disarm(), resolve()], { once: true });
      });
      await unlessDead(life);
      if (signal.aborted) throw new ActivityFailure('ABORTED', `${input.name} was told to stop`, false);
      heartbeat({ of: key });
      leftMs -= restMs;
    }
  };

  /** It has happened; if nobody waits for the answer any more, that is late, or lost. */
  const done = ({ signal }: ActivityCall<Named>) =>
    signal.addEventListener('abort', () => happened('given up when it was done'), { once: true });

  /** Most questions are answered, some too late, and some answers are of no use. */
  const answer = async ({ key, input, work }: ActivityCall): Promise<WorkAnswer> => {
    const nth = (asked.get(key) ?? 0) + 1;
    asked.set(key, nth);
    const random = chanceOf(seed, `question ${nth} ${key} ${work.attempt}`);
    const chance = random();
    if (chance < 0.1) {
      happened('question in vain');
      return { outcome: 'unknown', reason: 'it does not say' };
    }
    if (chance < 0.2) {
      happened('answer to a question late');
      await new Promise<void>((resolve) => here().clock.after(between(random, 1, 150_000), resolve));
    }
    return counts.has(key)
      ? { outcome: 'done', output: input }
      : { outcome: 'not-done', reason: 'there is no trace of it' };
  };

  const runnersOf = (effect: Effects): ActivityRunner[] => {
    const run = effect === 'idempotent' ? once : happens;
    const action = implement(act[effect], (call) =>
      inBox(call, async () => {
        await takesTime(call);
        run(call.key);
        done(call);
        return call.input;
      }),
    );
    const undo = implement(undoAct[effect], (call) =>
      inBox(call, async () => {
        await takesTime(call);
        // Amends for what never happened are nothing; the key of the work tells.
        if (counts.has(call.key.replace(/:undo$/, ''))) run(call.key);
        return null;
      }),
    );
    return [action, undo].map((runner) => (effect === 'queryable' ? { ...runner, query: answer } : runner));
  };

  const code = codeActivity<Named, Named>('sim.code', 1, (call) =>
    inBox(call, async () => {
      const first = await call.step('first', ({ key }) => {
        once(key);
        return call.input.name as Json;
      });
      await takesTime(call);
      await call.step(
        'second',
        ({ key }) => {
          happens(key);
          return null;
        },
        { effect: 'neither' },
      );
      return { name: String(first) };
    }),
  );

  const atDevices = new Map<string, () => void>();
  const devices: SimWorld['devices'] = {
    begins({ commandId }) {
      atDevices.set(
        commandId,
        shares.enter(commandId, here().clock.monotonicMs(), () => false),
      );
    },
    ended({ commandId }) {
      atDevices.get(commandId)?.();
      return undefined;
    },
  };
  const effectsOfDevices = () => {
    const found = new Map<string, number>();
    for (const { commandId } of site()?.effects() ?? []) {
      const key = commandId.replace(/:a\d+$/, '');
      found.set(key, (found.get(key) ?? 0) + 1);
    }
    return found;
  };
  return {
    code,
    activities: [...effects.flatMap(runnersOf), code],
    shares,
    devices,
    problems,
    fired,
    happened,
    count: (key) => (counts.get(key) ?? 0) + (effectsOfDevices().get(key) ?? 0),
    keys: () => [...counts.keys(), ...effectsOfDevices().keys()],
  };
}

/** A number for each life of the box. */
export function livesOf({ fired }: TestSite): number {
  let lives = 0;
  for (const [what, count] of fired) if (what.startsWith('crash ')) lives += count;
  return lives;
}
