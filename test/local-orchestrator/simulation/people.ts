import type { Person, TestSite } from '../../../local-orchestrator/test-kit/index.ts';
import { PERSON_MS } from './random-saga.ts';
import { type SimWorld, SUB_STEP } from './world.ts';

/**
 * Two who look after the same time and say different things: one of them is faster. About what may have been done
 * they both say what they see, and amends that cannot be made are tried until they can.
 */
export function simPeople(world: SimWorld, site: () => TestSite | undefined): Record<string, Person> {
  const person = (likes: string): Person => ({
    after: PERSON_MS,
    async answers(task, random) {
      const buttons = task.decisions.map(({ id }) => id);
      if (task.kind === 'unknown-outcome') {
        const isDone = await wasDone(world, site(), task.sagaId, task.taskId);
        return isDone && buttons.includes('done') ? 'done' : 'not-done';
      }
      if (buttons.includes('retry') || buttons.includes('wait')) {
        const isEnough = buttons.includes('cancel') && random() < 0.1;
        return isEnough ? 'cancel' : buttons.includes('retry') ? 'retry' : 'wait';
      }
      if (buttons.includes('again')) return random() < 0.5 ? 'again' : 'no';
      return buttons.includes(likes) ? likes : buttons[0];
    },
  });
  return { ann: person('yes'), bob: person('no') };
}

/** They go and look. */
async function wasDone(
  world: SimWorld,
  site: TestSite | undefined,
  sagaId: string,
  taskId: string,
): Promise<boolean> {
  if (site === undefined) return false;
  const { orchestrator } = await site.running();
  const rebuilt = await orchestrator.history.sagaAt(sagaId);
  const held = rebuilt?.state.positions.find(
    (one) => one.at === 'work' && one.phase.is === 'held' && one.phase.taskId === taskId,
  );
  if (held?.at !== 'work') return false;
  const key = `${sagaId}:${held.node}.${held.visit}`;
  if (held.role === 'compensation') {
    // Amends for nothing are made as soon as somebody says so.
    return world.count(`${key}:undo`) > 0 || world.count(key) === 0;
  }
  return world.count(key) > 0 || world.count(`${key}#${SUB_STEP}`) > 0;
}
