import type { TSchema } from 'typebox';
import { Compile } from 'typebox/compile';
import { describe, expect, test } from 'vitest';
import type { Task } from '#contracts/api.ts';
import { DeadLetter } from '#contracts/dead-letters.ts';
import type { Notice } from '#contracts/notify.ts';
import { ChannelStatus } from '#contracts/notify.ts';
import { Absence, PersonStatus } from '#contracts/people.ts';
import { TaskPage } from '#contracts/tasks-api.ts';
import { contextGroups } from '../../ui/src/tasks/context-groups.ts';
import { filterTasks, type Me } from '../../ui/src/tasks/filter-tasks.ts';
import { handlingOf } from '../../ui/src/tasks/handling-of.ts';
import { noticesFor } from '../../ui/src/tasks/notices.ts';
import { changeWords, holderWords } from '../../ui/src/tasks/task-words.ts';
import { letters } from './fake-letters.ts';
import { absences, channels, people } from './fake-people.ts';
import { countTask, letterTask, modelTask, taskPage } from './fake-tasks.ts';

const jo: Me = { user: 'jo', roles: ['operator'] };
const task = (more: Partial<Task> = {}): Task => ({ ...countTask(), ...more });

test('what the made-up site answers is what the API says', () => {
  const wrong = (schema: TSchema, rows: readonly unknown[]) => {
    const check = Compile(schema);
    return rows.flatMap((row) => [...check.Errors(row)]);
  };
  expect(wrong(TaskPage, [countTask(), modelTask(), letterTask()].map(taskPage))).toEqual([]);
  expect(wrong(DeadLetter, letters())).toEqual([]);
  expect(wrong(PersonStatus, people())).toEqual([]);
  expect(wrong(Absence, absences())).toEqual([]);
  expect(wrong(ChannelStatus, channels())).toEqual([]);
});

test('a person sees what is theirs, what they may take, or all', () => {
  const rows = [
    task({ taskId: 'mine', claimedBy: 'jo' }),
    task({ taskId: 'asked', assignee: 'jo', role: 'technician' }),
    task({ taskId: 'free' }),
    task({ taskId: 'lead', role: 'shift-lead' }),
    task({ taskId: 'technician', role: 'technician' }),
    task({ taskId: 'anybody', role: null, claimedBy: 'marta' }),
  ];
  const ids = (filter: Parameters<typeof filterTasks>[1], me: Me) =>
    filterTasks(rows, filter, me).map(({ taskId }) => taskId);
  expect(ids('mine', jo)).toEqual(['mine', 'asked']);
  expect(ids('role', jo)).toEqual(['mine', 'asked', 'free', 'anybody']);
  expect(ids('role', { user: 'jo', roles: ['operator', 'shift-lead'] })).toContain('lead');
  // A higher role may do what a lower may; a duty is no rank.
  expect(ids('role', { user: 'tim', roles: ['technician'] })).toEqual([
    'mine',
    'asked',
    'free',
    'technician',
    'anybody',
  ]);
  expect(ids('all', jo)).toHaveLength(6);
});

test.each([
  ['nobody has it', {}, false, ['claim', 'decline']],
  ['I am asked by name', { assignee: 'jo' }, false, ['claim', 'decline', 'delegate']],
  ['another is asked by name', { assignee: 'bob' }, false, []],
  ['I have it', { claimedBy: 'jo', state: 'claimed' }, false, ['begin', 'release', 'delegate']],
  ['I have begun', { claimedBy: 'jo', state: 'started' }, false, ['release', 'delegate']],
  ['another has it', { claimedBy: 'bob', state: 'claimed' }, false, []],
  ['another has it, and I lead', { claimedBy: 'bob', state: 'claimed' }, true, ['release', 'delegate']],
] as const)('when %s', (_, more, isLead, allowed) => {
  const can = Object.entries(handlingOf(task(more), 'jo', isLead));
  expect(can.filter(([, may]) => may).map(([name]) => name)).toEqual(allowed);
});

test('the frozen context is grouped, and every fact is in one group', () => {
  const { context } = modelTask();
  const groups = contextGroups(context, ['amr-2']);
  expect(groups.map(({ title, facts }) => [title, facts.map(({ label }) => label.slice(0, 9))])).toEqual([
    ['About this', ['Tote']],
    ['What the model said', ['Model', 'It went b']],
    ['Order and place', ['Order', 'amr-2']],
    ['Measured at the time', ['line-plc/']],
    ['What happened before', [expect.stringMatching(/^At 20/)]],
  ]);
});

test('what the site tells in full is not told in short beside it', () => {
  const context = [
    { label: 'Order', value: 'D-1' },
    { label: 'Order', value: 'D-1, 8 pieces in 2 lines, to packing-2' },
    { label: 'Order', value: 'D-10' },
    { label: 'Customer', value: 'D-1' },
  ];
  const facts = contextGroups(context, []).flatMap((group) => group.facts);
  expect(facts).toEqual(context.slice(1));
});

describe('notices', () => {
  const notice = (noticeId: string, more: Partial<Notice> = {}): Notice => ({
    noticeId,
    at: '2026-01-01T10:00:00.000Z',
    reason: 'offered',
    title: 'Count',
    text: '',
    taskId: null,
    role: null,
    user: null,
    ...more,
  });
  const nowMs = Date.parse('2026-01-01T10:10:00.000Z');

  test('are for one person, for a role, or for everybody', () => {
    const rows = [
      notice('all'),
      notice('jo', { user: 'jo' }),
      notice('bob', { user: 'bob' }),
      notice('lead', { role: 'shift-lead' }),
    ];
    const ids = noticesFor(rows, [], jo, nowMs).map(({ noticeId }) => noticeId);
    expect(ids.toSorted()).toEqual(['all', 'jo']);
  });

  test('of a task end with it, and only the last one calls', () => {
    const rows = [
      notice('first', { taskId: 't' }),
      notice('second', { taskId: 't', at: '2026-01-01T10:05:00.000Z' }),
      notice('over', { taskId: 'gone' }),
      notice('old', { at: '2026-01-01T08:00:00.000Z' }),
    ];
    expect(noticesFor(rows, [{ taskId: 't' }], jo, nowMs).map(({ noticeId }) => noticeId)).toEqual([
      'second',
    ]);
  });
});

test('who has a task, and what happened to it, in words', () => {
  expect(holderWords(task({ claimedBy: 'jo', state: 'started' }), 'jo')).toBe('You are working on it.');
  expect(holderWords(task({ role: 'shift-lead' }), 'jo')).toBe(
    'Nobody has it yet; every shift lead may take it.',
  );
  const entry = { at: '', state: 'offered', note: null, role: 'operator', by: null, user: null } as const;
  expect(changeWords({ ...entry, change: 'released', by: 'tim', user: 'bob' })).toBe(
    'tim took it back from bob',
  );
  expect(changeWords({ ...entry, change: 'offered' })).toBe('Offered to every operator');
  expect(changeWords({ ...entry, change: 'unanswered', user: 'bob' })).toBe('bob did not answer in time');
});
