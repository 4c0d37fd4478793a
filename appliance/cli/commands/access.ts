import { Command, Option } from 'commander';
import { type Role, roles } from '#contracts/site-file.ts';
import { openLocalApi } from '../local-api.ts';
import { dataOption, jsonOption, print } from '../options.ts';

interface Options {
  readonly data: string;
  readonly json?: boolean;
  readonly role?: Role;
}

/** Asks the running site and prints the secret once; it is stored as a hash only. */
async function made(options: Options, path: string, body: object, what: string): Promise<void> {
  const api = openLocalApi(options.data);
  try {
    const answer = await api.call<{ secret: string }>('POST', path, body);
    print(options.json, answer, () => `${what}: ${answer.secret}\nIt is shown this once.`);
  } finally {
    await api.close();
  }
}

async function removed(options: Options, path: string, what: string): Promise<void> {
  const api = openLocalApi(options.data);
  try {
    await api.call('DELETE', path);
    print(options.json, { removed: true }, () => `${what} is removed.`);
  } finally {
    await api.close();
  }
}

const roleOption = () =>
  new Option('--role <role>', 'what they may do').choices([...roles]).default('operator');
const withOptions = (command: Command) => command.addOption(dataOption()).addOption(jsonOption());

export function clientCommand(): Command {
  const client = new Command('client')
    .description('credentials of MQTT clients named in the site file')
    .addHelpText('after', '\nExample:\n  npx holdfast client add scada');
  withOptions(client.command('add <id>').description('make (or replace) the password of a client'))
    .addHelpText('after', '\nExample:\n  npx holdfast client add scada')
    .action((id: string, options: Options) => made(options, '/access/clients', { id }, `Password of ${id}`));
  withOptions(client.command('remove <id>').description('take the password of a client away'))
    .addHelpText('after', '\nExample:\n  npx holdfast client remove scada')
    .action((id: string, options: Options) =>
      removed(options, `/access/clients/${encodeURIComponent(id)}`, id),
    );
  return client;
}

export function userCommand(): Command {
  const user = new Command('user')
    .description('people who may sign in')
    .addHelpText('after', '\nExample:\n  npx holdfast user add mia --role operator');
  withOptions(user.command('add <name>').description('add a person, with a first password to be changed'))
    .addOption(roleOption())
    .addHelpText('after', '\nExample:\n  npx holdfast user add mia --role operator')
    .action((name: string, options: Options) =>
      made(options, '/access/users', { name, role: options.role ?? 'operator' }, `First password of ${name}`),
    );
  withOptions(
    user.command('remove <name>').description('end the sessions of a person and remove the account'),
  )
    .addHelpText('after', '\nExample:\n  npx holdfast user remove mia')
    .action((name: string, options: Options) =>
      removed(options, `/access/users/${encodeURIComponent(name)}`, name),
    );
  return user;
}

export function tokenCommand(): Command {
  const token = new Command('token')
    .description('access tokens of machines, such as a WMS')
    .addHelpText('after', '\nExample:\n  npx holdfast token add wms --role operator');
  withOptions(token.command('add <name>').description('make a token'))
    .addOption(roleOption())
    .addHelpText('after', '\nExample:\n  npx holdfast token add wms --role operator')
    .action((name: string, options: Options) =>
      made(options, '/access/tokens', { name, role: options.role ?? 'operator' }, `Token of ${name}`),
    );
  withOptions(token.command('remove <name>').description('make a token void'))
    .addHelpText('after', '\nExample:\n  npx holdfast token remove wms')
    .action((name: string, options: Options) =>
      removed(options, `/access/tokens/${encodeURIComponent(name)}`, name),
    );
  return token;
}

export const claimCommand = () =>
  withOptions(
    new Command('claim').description('make a new one-time code, for a site whose passwords are lost'),
  )
    .addHelpText('after', '\nExample:\n  npx holdfast claim')
    .action((options: Options) => made(options, '/access/claim', {}, 'One-time code'));
