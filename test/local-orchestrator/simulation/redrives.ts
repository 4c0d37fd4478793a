import type { Task } from '#contracts/api.ts';
import type { Random } from '#contracts/clock.ts';
import { isApplianceError } from '#contracts/errors.ts';
import type { TestSite } from '../../../local-orchestrator/test-kit/index.ts';
import type { Named } from './activities.ts';

export const EDITED = ', edited';

/** Dead letters that people let go on from where they failed, singly and many at once; what was said yes to is kept. */
export interface Redrives {
  /** False when it was refused, and somebody has to decide the task in another way. */
  letGoOn(task: Task, by: string, random: Random): Promise<boolean>;
  /** What was acknowledged and did not come about. */
  broken(): Promise<string[]>;
}

const REASON = 'the cause is gone';

export function createRedrives(site: () => TestSite | undefined, happened: (what: string) => void): Redrives {
  const singly: { readonly taskId: string; readonly by: string; readonly input: Named | null }[] = [];
  const many: string[] = [];
  const lettersOf = async () => (await site()?.running())?.orchestrator.deadLetters;

  const one = async (taskId: string, by: string, isEdited: boolean) => {
    const letters = await lettersOf();
    if (letters === undefined) return;
    const { input } = await letters.get(taskId);
    const edited = isEdited && isNamed(input) ? { ...input, name: `${input.name}${EDITED}` } : null;
    await letters.redrive(taskId, by, { reason: REASON, ...(edited === null ? {} : { input: edited }) });
    singly.push({ taskId, by, input: edited });
    happened(edited === null ? 're-driven' : 're-driven with another input');
  };
  const bulk = async (by: string) => {
    const letters = await lettersOf();
    const run = await letters?.redriveMany(by, {
      reason: REASON,
      all: true,
      filter: {},
      countMax: 100,
      dryRun: false,
    });
    if (run === undefined) return;
    many.push(run.redriveId);
    happened('re-driven in bulk');
  };

  return {
    async letGoOn({ taskId }, by, random) {
      const chance = random();
      try {
        await (chance < 0.3 ? bulk(by) : one(taskId, by, chance < 0.6));
        return true;
      } catch (error) {
        if (isApplianceError(error, 'SAGA_REDRIVE_INPUT')) return false;
        const known = ['SAGA_DEAD_LETTER_CLOSED', 'SAGA_DEAD_LETTER_NOT_FOUND', 'SAGA_TASK_TAKEN'] as const;
        if (!known.some((code) => isApplianceError(error, code))) throw error;
        happened('re-driven too late');
        return true;
      }
    },
    async broken() {
      const letters = await lettersOf();
      if (letters === undefined) return [];
      const problems: string[] = [];
      for (const { taskId, by, input } of singly) {
        const letter = await letters.get(taskId);
        const isKept = letter.closedBy === by && letter.note === REASON;
        const isSame = input === null || JSON.stringify(letter.inputAfter) === JSON.stringify(input);
        if (!isKept || !isSame) problems.push(`lost: ${by} let ${taskId} go on`);
      }
      for (const redriveId of many) {
        const { state, pending } = await letters.redriveDetail(redriveId);
        if (state !== 'done' || pending > 0)
          problems.push(`the re-drive ${redriveId} is ${state}, ${pending} wait`);
      }
      return problems;
    },
  };
}

const isNamed = (input: unknown): input is Named =>
  typeof input === 'object' && input !== null && 'name' in input && typeof input.name === 'string';
