import { Command, Option } from 'commander';
import type { WorkKind, WorkStarted } from '#contracts/work.ts';
import { CliError, EXIT } from '../exit.ts';
import { openLocalApi } from '../local-api.ts';
import { dataOption, jsonOption, print, readNamed, table } from '../options.ts';

interface Options {
  readonly data: string;
  readonly json?: boolean;
}
type StartOptions = Options & { readonly id?: string; readonly input?: string; readonly file?: string };

/** Work that is begun by hand. */
export function workCommand(): Command {
  const work = new Command('work')
    .description('begin putting away, replenishing, counting or another saga')
    .addHelpText('after', '\nExample:\n  npx holdfast work list');
  work
    .command('list')
    .description('what can be begun, and what it takes')
    .addOption(dataOption())
    .addOption(jsonOption())
    .addHelpText('after', '\nExample:\n  npx holdfast work list --json')
    .action(listWork);
  work
    .command('start <saga>')
    .description('begin a piece of work; the same id again begins nothing')
    .option('--id <id>', 'name it yourself, such as the number of a delivery')
    .addOption(new Option('--input <json>', 'what it takes, as JSON').conflicts('file'))
    .option('--file <file>', 'the same from a file')
    .addOption(dataOption())
    .addOption(jsonOption())
    .addHelpText(
      'after',
      `
Example:
  npx holdfast work start putaway --id R-17 --input '{"sku":"A","quantity":20,"from":"receiving-1"}'
  npx holdfast work start cycle-count --input '{"place":"rack-a01"}'

Look at it with "npx holdfast saga history <id>", end it with "npx holdfast saga cancel <id>".`,
    )
    .action(startWork);
  return work;
}

async function listWork({ data, json }: Options): Promise<void> {
  const api = openLocalApi(data);
  try {
    const { work } = await api.call<{ work: WorkKind[] }>('GET', '/work');
    print(json, work, () =>
      table([
        ['saga', 'what it does', 'takes'],
        ...work.map(({ saga, title, input }) => [saga, title, membersOf(input)]),
      ]),
    );
  } finally {
    await api.close();
  }
}

async function startWork(saga: string, { data, json, id, input, file }: StartOptions): Promise<void> {
  const body = {
    ...(id === undefined ? {} : { id }),
    input: readInput(
      input ?? (file === undefined ? '{}' : readNamed(file, 'Name a file with what it takes, as JSON.')),
    ),
  };
  const api = openLocalApi(data);
  try {
    const started = await api.call<WorkStarted>('POST', `/work/${encodeURIComponent(saga)}`, body);
    print(json, started, () => `begun: ${started.sagaId}`);
  } finally {
    await api.close();
  }
}

function readInput(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch (cause) {
    throw new CliError(
      `The input is no JSON: ${(cause as Error).message}`,
      'Write it in single quotes, such as \'{"place":"rack-1"}\'.',
      EXIT.usage,
    );
  }
}

/** Names of what it takes; a question mark stands behind what may be left out. */
function membersOf(input: WorkKind['input']): string {
  const { properties, required } = (input ?? {}) as { properties?: object; required?: readonly string[] };
  return Object.keys(properties ?? {})
    .map((name) => (required?.includes(name) ? name : `${name}?`))
    .join(', ');
}
