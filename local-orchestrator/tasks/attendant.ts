import type { Clock } from '#contracts/clock.ts';
import { isApplianceError } from '#contracts/errors.ts';
import type { Log } from '#contracts/log.ts';
import type { TaskAbilities } from './abilities.ts';
import { nextDue, onDue } from './deadlines.ts';
import type { Roster } from './roster.ts';
import type { Planned, TaskBook } from './task-book.ts';
import { isOpen, orderOf, type TaskSheet } from './task-sheet.ts';
import type { TaskStep } from './task-step.ts';

/** Tasks moved on in one transaction. */
const BATCH_COUNT_MAX = 64;
/** Context that is not there by then is left out: a person can decide without it, but not without the task. */
const CONTEXT_MS_MAX = 2_000;

export interface Attendant {
  /** Does what is due for these tasks, one after the other; false when nothing was. Rejects with faults of the store. */
  attend(taskIds: readonly string[]): Promise<boolean>;
  /** Resolves when what it was asked for so far is done. */
  settled(): Promise<unknown>;
  /** Gives up what is not yet on its way to the disk; the next start takes it up. */
  stop(): Promise<unknown>;
}

/** Offers new tasks, and moves on those whose time has come. One at a time, so that two do not go to the same person. */
export function createAttendant(parts: {
  book: TaskBook;
  clock: Clock;
  log: Log;
  abilities: TaskAbilities;
  roster: () => Roster;
}): Attendant {
  const { book, clock, log, abilities } = parts;
  let tail: Promise<unknown> = Promise.resolve();
  let stopped = false;
  const stopping = Promise.withResolvers<void>();

  const attend = async (taskIds: readonly string[]): Promise<boolean> => {
    let moved = false;
    for (let from = 0; from < taskIds.length && !stopped; from += BATCH_COUNT_MAX) {
      const sheets = await Promise.all(
        taskIds.slice(from, from + BATCH_COUNT_MAX).map((id) => book.get(id) ?? book.reread(id)),
      );
      const open = sheets.filter((sheet) => sheet !== undefined).filter(isOpen);
      const complete = Promise.all(open.map(withContext));
      await Promise.race([complete, stopping.promise]);
      if (!stopped) moved = (await moveOn(await complete)) || moved;
    }
    return moved;
  };

  const withContext = async (sheet: TaskSheet): Promise<TaskSheet> =>
    sheet.state === 'created' ? { ...sheet, collected: await collect(sheet) } : sheet;

  const collect = async (sheet: TaskSheet) => {
    const { promise, resolve } = Promise.withResolvers<readonly { label: string; value: string }[]>();
    const missing = [{ label: 'Site', value: 'its state could not be read in time' }];
    const cancel = clock.after(CONTEXT_MS_MAX, () => resolve(missing));
    const { taskId, sagaId, correlationId } = sheet;
    abilities
      .contextOf({ taskId, sagaId, correlationId, orderId: orderOf(sheet) })
      .then(resolve, (error: unknown) => {
        log.warn({ err: error, taskId }, 'the context of a task could not be collected');
        resolve(missing);
      });
    return promise.finally(cancel);
  };

  const moveOn = async (sheets: readonly TaskSheet[]): Promise<boolean> => {
    const planned = plan(sheets);
    if (planned.length === 0) return false;
    try {
      await book.commit(planned);
      return true;
    } catch (error) {
      if (!isApplianceError(error, 'STORE_CONFLICT')) throw error;
    }
    // Somebody was faster with one of them. Alone, the others go through; that one is looked at again.
    const [only, ...others] = planned;
    if (only !== undefined && others.length === 0) {
      await book.reread(only.before.taskId);
      return true;
    }
    for (const { before } of planned) await moveOn([before]);
    return true;
  };

  /** What is due for each, as if one after the other: who gets one has one more when the next is given out. */
  const plan = (sheets: readonly TaskSheet[]): Planned[] => {
    let roster = parts.roster();
    const planned: Planned[] = [];
    for (const before of sheets) {
      const due = nextDue(before);
      if (due === null || due.atMs > roster.nowMs) continue;
      const step = onDue(before, due.what, roster, abilities.rules);
      planned.push({ before, step });
      roster = after(roster, step);
    }
    return planned;
  };

  return {
    attend(taskIds) {
      const done = tail.then(() => attend(taskIds));
      tail = done.catch(() => undefined);
      return done;
    },
    settled: () => tail,
    stop() {
      stopped = true;
      stopping.resolve();
      return tail;
    },
  };
}

function after(roster: Roster, { sheet, turn }: TaskStep): Roster {
  const given = sheet.assignee;
  return {
    ...roster,
    load: (user) => roster.load(user) + (user === given ? 1 : 0),
    lastTurn: (key) => (turn?.key === key ? turn.user : roster.lastTurn(key)),
  };
}
