import type { TaskChange } from '#contracts/events/task.ts';
import type { Chosen } from './choose-assignee.ts';
import type { TaskSheet, TaskState } from './task-sheet.ts';

/** One row of the audit, and one event. */
export interface Trace {
  readonly change: TaskChange;
  /** After the change. */
  readonly state: TaskState;
  /** Null: the site by itself. */
  readonly by: string | null;
  readonly user: string | null;
  readonly note: string | null;
}

/** Whom to tell, and why. */
export interface Call {
  readonly reason: 'offered' | 'unanswered' | 'escalated' | 'overdue';
  readonly channels: readonly string[];
  /** To whom it is said; without one, to those who may take it. */
  readonly role?: string;
}

/** What becomes of a task in one transaction. */
export interface TaskStep {
  readonly sheet: TaskSheet;
  readonly traces: readonly Trace[];
  readonly turn: Chosen['turn'];
  readonly calls: readonly Call[];
  readonly alarm: TaskAlarm | null;
}

/** Why somebody has to look after a task. `waiting` is over when it is claimed, `overdue` when it is closed. */
export interface TaskAlarm {
  readonly is: 'waiting' | 'overdue';
  readonly words: string;
}

/** Times and channels for tasks that say nothing of their own; in ms. */
export interface TaskRules {
  readonly respondMs: number;
  readonly silentMs: number;
  readonly notify: readonly string[];
}

export const channelsOf = (sheet: TaskSheet, rules: TaskRules): readonly string[] =>
  sheet.people.notify ?? rules.notify;
