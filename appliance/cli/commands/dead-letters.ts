import { Command, Option } from 'commander';
import type { DeadLetter, DeadLetterDetail, RedriveDetail, RedrivePlanned } from '#contracts/dead-letters.ts';
import { deadLetterCauses } from '#contracts/sagas.ts';
import { CliError, EXIT } from '../exit.ts';
import { type LocalApi, withApi } from '../local-api.ts';
import { type Common, common, count, jsonArgument, moment, print, table } from '../options.ts';

interface Filter {
  readonly cause?: string;
  readonly definition?: string;
  readonly step?: string;
  readonly device?: string;
  readonly from?: string;
  readonly to?: string;
}

export function deadLettersCommand(): Command {
  const letters = new Command('dead-letters')
    .description('work that could not go on by itself: look at it, let it go on')
    .addHelpText('after', '\nExample:\n  npx holdfast dead-letters list --cause retries-exhausted');
  filtered(letters.command('list').description('open ones, oldest first'))
    .option('--closed', 'those that were decided instead, newest first')
    .addHelpText('after', '\nExample:\n  npx holdfast dead-letters list --device amr-3')
    .action(list);
  common(letters.command('show <id>').description('one, with its runbook'))
    .addHelpText('after', '\nExample:\n  npx holdfast dead-letters show pick-order:A-1:t7')
    .action(show);
  filtered(letters.command('redrive [id]').description('let one, or all that the filter names, go on'))
    .requiredOption('--reason <text>', 'why; it is kept with who did it')
    .option('--input <json>', 'another input, for one', jsonArgument('{"target":"amr-2"}'))
    .option('--all', 'all open ones are meant, when there is no filter')
    .option('--patch <json>', 'JSON Merge Patch of the input, for many', jsonArgument('{"target":"amr-2"}'))
    .option('--limit <n>', 'so many at most, oldest first', count, 100)
    .option('--dry-run', 'only tell what would be done')
    .addHelpText(
      'after',
      '\nExample:\n  npx holdfast dead-letters redrive --device amr-3 --reason "gripper repaired" --dry-run\n  npx holdfast dead-letters redrive --all --reason "power was out" --limit 500',
    )
    .action(redrive);
  common(letters.command('progress <redrive>').description('how far a re-drive of many has got'))
    .addHelpText(
      'after',
      '\nExample:\n  npx holdfast dead-letters progress 0198c0de-0000-7000-8000-000000000000',
    )
    .action(progress);
  return letters;
}

const filtered = (command: Command) =>
  common(command)
    .addOption(new Option('--cause <cause>', 'only of this cause').choices([...deadLetterCauses]))
    .option('--definition <name>', 'only of this saga')
    .option('--step <id>', 'only at this step')
    .option('--device <id>', 'only for this capability')
    .option('--from <time>', 'only opened at or after this time, such as 2026-03-01T06:00:00Z', moment)
    .option('--to <time>', 'only opened before this time', moment);

const filterOf = ({ cause, definition, step, device, from, to }: Filter) =>
  Object.fromEntries(
    Object.entries({ cause, definition, step, device, from, to }).filter(([, value]) => value !== undefined),
  ) as Record<string, string>;

async function list(options: Common & Filter & { closed?: boolean }): Promise<void> {
  await withApi(options.data, async (api) => {
    const query = new URLSearchParams({
      ...filterOf(options),
      state: options.closed === true ? 'closed' : 'open',
      limit: '500',
    });
    const { deadLetters } = await api.call<{ deadLetters: DeadLetter[] }>('GET', `/dead-letters?${query}`);
    print(options.json, deadLetters, () =>
      table([
        ['id', 'cause', 'step', 'device', 'opened', 'reason'],
        ...deadLetters.map((one) => [
          one.taskId,
          one.cause,
          `${one.definition}/${one.step}`,
          one.device ?? '',
          one.openedAt,
          one.reason,
        ]),
      ]),
    );
  });
}

async function show(id: string, options: Common): Promise<void> {
  await withApi(options.data, async (api) => {
    const letter = await api.call<DeadLetterDetail>('GET', `/dead-letters/${encodeURIComponent(id)}`);
    print(options.json, letter, () =>
      [
        `${letter.title}: ${letter.reason}`,
        `${letter.cause}, saga ${letter.sagaId}, step ${letter.step}, ${letter.attempts} attempts`,
        `Input: ${JSON.stringify(letter.input)}`,
        '',
        `${letter.runbook.title} (until ${letter.runbook.deadlineAt})`,
        ...letter.runbook.steps.map((step, index) => `${index + 1}. ${step}`),
      ].join('\n'),
    );
  });
}

interface RedriveOptions extends Common, Filter {
  readonly reason: string;
  readonly input?: unknown;
  readonly patch?: unknown;
  readonly all?: true;
  readonly limit: number;
  readonly dryRun?: boolean;
}

async function redrive(id: string | undefined, options: RedriveOptions): Promise<void> {
  await withApi(options.data, (api) =>
    id === undefined ? redriveMany(api, options) : redriveOne(api, id, options),
  );
}

async function redriveOne(api: LocalApi, id: string, options: RedriveOptions): Promise<void> {
  const isOfMany = options.dryRun === true || options.patch !== undefined || options.all === true;
  if (isOfMany || Object.keys(filterOf(options)).length > 0) {
    throw new CliError(
      'One is not patched, filtered or tried out',
      'Give its new --input, or leave out its id.',
      EXIT.usage,
    );
  }
  const { reason, input } = options;
  const body = { reason, ...(input === undefined ? {} : { input }) };
  const letter = await api.call<DeadLetter>('POST', `/dead-letters/${encodeURIComponent(id)}/redrive`, body);
  print(options.json, letter, () => `${letter.taskId} goes on (${letter.decision}).`);
}

async function redriveMany(api: LocalApi, options: RedriveOptions): Promise<void> {
  if (options.input !== undefined) {
    throw new CliError('Many do not get one input', 'Change theirs with --patch, or name one.', EXIT.usage);
  }
  const { reason, patch, all, limit, dryRun = false } = options;
  const filter = filterOf(options);
  if (all === true && Object.keys(filter).length > 0) {
    throw new CliError('All, or those of a filter', 'Leave out --all, or the filter.', EXIT.usage);
  }
  const order = {
    reason,
    filter,
    ...(all === undefined ? {} : { all }),
    countMax: limit,
    dryRun,
    ...(patch === undefined ? {} : { patch }),
  };
  if (dryRun) {
    const { planned } = await api.call<{ planned: RedrivePlanned[] }>('POST', '/redrives', order);
    print(options.json, planned, () =>
      table([
        ['id', 'cause', 'does', 'input after', 'problem'],
        ...planned.map((one) => [
          one.taskId,
          one.cause,
          one.does,
          JSON.stringify(one.after),
          one.problem ?? '',
        ]),
      ]),
    );
    return;
  }
  const begun = await api.call<RedriveDetail>('POST', '/redrives', order);
  print(options.json, begun, () =>
    [
      `${begun.total} dead letters go on, one after the other, also after a restart.`,
      `How far it is: npx holdfast dead-letters progress ${begun.redriveId}`,
    ].join('\n'),
  );
}

async function progress(id: string, options: Common): Promise<void> {
  await withApi(options.data, async (api) => {
    const detail = await api.call<RedriveDetail>('GET', `/redrives/${encodeURIComponent(id)}`);
    print(options.json, detail, () =>
      [
        `${detail.state}: ${detail.done} of ${detail.total} go on, ${detail.left} left, ${detail.pending} to do`,
        ...detail.letters
          .filter(({ state }) => state === 'left')
          .map(({ taskId, detail: why }) => `  ${taskId}: ${why}`),
      ].join('\n'),
    );
  });
}
