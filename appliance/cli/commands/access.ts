import { Command, Option } from 'commander';
import { type Role, roles } from '#contracts/site-file.ts';
import { withApi } from '../local-api.ts';
import { dataOption, jsonOption, print, table } from '../options.ts';

interface Options {
  readonly data: string;
  readonly json?: boolean;
  readonly role?: Role;
}

interface Access {
  readonly name: string;
  readonly role: Role;
  readonly createdAt: string;
}
type Person = Access & { readonly mustSetPassword: boolean };
interface Client {
  readonly id: string;
  readonly inSiteFile: boolean;
  readonly passwordAt: string | null;
}

/** Asks the running site and prints the secret once; it is stored as a hash only. */
const made = (options: Options, path: string, body: object, what: string): Promise<void> =>
  withApi(options.data, async (api) => {
    const answer = await api.call<{ secret: string }>('POST', path, body);
    print(options.json, answer, () => `${what}: ${answer.secret}\n${ONCE}`);
  });

const ONCE = 'It is shown this once.';

const claimed = ({ data, json }: Options): Promise<void> =>
  withApi(data, async (api) => {
    const { secret } = await api.call<{ secret: string }>('POST', '/access/claim', {});
    const url = `${api.url}/?code=${secret}`;
    print(json, { secret, url }, () => `One-time code: ${secret}\nOpen ${url}\n${ONCE}`);
  });

/** The password of a client that the site file does not name opens nothing, and nothing else would say so. */
const clientMade = ({ data, json }: Options, id: string): Promise<void> =>
  withApi(data, async (api) => {
    const { secret } = await api.call<{ secret: string }>('POST', '/access/clients', { id });
    const { clients } = await api.call<{ clients: Client[] }>('GET', '/access/clients');
    const isNamed = clients.some((client) => client.id === id && client.inSiteFile);
    const warning = `The site file names no client ${id}: add it under mqtt.clients, and restart the site.`;
    print(json, { secret, ...(isNamed ? {} : { warning }) }, () =>
      [`Password of ${id}: ${secret}`, ONCE, ...(isNamed ? [] : [warning])].join('\n'),
    );
  });

/** Prints one of the lists of who may come in. */
const listed = <Name extends string, Row>(
  { data, json }: Options,
  name: Name,
  head: readonly string[],
  cells: (row: Row) => readonly string[],
): Promise<void> =>
  withApi(data, async (api) => {
    const rows = (await api.call<Record<Name, Row[]>>('GET', `/access/${name}`))[name];
    print(json, rows, () => table([head, ...rows.map(cells)]));
  });

const removed = (options: Options, path: string, what: string): Promise<void> =>
  withApi(options.data, async (api) => {
    await api.call('DELETE', path);
    print(options.json, { removed: true }, () => `${what} is removed.`);
  });

const roleOption = () =>
  new Option('--role <role>', 'what they may do').choices([...roles]).default('operator');
const withOptions = (command: Command) => command.addOption(dataOption()).addOption(jsonOption());

export function clientCommand(): Command {
  const client = new Command('client')
    .description('credentials of MQTT clients named in the site file')
    .addHelpText('after', '\nExample:\n  npx holdfast client add scada');
  withOptions(client.command('add <id>').description('make (or replace) the password of a client'))
    .addHelpText('after', '\nExample:\n  npx holdfast client add scada')
    .action((id: string, options: Options) => clientMade(options, id));
  withOptions(client.command('remove <id>').description('take the password of a client away'))
    .addHelpText('after', '\nExample:\n  npx holdfast client remove scada')
    .action((id: string, options: Options) =>
      removed(options, `/access/clients/${encodeURIComponent(id)}`, id),
    );
  withOptions(client.command('list').description('clients, and whether they have a password'))
    .addHelpText('after', '\nExample:\n  npx holdfast client list')
    .action((options: Options) =>
      listed(options, 'clients', ['client', 'in the site file', 'password made'], (row: Client) => [
        row.id,
        row.inSiteFile ? 'yes' : 'no',
        row.passwordAt ?? 'none',
      ]),
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
  withOptions(user.command('list').description('people who may sign in'))
    .addHelpText('after', '\nExample:\n  npx holdfast user list')
    .action((options: Options) =>
      listed(options, 'users', ['name', 'role', 'made', 'password'], (row: Person) => [
        row.name,
        row.role,
        row.createdAt,
        row.mustSetPassword ? 'the first one, to be changed' : 'of their own',
      ]),
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
  withOptions(token.command('list').description('tokens there are, without what they are'))
    .addHelpText('after', '\nExample:\n  npx holdfast token list')
    .action((options: Options) =>
      listed(options, 'tokens', ['name', 'role', 'made'], (row: Access) => [
        row.name,
        row.role,
        row.createdAt,
      ]),
    );
  return token;
}

export const claimCommand = () =>
  withOptions(
    new Command('claim').description('make a new one-time code, for a site whose passwords are lost'),
  )
    .addHelpText('after', '\nExample:\n  npx holdfast claim')
    .action((options: Options) => claimed(options));
