import type { Task } from '#contracts/api.ts';
import type { Store, StoreOp } from '#contracts/store.ts';
import { aheadOf, type SteadyClock } from '../engine/steady-clock.ts';
import type { TaskAbilities } from './abilities.ts';
import { nextDue } from './deadlines.ts';
import type { Roster } from './roster.ts';
import { stepOps } from './task-ops.ts';
import { isOpen, sheetOf, type TaskSheet, taskOf } from './task-sheet.ts';
import type { TaskStep } from './task-step.ts';

export interface Planned {
  readonly before: TaskSheet;
  readonly step: TaskStep;
}

/** The open tasks, in memory as they are on disk, and the one way to change them. */
export interface TaskBook {
  open(): Promise<void>;
  get(taskId: string): TaskSheet | undefined;
  /** From disk; undefined when there is none. Brings memory up to date. */
  reread(taskId: string): Promise<TaskSheet | undefined>;
  values(): readonly TaskSheet[];
  /** As people see it now. */
  shown(sheet: TaskSheet, end?: { by: string | null; decision: string | null }): Task;
  add(sheet: TaskSheet): void;
  close(taskId: string, end: { state: Task['state']; by: string | null; decision: string | null }): void;
  /** Several steps in one transaction. Errors: STORE_CONFLICT when one of the tasks has changed meanwhile. */
  commit(steps: readonly Planned[]): Promise<void>;
  roster(timeZone: string, away: Roster['away']): Roster;
  onChanged(listener: (task: Task) => void): () => void;
}

/** Open tasks held in memory for the screens; more than this and the floor has another problem. */
const OPEN_COUNT_MAX = 100_000;

export function createTaskBook(parts: {
  store: Store;
  clock: SteadyClock;
  site: string;
  abilities: TaskAbilities;
  /** Told when a task has to be looked at, at the latest. */
  onDue: (atMs: number) => void;
}): TaskBook {
  const { store, clock, site, abilities } = parts;
  const { notices, alarms } = abilities;
  const open = new Map<string, TaskSheet>();
  const turns = new Map<string, string>();
  const listeners = new Set<(task: Task) => void>();

  const shown: TaskBook['shown'] = (sheet, end) => taskOf(sheet, aheadOf(clock), end);
  const tell = (task: Task) => {
    for (const listener of listeners) listener(task);
  };
  const keep = (sheet: TaskSheet) => {
    open.set(sheet.taskId, sheet);
    const due = nextDue(sheet);
    if (due !== null) parts.onDue(due.atMs);
    tell(shown(sheet));
  };
  const replace = (sheet: TaskSheet) => {
    const known = open.get(sheet.taskId);
    // Its saga may have closed it meanwhile; then it stays closed.
    if (known !== undefined && known.revision < sheet.revision) keep(sheet);
  };
  const noticeOps = (after: TaskSheet, { calls }: TaskStep, nowMs: number): StoreOp[] =>
    calls.flatMap(({ reason, channels, role = after.role }) => [
      ...notices.ops(channels, {
        noticeId: `${after.taskId}:${after.revision}`,
        at: new Date(nowMs).toISOString(),
        reason,
        title: after.title,
        text: after.text,
        taskId: after.taskId,
        role,
        user: after.claimedBy ?? after.assignee,
      }),
    ]);

  return {
    async open() {
      const passed = new Map<string, string[]>();
      for (const { task_id, user } of await store.query('task.passed')) {
        passed.set(String(task_id), [...(passed.get(String(task_id)) ?? []), String(user)]);
      }
      for (const row of await store.query('task.open', { countMax: OPEN_COUNT_MAX })) {
        const sheet = sheetOf(row, passed.get(String(row.task_id)));
        open.set(sheet.taskId, sheet);
      }
      for (const { key, user } of await store.query('task.turns')) turns.set(String(key), String(user));
      // Raised before the process ended, for tasks that ended with it.
      for (const { alarmId } of alarms.list()) {
        const taskId = taskOfAlarm(alarmId);
        if (taskId !== null && !open.has(taskId)) alarms.clear(alarmId);
      }
    },
    get: (taskId) => open.get(taskId),
    shown,
    async reread(taskId) {
      const [row] = await store.query('task.one', { taskId });
      if (row === undefined) return undefined;
      const passed = await store.query('task.passedOf', { taskId });
      const sheet = sheetOf(
        row,
        passed.map(({ user }) => String(user)),
      );
      if (isOpen(sheet)) replace(sheet);
      return sheet;
    },
    values: () => [...open.values()],
    add: keep,
    close(taskId, { state, by, decision }) {
      const sheet = open.get(taskId);
      if (sheet === undefined) return;
      open.delete(taskId);
      for (const is of ['waiting', 'overdue'] as const) alarms.clear(alarmIdOf(is, taskId));
      tell(shown({ ...sheet, state }, { by, decision }));
    },
    async commit(steps) {
      // Records carry the time on the wall; the deadlines within the sheets are steady.
      const nowMs = clock.wallMs(clock.nowMs());
      const done = steps.map(({ before, step }) => {
        const sheet = { ...step.sheet, revision: before.revision + 1 };
        return { before, step: { ...step, sheet } };
      });
      const ops = done.flatMap(({ before, step }) => [
        ...stepOps(before, step, site, nowMs),
        ...noticeOps(step.sheet, step, nowMs),
        ...(isTaken(before, step) ? notices.answered(before.taskId) : []),
      ]);
      // What somebody does with a task ends a saga's waiting: it has the room that is kept for what has begun.
      await store.commit(ops, { reserve: true });
      for (const { step } of done) {
        const { sheet, alarm, turn } = step;
        if (turn !== null) turns.set(turn.key, turn.user);
        replace(sheet);
        if (sheet.claimedBy !== null) alarms.clear(alarmIdOf('waiting', sheet.taskId));
        if (alarm !== null && open.has(sheet.taskId)) {
          alarms.raise({
            alarmId: alarmIdOf(alarm.is, sheet.taskId),
            severity: 'high',
            source: sheet.taskId,
            text: `${sheet.title}: ${alarm.words}`,
            hint: 'Take the task or hand it to somebody on the Tasks page; its saga waits for an answer.',
          });
        }
      }
      if (done.some(({ before, step }) => step.calls.length > 0 || isTaken(before, step))) notices.wake();
    },
    roster(timeZone, away) {
      const nowMs = clock.nowMs();
      const load = new Map<string, number>();
      for (const { claimedBy, assignee } of open.values()) {
        const user = claimedBy ?? assignee;
        if (user !== null) load.set(user, (load.get(user) ?? 0) + 1);
      }
      return {
        people: abilities.people(),
        away,
        timeZone,
        nowMs,
        wallMs: clock.wallMs(nowMs),
        load: (user) => load.get(user) ?? 0,
        lastTurn: (key) => turns.get(key),
      };
    },
    onChanged(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}

const isTaken = (before: TaskSheet, { sheet }: TaskStep): boolean =>
  before.claimedBy === null && sheet.claimedBy !== null;

const alarmIdOf = (is: 'waiting' | 'overdue', taskId: string): string => `task-${is}/${taskId}`;
const taskOfAlarm = (alarmId: string): string | null =>
  /^task-(?:waiting|overdue)\/(.+)$/.exec(alarmId)?.[1] ?? null;
