import { type Command, InvalidArgumentError, Option } from 'commander';
import type { DefinitionVersion } from '#contracts/rollout.ts';
import { type SagaPage, type SagaSummary, type SagaView, sagaStatuses } from '#contracts/saga-api.ts';
import { withApi } from '../local-api.ts';
import { type Common, common, count, hashStart, moment, print, table } from '../options.ts';

interface ListOptions extends Common {
  readonly name?: string;
  readonly status?: string;
  readonly hash?: string;
  readonly from?: string;
  readonly to?: string;
  readonly id?: string;
  readonly order?: string;
  readonly where: string[];
  readonly text?: string;
  readonly limit: number;
}

function collect(text: string, before: string[]): string[] {
  if (!/^[^=]+=/.test(text)) throw new InvalidArgumentError('It is name=value, such as dock=dock-1.');
  return [...before, text];
}

/** Sagas in one request. */
const PAGE_SIZE = 200;

/** Looking at sagas and at their versions. Added to the command group `saga`. */
export function addSagaRuns(saga: Command): void {
  common(saga.command('list').description('find sagas, newest first'))
    .option('--name <definition>', 'of this definition')
    .addOption(new Option('--status <status>', 'that stand so').choices([...sagaStatuses]))
    .option('--hash <hash>', 'on the version whose hash begins so')
    .option('--from <time>', 'begun then or later, such as 2026-03-01T06:00:00Z', moment)
    .option('--to <time>', 'begun before', moment)
    .option('--id <text>', 'whose id begins so')
    .option('--order <text>', 'whose correlation id, such as an order, begins so')
    .option('--where <name=value>', 'with this search attribute; may be given again', collect, [])
    .option('--text <words>', 'with these words among the search attributes')
    .option('--limit <n>', 'how many', count, 30)
    .addHelpText(
      'after',
      '\nExample:\n  npx holdfast saga list --name pick-order --status compensated --from 2026-03-01',
    )
    .action(listSagas);
  common(saga.command('history <id>').description('what happened to a saga, and how it stood at a position'))
    .option('--at <position>', 'as it was right after this transition', count)
    .addHelpText('after', '\nExample:\n  npx holdfast saga history pick-order:A-1001 --at 12')
    .action(showHistory);
  common(saga.command('versions [definition]').description('all versions, and how many sagas run on each'))
    .addHelpText('after', '\nExample:\n  npx holdfast saga versions pick-order')
    .action(listVersions);
  common(saga.command('use').description('make a version current, newer or older'))
    .argument('<definition>')
    .argument('[hash]', 'how the hash of the version begins', hashStart)
    .requiredOption('--reason <words>', 'why, for the record')
    .addHelpText(
      'after',
      '\nWithout a hash the version of this release is current again. Sagas that run stay on theirs.\n\nExample:\n  npx holdfast saga use pick-order 3f2a9c --reason "the new one is slow"',
    )
    .action(chooseVersion);
}

async function listSagas(options: ListOptions): Promise<void> {
  const { data, json, where, order, limit, ...filters } = options;
  const query = new URLSearchParams({ limit: String(Math.min(limit, PAGE_SIZE)) });
  for (const [name, value] of Object.entries(filters)) query.set(name, value);
  if (order !== undefined) query.set('correlation', order);
  for (const attribute of where) query.append('attribute', attribute);
  let total: SagaPage['count'] = null;
  const sagas = await withApi(data, async (api) => {
    const found: SagaSummary[] = [];
    // A page may be short and yet have a next: the site looks at so many rows for one request.
    for (let next: string | null = ''; next !== null && found.length < limit; ) {
      if (next !== '') query.set('after', next);
      const page: SagaPage = await api.call<SagaPage>('GET', `/sagas?${query}`);
      found.push(...page.sagas);
      next = page.next;
      total ??= page.count;
    }
    return found.slice(0, limit);
  });
  const rows = () =>
    table([
      ['saga', 'definition', 'status', 'begun', 'ended', 'attributes'],
      ...sagas.map((one) => [
        one.sagaId,
        `${one.name} v${one.version} ${one.hash.slice(0, 8)}`,
        one.amended && one.status === 'completed' ? 'completed, with amends' : one.status,
        one.startedAt,
        one.endedAt ?? '',
        Object.entries(one.attributes)
          .map(([name, value]) => `${name}=${value}`)
          .join(' '),
      ]),
    ]);
  print(json, sagas, () => `${rows()}\n${shownWords(sagas.length, total)}`);
}

const shownWords = (shown: number, total: SagaPage['count']): string =>
  total === null || total.atLeast <= shown
    ? `${shown} shown`
    : `${shown} of ${total.atLeast}${total.exact ? '' : '+'} shown; --limit shows more`;

async function showHistory(id: string, { data, json, at }: Common & { at?: number }): Promise<void> {
  const path = `/sagas/${encodeURIComponent(id)}${at === undefined ? '' : `?at=${at}`}`;
  const view = await withApi(data, (api) => api.call<SagaView>('GET', path));
  print(json, view, () =>
    [
      `${view.saga.sagaId}: ${view.saga.title} v${view.saga.version}, position ${view.at} of ${view.newest}, ${view.status}`,
      ...(view.faithful === false
        ? [`This release decides otherwise than the one that ran it: told up to position ${view.at}.`]
        : []),
      ...(view.earlier > 0 ? [`… ${view.earlier} earlier positions: --at ${view.earlier}`] : []),
      table([
        ['position', 'when', 'what', 'what came of it'],
        ...view.steps.map(({ position, at: when, what, made }) => [
          String(position),
          when,
          what,
          made.join('; '),
        ]),
      ]),
      '',
      table([
        ['node', 'state', 'title'],
        ...view.nodes
          .filter(({ state }) => state !== 'idle')
          .map(({ id: node, state, title }) => [node, state, title]),
      ]),
    ].join('\n'),
  );
}

const versionRows = (versions: readonly DefinitionVersion[]): string =>
  table([
    ['definition', 'version', 'hash', 'running', 'is', 'since', 'lacks'],
    ...versions.map(({ name, version, hash, running, current, shipped, pinned, savedAt, missing }) => [
      name,
      String(version),
      hash.slice(0, 12),
      String(running),
      [current ? 'current' : '', pinned ? 'chosen' : '', shipped ? 'shipped' : ''].filter(Boolean).join(', '),
      savedAt,
      missing ?? '',
    ]),
  ]);

async function listVersions(name: string | undefined, { data, json }: Common): Promise<void> {
  const query = name === undefined ? '' : `?name=${encodeURIComponent(name)}`;
  const { versions } = await withApi(data, (api) =>
    api.call<{ versions: DefinitionVersion[] }>('GET', `/versions${query}`),
  );
  print(json, versions, () => versionRows(versions));
}

async function chooseVersion(
  name: string,
  hash: string | undefined,
  { data, json, reason }: Common & { reason: string },
): Promise<void> {
  const { versions } = await withApi(data, (api) =>
    api.call<{ versions: DefinitionVersion[] }>('POST', `/versions/${encodeURIComponent(name)}/current`, {
      ...(hash === undefined ? {} : { hash }),
      reason,
    }),
  );
  print(json, versions, () => versionRows(versions));
}
