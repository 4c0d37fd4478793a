import { randomUUID } from 'node:crypto';
import { Command, Option } from 'commander';
import { IDEMPOTENCY_HEADER, type Task, taskStates } from '#contracts/api.ts';
import type { TaskDetail } from '#contracts/tasks-api.ts';
import { CliError, EXIT } from '../exit.ts';
import { type LocalApi, openLocalApi } from '../local-api.ts';
import { dataOption, jsonOption, print, table } from '../options.ts';

interface Options {
  readonly data: string;
  readonly json?: boolean;
  readonly note?: string;
}

export function tasksCommand(): Command {
  const tasks = new Command('tasks')
    .description('what needs a person: list, look, take, decide, hand on')
    .addHelpText(
      'after',
      '\nExample:\n  npx holdfast tasks list\n  npx holdfast tasks decide <id> retry --note "belt cleared"',
    );
  const sub = (usage: string, description: string, example: string) =>
    tasks
      .command(usage)
      .description(description)
      .addOption(dataOption())
      .addOption(jsonOption())
      .addHelpText('after', `\nExample:\n  npx holdfast tasks ${example}`);
  const change = (usage: string, description: string, example: string) =>
    sub(usage, description, example).option('--note <text>', 'why, for the record');

  sub('list', 'open tasks, oldest first', 'list --role technician')
    .option('--role <role>', 'those that this role may take')
    .addOption(
      new Option('--state <state>', 'in this state; ended ones are the newest first').choices([
        ...taskStates,
      ]),
    )
    .action(listTasks);
  sub('show <id>', 'one task and all that happened to it', 'show pick-order:4711:t9').action(showTask);
  sub('claim <id>', 'take a task', 'claim pick-order:4711:t9').action((id: string, options: Options) =>
    post(id, 'claim', undefined, options),
  );
  sub('start <id>', 'begin to work on a task', 'start pick-order:4711:t9').action(
    (id: string, options: Options) => post(id, 'start', undefined, options),
  );
  change('decide <id> <decision>', 'say what is to be done', 'decide pick-order:4711:t9 retry')
    .option('--form <json>', 'answers of its form')
    .action((id: string, decision: string, options: Options & { form?: string }) =>
      post(id, 'decide', { decision, ...noteOf(options), ...formOf(options.form) }, options),
    );
  change('decline <id>', 'let somebody else do it', 'decline pick-order:4711:t9 --note "no ladder"').action(
    (id: string, options: Options) => post(id, 'decline', noteOf(options), options),
  );
  change(
    'release <id>',
    'give a task back, or take it back from somebody',
    'release pick-order:4711:t9',
  ).action((id: string, options: Options) => post(id, 'release', noteOf(options), options));
  change('delegate <id> <user>', 'hand a task to somebody by name', 'delegate pick-order:4711:t9 ann').action(
    (id: string, to: string, options: Options) => post(id, 'delegate', { to, ...noteOf(options) }, options),
  );
  return tasks;
}

const noteOf = ({ note }: Options) => (note === undefined ? {} : { note });

function formOf(text: string | undefined): { form?: unknown } {
  if (text === undefined) return {};
  try {
    return { form: JSON.parse(text) as unknown };
  } catch {
    throw new CliError('--form is no JSON', 'Write it as in --form \'{"counted": 7}\'.', EXIT.usage);
  }
}

async function withApi(options: Options, run: (api: LocalApi) => Promise<void>): Promise<void> {
  const api = openLocalApi(options.data);
  try {
    await run(api);
  } finally {
    await api.close();
  }
}

function listTasks(options: Options & { role?: string; state?: string }): Promise<void> {
  return withApi(options, async (api) => {
    const query = new URLSearchParams();
    if (options.role !== undefined) query.set('role', options.role);
    if (options.state !== undefined) query.set('state', options.state);
    const { tasks } = await api.call<{ tasks: Task[] }>('GET', `/tasks?${query}`);
    print(options.json, tasks, () =>
      table([
        ['task', 'state', 'with', 'role', 'title', 'since', 'due'],
        ...tasks.map((task) => [
          task.taskId,
          task.state,
          task.claimedBy ?? task.assignee ?? '',
          task.role ?? 'everybody',
          task.title,
          task.createdAt,
          task.dueAt ?? '',
        ]),
      ]),
    );
  });
}

function showTask(id: string, options: Options): Promise<void> {
  return withApi(options, async (api) => {
    const task = await api.call<TaskDetail>('GET', `/tasks/${encodeURIComponent(id)}`);
    print(options.json, task, () => words(task));
  });
}

const words = (task: TaskDetail): string =>
  [
    `${task.title} (${task.state})`,
    task.text,
    '',
    ...task.context.map(({ label, value }) => `  ${label}: ${value}`),
    ...(task.suggestion === null
      ? []
      : [
          `  ${task.suggestion.by} suggests ${task.suggestion.decision} (${task.suggestion.score.toFixed(2)})`,
        ]),
    ...task.decisions.map(
      ({ id, label, needsNote }) => `  ${id}: ${label}${needsNote ? ' (with a note)' : ''}`,
    ),
    ...(task.form === null ? [] : [`  Its form (--form): ${JSON.stringify(task.form)}`]),
    '',
    table(
      task.audit.map((row) => [row.at, row.change, row.by ?? 'the site', row.user ?? '', row.note ?? '']),
    ),
  ].join('\n');

function post(id: string, action: string, body: unknown, options: Options): Promise<void> {
  return withApi(options, async (api) => {
    const headers = { [IDEMPOTENCY_HEADER]: randomUUID() };
    const task = await api.call<Task>('POST', `/tasks/${encodeURIComponent(id)}/${action}`, body, headers);
    const holder = task.claimedBy ?? task.assignee;
    print(options.json, task, () => `${task.taskId}: ${task.state}${holder === null ? '' : `, ${holder}`}`);
  });
}
