import type { Task } from '#contracts/api.ts';
import type { AnyEvent } from '#contracts/events/envelope.ts';
import { offset } from '#contracts/ids.ts';
import type { Notice } from '#contracts/notify.ts';
import type { Person } from '#contracts/people.ts';
import type { SagaDefinition } from '#contracts/sagas.ts';
import type { PeopleOptions } from '../../local-orchestrator/definition/people-options.ts';
import { defineSaga, endCancelled, goOn, type TaskAbilities } from '../../local-orchestrator/index.ts';
import { createFakeClock, type FakeClock } from '../support/fake-clock.ts';
import { passUntil } from '../support/pass-until.ts';
import { until } from '../support/until.ts';
import { startSite, type TestSite, temporaryFolder } from './site.ts';

export const MINUTE_MS = 60_000;
export const HOUR_MS = 3_600_000;

export const person = (user: string, ...roles: string[]): Person => ({
  user,
  roles: roles.length === 0 ? ['operator'] : roles,
  skills: [],
  zones: [],
  shifts: [],
});

/** A saga that asks one question, with these people. */
export const asking = (people: PeopleOptions, more: { dueMs?: number } = {}): SagaDefinition =>
  defineSaga<{ value: number }>('asking')
    .task('ask', {
      kind: 'ask',
      title: 'Ask',
      text: () => 'Which?',
      people: () => people,
      ...more,
      decisions: {
        yes: { label: 'Yes', tone: 'primary', needsNote: false, leads: goOn },
        no: { label: 'No', tone: 'danger', needsNote: true, leads: endCancelled('no') },
      },
    })
    .end({ title: 'Asking', version: 1 });

export interface Told {
  readonly channels: readonly string[];
  readonly notice: Notice;
}

export interface TaskSite extends TestSite {
  readonly dir: string;
  readonly clock: FakeClock;
  readonly alarms: Map<string, string>;
  readonly told: Told[];
  readonly ended: Map<string, string>;
  /** Begins a saga and hands over its task when it is in a state. */
  ask(sagaId: string, state?: Task['state']): Promise<Task>;
  taskOf(sagaId: string): Task | undefined;
  /** Time passes until something has come about. */
  passUntil(what: string, stepMs: number, probe: () => boolean): Promise<void>;
  changes(taskId: string): Promise<string[]>;
  events(): Promise<readonly AnyEvent[]>;
}

export interface TaskSiteOptions {
  readonly saga?: SagaDefinition;
  readonly people?: readonly Person[];
  readonly dir?: string;
  readonly clock?: FakeClock;
  readonly abilities?: Partial<TaskAbilities>;
}

export async function startTaskSite(options: TaskSiteOptions = {}): Promise<TaskSite> {
  const { saga = asking({}), people = [], dir = temporaryFolder(), clock = createFakeClock() } = options;
  const alarms = new Map<string, string>();
  const told: Told[] = [];
  const ended = new Map<string, string>();
  const tasks: Partial<TaskAbilities> = {
    people: () => people,
    rules: { respondMs: 10 * MINUTE_MS, silentMs: 30 * MINUTE_MS, notify: ['pages'] },
    notices: {
      answered: () => [],
      ops(channels, notice) {
        told.push({ channels, notice });
        return [];
      },
      wake() {},
    },
    alarms: {
      raise: ({ alarmId, text }) => void alarms.set(alarmId, text),
      clear: (alarmId) => void alarms.delete(alarmId),
      list: () => [...alarms.keys()].map((alarmId) => ({ alarmId })),
    },
    ...options.abilities,
  };
  const site = await startSite({ dir, clock, stock: [], parts: { sagas: [saga], tasks } });
  site.orchestrator.onSagaEnded((sagaId, status) => ended.set(sagaId, status));
  const taskOf = (sagaId: string) => site.orchestrator.tasks().find((task) => task.sagaId === sagaId);
  const events = async () =>
    (await site.store.readLog(offset(0), { countMax: 10_000 })).map(({ event }) => event);
  return {
    ...site,
    dir,
    clock,
    alarms,
    told,
    ended,
    taskOf,
    async ask(sagaId, state = 'offered') {
      await site.orchestrator.startSaga('asking', sagaId, { value: 1 });
      return until(`the task of ${sagaId} is ${state}`, () => {
        const task = taskOf(sagaId);
        return task?.state === state ? task : undefined;
      });
    },
    passUntil: (what, stepMs, probe) => passUntil(clock, stepMs, what, probe),
    async changes(taskId) {
      const rows = await site.store.query('task.auditOf', { taskId, countMax: 1_000 });
      return rows.map(({ change, by, user }) => [change, by ?? '-', user ?? '-'].join(' '));
    },
    events,
  };
}
