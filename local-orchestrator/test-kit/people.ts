import type { Task } from '#contracts/api.ts';
import type { Clock, Random } from '#contracts/clock.ts';
import { isApplianceError } from '#contracts/errors.ts';
import type { Running } from './box.ts';
import { between, chanceOf } from './chance.ts';
import { type Duration, milliseconds } from './duration.ts';
import type { Ledger } from './ledger.ts';

/** What somebody makes of a task. */
export interface Answer {
  readonly decision: string;
  readonly note?: string;
}

/** Somebody on the floor. Two who answer the same task after the same time are two who claim it at once. */
export interface Person {
  /** When they see to a task that is new to them; between a second and ten minutes without it. */
  readonly after?: Duration;
  /** The id of a button, an answer with a note, or nothing: then they leave it to others. */
  answers(task: Task, random: Random): string | Answer | undefined | Promise<string | Answer | undefined>;
}

const SOON_MS = 1_000;
const LATE_MS = 600_000;

export interface PeopleParts {
  readonly seed: number;
  readonly clock: Clock;
  readonly people: Readonly<Record<string, Person>>;
  readonly ledger: Ledger;
  /** Counts what happened between people, such as `claim lost`. */
  readonly happened: (what: string) => void;
}

/** Lets people see to the tasks of each life of the box: those it comes up with, and those that open. */
export function letPeopleWork({ seed, clock, people, ledger, happened }: PeopleParts) {
  const work = async (name: string, person: Person, taskId: string, running: Running) => {
    const { orchestrator } = running;
    const task = orchestrator.tasks().find((one) => one.taskId === taskId);
    if (running.isOver() || task === undefined) return;
    const said = await person.answers(task, chanceOf(seed, `${name} ${taskId}`));
    if (said === undefined) return;
    const { decision, note } = typeof said === 'string' ? { decision: said, note: `by ${name}` } : said;
    try {
      await orchestrator.claimTask(taskId, name);
      await orchestrator.decideTask(taskId, name, decision, note);
      ledger.add({ what: 'decided', taskId, by: name, decision });
      happened('decided');
    } catch (error) {
      if (isApplianceError(error, 'SAGA_TASK_TAKEN')) return happened('claim lost');
      if (isApplianceError(error, 'SAGA_TASK_NOT_FOUND')) return happened('answered too late');
      throw error;
    }
  };

  return (running: Running): void => {
    const seen = new Set<string>();
    const see = ({ taskId }: Pick<Task, 'taskId'>) => {
      if (seen.has(taskId)) return;
      seen.add(taskId);
      for (const [name, person] of Object.entries(people)) {
        const random = chanceOf(seed, `${name} sees ${taskId}`);
        const afterMs =
          person.after === undefined ? between(random, SOON_MS, LATE_MS) : milliseconds(person.after);
        // Their own time: they do not die with the box, and find the task again when it is back.
        clock.after(afterMs, () => void work(name, person, taskId, running));
      }
    };
    running.orchestrator.onTaskChanged(see);
    for (const task of running.orchestrator.tasks()) see(task);
  };
}
