import type { Alarm } from '#contracts/api.ts';
import type { Notice } from '#contracts/notify.ts';
import type { Person } from '#contracts/people.ts';
import type { StoreOp } from '#contracts/store.ts';
import type { TaskRules } from './task-step.ts';

export interface TaskAbout {
  readonly taskId: string;
  readonly sagaId: string;
  readonly correlationId: string;
  readonly orderId: string | null;
}

/** What the desk needs of the site besides store and clock. A site without one of them does without. */
export interface TaskAbilities {
  /** Empty: nothing is known of the people, and everything goes by role. */
  readonly people: () => readonly Person[];
  readonly rules: TaskRules;
  /** Facts of the site for whoever decides: asked once, when the task is offered, and kept with it. */
  readonly contextOf: (about: TaskAbout) => Promise<readonly { label: string; value: string }[]>;
  readonly notices: {
    /** Rows that make a notice go out, for the transaction that is its cause. */
    ops(channels: readonly string[], notice: Notice): readonly StoreOp[];
    /** Rows that end what calls for somebody to take a task, for the transaction in which somebody has it or it is over. */
    answered(taskId: string): readonly StoreOp[];
    /** Such rows are on disk now. */
    wake(): void;
  };
  readonly alarms: {
    raise(alarm: Omit<Alarm, 'raisedAt' | 'acknowledgedBy'>): void;
    clear(alarmId: string): void;
    list(): readonly Pick<Alarm, 'alarmId'>[];
  };
}

export const noAbilities: TaskAbilities = {
  people: () => [],
  rules: { respondMs: 600_000, silentMs: 1_800_000, notify: [] },
  contextOf: async () => [],
  notices: { ops: () => [], answered: () => [], wake() {} },
  alarms: { raise() {}, clear() {}, list: () => [] },
};
