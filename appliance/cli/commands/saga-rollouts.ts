import { type Command, InvalidArgumentError, Option } from 'commander';
import type { Guard, GuardFigures, Rollout, Shadow, ShadowReport } from '#contracts/rollout.ts';
import { withApi } from '../local-api.ts';
import { type Common, common, count, hashStart, jsonArgument, print, table } from '../options.ts';

interface StartOptions extends Common {
  readonly percent?: number;
  readonly values?: string;
  readonly key?: string;
  readonly guard?: Partial<Guard>;
  readonly reason: string;
}

/** Trying a version on a share of the sagas, or beside them. Added to the command group `saga`. */
export function addSagaRollouts(saga: Command): void {
  const rollout = saga
    .command('rollout')
    .description('let a share of the new sagas try another version')
    .addHelpText(
      'after',
      '\nExample:\n  npx holdfast saga rollout start pick-order 3f2a9c --percent 10 --reason "shorter ways"',
    );
  common(rollout.command('list').description('rollouts and how their versions compare'))
    .addHelpText('after', '\nExample:\n  npx holdfast saga rollout list')
    .action(listRollouts);
  common(rollout.command('start').description('begin one'))
    .argument('<definition>')
    .argument('<hash>', 'how the hash of the version begins', hashStart)
    .addOption(
      new Option('--percent <n>', 'share of the new sagas').argParser(percentage).conflicts('values'),
    )
    .option('--values <a,b>', 'those whose key is one of these, such as zones or docks')
    .option(
      '--key <path>',
      'what decides the side: saga.correlation, or a part of the input such as input.zone',
    )
    .option(
      '--guard <json>',
      'limits, such as {"samplesMin":50,"failureMore":0.02}',
      jsonArgument('{"samplesMin":50}'),
    )
    .requiredOption('--reason <words>', 'why, for the record')
    .addHelpText(
      'after',
      '\nExample:\n  npx holdfast saga rollout start pick-order 3f2a9c --percent 10 --reason "shorter ways"\n  npx holdfast saga rollout start dock-handoff 77ab01 --key input.dock --values dock-2 --reason "new door"',
    )
    .action(startRollout);
  for (const [word, description] of [
    ['promote', 'all new sagas get the version that was tried'],
    ['abort', 'no new saga gets it; those on it end on it'],
  ] as const) {
    common(rollout.command(`${word} <definition>`).description(description))
      .requiredOption('--reason <words>', 'why, for the record')
      .addHelpText(
        'after',
        `\nExample:\n  npx holdfast saga rollout ${word} pick-order --reason "as planned"`,
      )
      .action((name: string, options: Common & { reason: string }) => endRollout(word, name, options));
  }

  const shadow = saga
    .command('shadow')
    .description('play a version over what sagas did; it touches nothing')
    .addHelpText(
      'after',
      '\nExample:\n  npx holdfast saga shadow start pick-order 3f2a9c --reason "before the rollout"',
    );
  common(shadow.command('list').description('shadows and what they found'))
    .addHelpText('after', '\nExample:\n  npx holdfast saga shadow list')
    .action(listShadows);
  common(shadow.command('start').description('begin one'))
    .argument('<definition>')
    .argument('<hash>', 'how the hash of the version begins', hashStart)
    .requiredOption('--reason <words>', 'why, for the record')
    .addHelpText(
      'after',
      '\nExample:\n  npx holdfast saga shadow start pick-order 3f2a9c --reason "before the rollout"',
    )
    .action(startShadow);
  common(shadow.command('stop <id>').description('end one'))
    .requiredOption('--reason <words>', 'why, for the record')
    .addHelpText(
      'after',
      '\nExample:\n  npx holdfast saga shadow stop 019c4f1e-8a00-7000-8000-000000000000 --reason "seen enough"',
    )
    .action(stopShadow);
  common(shadow.command('reports <id>').description('where it would have acted differently'))
    .option('--limit <n>', 'how many', count, 30)
    .addHelpText(
      'after',
      '\nExample:\n  npx holdfast saga shadow reports 019c4f1e-8a00-7000-8000-000000000000',
    )
    .action(listReports);
}

function percentage(text: string): number {
  const value = Number(text);
  if (!(value > 0 && value <= 100)) throw new InvalidArgumentError('It is a number above 0, up to 100.');
  return value;
}

const share = (rate: number): string => `${Math.round(rate * 1_000) / 10} %`;
const figures = (of: GuardFigures | null): string =>
  of === null || of.samples === 0
    ? '-'
    : `${of.samples}: ${share(of.failureRate)} failed, ${share(of.compensationRate)} amends, p95 ${of.durationMsP95 ?? '-'} ms`;
const rows = (list: readonly Rollout[]): string =>
  table([
    ['definition', 'state', 'from', 'to', 'takes', 'old', 'new', 'why'],
    ...list.map((one) => [
      one.name,
      one.state,
      one.from.slice(0, 12),
      one.to.slice(0, 12),
      'percent' in one.take ? `${one.take.percent} %` : `${one.key}: ${one.take.values.join(', ')}`,
      figures(one.old),
      figures(one.new),
      one.endReason ?? one.reason,
    ]),
  ]);

async function listRollouts({ data, json }: Common): Promise<void> {
  const { rollouts } = await withApi(data, (api) => api.call<{ rollouts: Rollout[] }>('GET', '/rollouts'));
  print(json, rollouts, () => rows(rollouts));
}

async function startRollout(name: string, hash: string, options: StartOptions): Promise<void> {
  const { data, json, percent, values, key, guard, reason } = options;
  const take = values === undefined ? { percent: percent ?? 10 } : { values: values.split(',') };
  const body = {
    name,
    hash,
    take,
    reason,
    ...(key === undefined ? {} : { key }),
    ...(guard === undefined ? {} : { guard }),
  };
  const rollout = await withApi(data, (api) => api.call<Rollout>('POST', '/rollouts', body));
  print(json, rollout, () => rows([rollout]));
}

async function endRollout(
  word: 'promote' | 'abort',
  name: string,
  { data, json, reason }: Common & { reason: string },
): Promise<void> {
  const path = `/rollouts/${encodeURIComponent(name)}/${word}`;
  const rollout = await withApi(data, (api) => api.call<Rollout>('POST', path, { reason }));
  print(json, rollout, () => rows([rollout]));
}

const shadowRows = (shadows: readonly Shadow[]): string =>
  table([
    ['shadow', 'definition', 'version', 'state', 'same', 'different', 'why'],
    ...shadows.map((one) => [
      one.shadowId,
      one.name,
      one.hash.slice(0, 12),
      one.state,
      String(one.same),
      String(one.different),
      one.reason,
    ]),
  ]);

async function listShadows({ data, json }: Common): Promise<void> {
  const { shadows } = await withApi(data, (api) => api.call<{ shadows: Shadow[] }>('GET', '/shadows'));
  print(json, shadows, () => shadowRows(shadows));
}

async function startShadow(name: string, hash: string, { data, json, reason }: StartOptions): Promise<void> {
  const shadow = await withApi(data, (api) => api.call<Shadow>('POST', '/shadows', { name, hash, reason }));
  print(json, shadow, () => shadowRows([shadow]));
}

async function stopShadow(id: string, { data, json, reason }: Common & { reason: string }): Promise<void> {
  const path = `/shadows/${encodeURIComponent(id)}/stop`;
  const shadow = await withApi(data, (api) => api.call<Shadow>('POST', path, { reason }));
  print(json, shadow, () => shadowRows([shadow]));
}

async function listReports(id: string, { data, json, limit }: Common & { limit: number }): Promise<void> {
  const path = `/shadows/${encodeURIComponent(id)}/reports?limit=${limit}`;
  const { reports } = await withApi(data, (api) => api.call<{ reports: ShadowReport[] }>('GET', path));
  print(json, reports, () =>
    reports
      .map(({ sagaId, at, realEnd, shadowEnd, divergences }) =>
        [
          `${sagaId} (${at}): really ${realEnd}, in the shadow ${shadowEnd ?? 'it is not known'}`,
          ...divergences.map(({ kind, node, words }) => `  ${kind} at ${node}: ${words}`),
        ].join('\n'),
      )
      .join('\n'),
  );
}
