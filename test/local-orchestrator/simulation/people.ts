import type { Task } from '#contracts/api.ts';
import type { Random } from '#contracts/clock.ts';
import { type DeadLetterCause, deadLetterCauses } from '#contracts/sagas.ts';
import type { Person, TestSite } from '../../../local-orchestrator/test-kit/index.ts';
import { PERSON_MS } from './random-waits.ts';
import type { Redrives } from './redrives.ts';
import { type SimWorld, SUB_STEP } from './world.ts';

/**
 * Two who look after the same time and say different things: one of them is faster. About what may have been done
 * they both say what they see; amends that cannot be made are tried until they can, or made by hand. What is taken
 * from both by its escalation is for the lead.
 */
export function simPeople(
  world: SimWorld,
  redrives: Redrives,
  site: () => TestSite | undefined,
): Record<string, Person> {
  const person = (name: string, likes: string, after = PERSON_MS): Person => ({
    after,
    async answers(task, random) {
      if (isDeadLetter(task) && random() < 0.3 && (await redrives.letGoOn(task, name, random)))
        return undefined;
      const buttons = task.decisions.map(({ id }) => id);
      if (task.kind === 'unknown-outcome') return aboutDoubt(task, buttons, random);
      if (buttons.includes('retry') || buttons.includes('wait')) return aboutFailure(buttons, random);
      if (buttons.includes('again')) return random() < 0.5 ? 'again' : 'no';
      return buttons.includes(likes) ? likes : buttons[0];
    },
  });

  const aboutDoubt = async ({ sagaId, taskId }: Task, buttons: readonly string[], random: Random) => {
    if (random() < 0.2) return 'ask';
    const isDone = await wasDone(world, site(), sagaId, taskId);
    return isDone && buttons.includes('done') ? 'done' : 'not-done';
  };
  return { ann: person('ann', 'yes'), bob: person('bob', 'no'), lee: person('lee', 'yes', LEAD_MS) };
}

function aboutFailure(buttons: readonly string[], random: Random): string {
  const chance = random();
  if (chance < 0.1 && buttons.includes('cancel')) return 'cancel';
  if (chance < 0.3 && buttons.includes('skip')) return 'skip';
  return buttons.includes('retry') ? 'retry' : 'wait';
}

const LEAD_MS = 3 * PERSON_MS;

const isDeadLetter = ({ kind }: Task) => deadLetterCauses.includes(kind as DeadLetterCause);

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
