import type { Json } from '#contracts/sagas.ts';
import { codeActivity } from '../../../local-orchestrator/activities/code-activity.ts';
import {
  type ActivityCall,
  type ActivityRunner,
  commandActivity,
  implement,
  localActivity,
} from '../../../local-orchestrator/index.ts';
import type { Effect } from '../../../local-orchestrator/test-kit/index.ts';

/** What goes in tells what the work is for, so that two pieces of work that were mixed up would show. */
export type Named = { name: string };

export const act = {
  idempotent: localActivity<Named, Named>('sim.idempotent', 1, 'idempotent'),
  queryable: localActivity<Named, Named>('sim.queryable', 1, 'queryable'),
  neither: localActivity<Named, Named>('sim.neither', 1, 'neither'),
};
export const undoAct = {
  idempotent: localActivity<Named, null>('sim.undo-idempotent', 1, 'idempotent'),
  queryable: localActivity<Named, null>('sim.undo-queryable', 1, 'queryable'),
  neither: localActivity<Named, null>('sim.undo-neither', 1, 'neither'),
};
export type Effects = keyof typeof act;
export const door = { open: commandActivity('Door', 'open'), close: commandActivity('Door', 'close') };

/** The systems around the box that are no devices: it counts what each idempotency key brought about. */
export interface SimWorld {
  readonly activities: readonly ActivityRunner[];
  readonly code: ReturnType<typeof codeActivity<Named, Named>>;
  /** How often the work of a key really happened, by activities and by devices. */
  count(key: string): number;
  keys(): Iterable<string>;
}

/** A sub-step of code that must not be done twice. */
export const SUB_STEP = 1;

export function createWorld(deviceEffects: () => readonly Effect[]): SimWorld {
  const counts = new Map<string, number>();
  const happens = (key: string) => counts.set(key, (counts.get(key) ?? 0) + 1);
  const once = (key: string) => {
    if (!counts.has(key)) happens(key);
  };

  const runnersOf = (effect: Effects): ActivityRunner[] => {
    const asked = {
      async query({ key, input }: ActivityCall) {
        return counts.has(key)
          ? ({ outcome: 'done', output: input } as const)
          : ({ outcome: 'not-done', reason: 'there is no trace of it' } as const);
      },
    };
    const run = effect === 'idempotent' ? once : happens;
    const action = implement(act[effect], ({ key, input }) => {
      run(key);
      return input;
    });
    const undo = implement(undoAct[effect], ({ key }) => {
      // Amends for what never happened are nothing; the key of the work tells.
      if (!counts.has(key.replace(/:undo$/, ''))) return null;
      run(key);
      return null;
    });
    return [action, undo].map((runner) => (effect === 'queryable' ? { ...runner, ...asked } : runner));
  };

  const code = codeActivity<Named, Named>('sim.code', 1, async (call) => {
    const first = await call.step('first', ({ key }) => {
      once(key);
      return call.input.name as Json;
    });
    await call.step(
      'second',
      ({ key }) => {
        happens(key);
        return null;
      },
      { effect: 'neither' },
    );
    return { name: String(first) };
  });

  const devices = () => {
    const found = new Map<string, number>();
    for (const { commandId } of deviceEffects()) {
      const key = commandId.replace(/:a\d+$/, '');
      found.set(key, (found.get(key) ?? 0) + 1);
    }
    return found;
  };
  return {
    code,
    activities: [...(['idempotent', 'queryable', 'neither'] as const).flatMap(runnersOf), code],
    count: (key) => (counts.get(key) ?? 0) + (devices().get(key) ?? 0),
    keys: () => [...counts.keys(), ...devices().keys()],
  };
}
