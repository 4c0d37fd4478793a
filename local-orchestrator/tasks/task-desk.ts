import type { Task } from '#contracts/api.ts';
import { ApplianceError, isApplianceError } from '#contracts/errors.ts';
import type { Log } from '#contracts/log.ts';
import type { PersonStatus } from '#contracts/people.ts';
import type { Json } from '#contracts/sagas.ts';
import type { Store, StoreOp } from '#contracts/store.ts';
import type { TaskDetail, TaskQuery } from '#contracts/tasks-api.ts';
import { createAlarm } from '../engine/alarm.ts';
import type { Change } from '../engine/engine.ts';
import type { Outcome } from '../engine/instances.ts';
import { aheadOf, type SteadyClock } from '../engine/steady-clock.ts';
import type { TaskAbilities } from './abilities.ts';
import { type Absences, createAbsences } from './absences.ts';
import { type Answer, refuseAnswer } from './answer.ts';
import { createAttendant } from './attendant.ts';
import { comingOf } from './deadlines.ts';
import * as handling from './handling.ts';
import { isPresent, reaches } from './roster.ts';
import { createTaskBook } from './task-book.ts';
import { detailOf, endOf, isOpen, newSheet, sheetOf, type TaskSheet } from './task-sheet.ts';
import type { TaskStep } from './task-step.ts';

type Actor = handling.Actor;

/**
 * What needs a person: who is asked, by when, and what they say.
 *
 * Call order: `open` before the sagas run, `start` after, `stop` once.
 * Errors: SAGA_TASK_NOT_FOUND, SAGA_TASK_TAKEN, SAGA_TASK_DECISION, SAGA_NOT_WRITTEN, TASK_*, and those of the store.
 */
export interface TaskDesk {
  open(): Promise<void>;
  /** Offers what was not offered before a crash, and looks after deadlines, those of the downtime first. */
  start(): Promise<void>;
  stop(): Promise<void>;
  /** Open tasks, oldest first. */
  tasks(): readonly Task[];
  list(query: TaskQuery, user: string): Promise<readonly Task[]>;
  get(taskId: string): Promise<Task | undefined>;
  /** With everything that happened to it. */
  detail(taskId: string): Promise<TaskDetail | undefined>;
  claim(taskId: string, actor: Actor): Promise<Task>;
  begin(taskId: string, actor: Actor): Promise<Task>;
  decide(taskId: string, actor: Actor, answer: Answer): Promise<Task>;
  decline(taskId: string, actor: Actor, note: string | undefined): Promise<Task>;
  release(taskId: string, actor: Actor, note: string | undefined): Promise<Task>;
  delegate(taskId: string, actor: Actor, to: string, note: string | undefined): Promise<Task>;
  people(): readonly PersonStatus[];
  readonly absences: Absences;
  onChanged(listener: (task: Task) => void): () => void;
  /** Rows about the tasks that a transition closes. */
  project(change: Change): readonly StoreOp[];
  /** Told of each committed transition. */
  committed(change: Change): void;
}

type DecideEvent = { taskId: string; decision: string; by: string; note: string | null; form?: Json };

/** Times that a change is planned anew because the task has changed meanwhile. */
const CHANGE_TRIES_MAX = 5;
const AUDIT_COUNT_MAX = 1_000;

export function createTaskDesk(parts: {
  store: Store;
  clock: SteadyClock;
  log: Log;
  site: { readonly id: string; readonly timeZone: string };
  abilities: TaskAbilities;
  /** Hands a decision to the saga; resolves when it is on disk. */
  decide: (sagaId: string, event: DecideEvent) => Promise<Outcome>;
}): TaskDesk {
  const { store, clock, log, abilities } = parts;
  const { id: site, timeZone } = parts.site;
  const wall = { nowMs: () => clock.wallMs(clock.nowMs()) };
  const absences = createAbsences({ store, clock: wall, site, people: abilities.people });
  const roster = () => book.roster(timeZone, absences.away());
  const alarm = createAlarm({
    store,
    clock,
    log,
    due: 'task.due',
    next: 'task.nextDue',
    wake: (ids) => attendant.attend(ids),
  });
  const book = createTaskBook({ store, clock, site, abilities, onDue: alarm.at });
  const attendant = createAttendant({ book, clock, log, abilities, roster });

  const find = async (taskId: string): Promise<TaskSheet> => {
    // One that was just made is offered first: whoever takes it gets it with its context.
    if (book.get(taskId)?.state === 'created') await attendant.settled();
    const sheet = book.get(taskId) ?? (await book.reread(taskId));
    if (sheet === undefined) throw new ApplianceError('SAGA_TASK_NOT_FOUND', { taskId });
    return sheet;
  };

  /** Plans against what is known, and again against what is on disk when somebody was faster. */
  const change = async (
    taskId: string,
    actor: Actor,
    plan: (sheet: TaskSheet, with_: handling.Handling) => TaskStep | null,
  ): Promise<Task> => {
    let sheet = await find(taskId);
    for (let tries = 0; tries < CHANGE_TRIES_MAX; tries += 1) {
      const step = plan(sheet, { actor, roster: roster(), rules: abilities.rules });
      if (step === null) return book.shown(sheet);
      try {
        await book.commit([{ before: sheet, step }]);
        return book.shown(step.sheet);
      } catch (error) {
        if (!isApplianceError(error, 'STORE_CONFLICT')) throw error;
      }
      sheet = (await book.reread(taskId)) ?? sheet;
    }
    throw new ApplianceError('TASK_BUSY', { taskId });
  };

  /** Who was faster, from the row as it is now. */
  const taken = async (taskId: string): Promise<never> => {
    const sheet = await book.reread(taskId);
    const by = sheet?.claimedBy ?? sheet?.assignee ?? null;
    if (sheet === undefined || by === null || !isOpen(sheet)) {
      throw new ApplianceError('SAGA_TASK_NOT_FOUND', { taskId });
    }
    throw new ApplianceError('SAGA_TASK_TAKEN', { taskId, by });
  };

  const ofState = async (state: Task['state'], countMax: number): Promise<Task[]> => {
    const rows = await store.query('task.ofState', { state, countMax });
    return rows.map((row) => book.shown(sheetOf(row), endOf(row)));
  };
  const openTasks = () => book.values().map((sheet) => book.shown(sheet));
  const noteOf = (note: string | undefined) => note?.trim() || null;

  return {
    async open() {
      await Promise.all([book.open(), absences.open()]);
    },
    start: () => alarm.start(),
    async stop() {
      alarm.stop();
      await attendant.stop();
    },
    tasks: openTasks,
    async list({ state, role, mine, limit }, user) {
      const all = state === undefined || isOpen({ state }) ? openTasks() : await ofState(state, limit);
      return all
        .filter((task) => state === undefined || task.state === state)
        .filter((task) => role === undefined || reaches([role], task.role))
        .filter((task) => !mine || (task.claimedBy ?? task.assignee) === user)
        .slice(0, limit);
    },
    async get(taskId) {
      const known = book.get(taskId);
      if (known !== undefined) return book.shown(known);
      const [row] = await store.query('task.one', { taskId });
      return row === undefined ? undefined : book.shown(sheetOf(row), endOf(row));
    },
    async detail(taskId) {
      const [row] = await store.query('task.one', { taskId });
      if (row === undefined) return undefined;
      const audit = await store.query('task.auditOf', { taskId, countMax: AUDIT_COUNT_MAX });
      return detailOf(row, audit, aheadOf(clock), comingOf);
    },
    claim: (taskId, actor) => change(taskId, actor, handling.claim),
    begin: (taskId, actor) => change(taskId, actor, handling.start),
    decline: (taskId, actor, note) =>
      change(taskId, actor, (sheet, facts) => handling.decline(sheet, facts, noteOf(note))),
    release: (taskId, actor, note) =>
      change(taskId, actor, (sheet, facts) => handling.release(sheet, facts, noteOf(note))),
    delegate: (taskId, actor, to, note) =>
      change(taskId, actor, (sheet, facts) => handling.delegate(sheet, facts, to, noteOf(note))),
    async decide(taskId, actor, answer) {
      const sheet = await find(taskId);
      handling.refuseDecider(sheet, { actor, roster: roster() });
      refuseAnswer(sheet, answer);
      const { decision, form } = answer;
      const outcome = await parts.decide(sheet.sagaId, {
        taskId,
        decision,
        by: actor.user,
        note: noteOf(answer.note),
        ...(form === undefined ? {} : { form }),
      });
      if (outcome === 'conflict') return taken(taskId);
      if (outcome === 'failed') throw new ApplianceError('SAGA_NOT_WRITTEN', { sagaId: sheet.sagaId });
      if (outcome !== 'changed') throw new ApplianceError('SAGA_TASK_NOT_FOUND', { taskId });
      return book.shown({ ...sheet, state: 'completed' }, { by: actor.user, decision });
    },
    people() {
      const now = roster();
      return now.people.map((person) => ({
        user: person.user,
        roles: [...person.roles],
        skills: [...person.skills],
        zones: [...person.zones],
        onDuty: isPresent(now, person),
        openTasks: now.load(person.user),
      }));
    },
    absences,
    onChanged: book.onChanged,
    project: ({ decision: { records } }) =>
      records.flatMap((record) =>
        record.record === 'task-closed' ? [...abilities.notices.answered(record.taskId)] : [],
      ),
    committed({ decision: { records, state }, atMs }) {
      const made: string[] = [];
      for (const record of records) {
        if (record.record === 'task-closed') book.close(record.taskId, record);
        if (record.record !== 'task-opened') continue;
        book.add(newSheet(record.task, state.sagaId, state.correlationId, atMs));
        made.push(record.task.taskId);
      }
      if (records.some(({ record }) => record === 'task-closed')) abilities.notices.wake();
      if (made.length === 0) return;
      attendant
        .attend(made)
        .catch((error: unknown) => log.warn({ err: error, tasks: made }, 'tasks are offered later'));
    },
  };
}
