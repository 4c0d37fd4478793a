import { Command, Option } from 'commander';
import { type KpiWindow, kpiSpans, type SloStatus } from '#contracts/kpis.ts';
import { openLocalApi } from '../local-api.ts';
import { dataOption, jsonOption, moment, print, table } from '../options.ts';

interface Options {
  readonly data: string;
  readonly json?: boolean;
  readonly span: string;
  readonly saga?: string;
  readonly from?: string;
  readonly to?: string;
}

export const kpisCommand = () =>
  new Command('kpis')
    .description('figures of the sagas by hour or day, and how they do against their objectives')
    .addOption(new Option('--span <span>', 'length of a window').choices([...kpiSpans]).default('day'))
    .option('--saga <name>', 'only of this saga')
    .option('--from <time>', 'first window, such as 2026-03-01T06:00:00Z', moment)
    .option('--to <time>', 'end, exclusive', moment)
    .addOption(dataOption())
    .addOption(jsonOption())
    .addHelpText(
      'after',
      '\nExample:\n  npx holdfast kpis --span hour --saga pick-order\n\nWhat each means: docs/kpis.md.',
    )
    .action(async ({ data, json, ...query }: Options) => {
      const api = openLocalApi(data);
      try {
        const given = Object.entries(query).filter(([, value]) => value !== undefined) as [string, string][];
        const answer = await api.call<{ windows: KpiWindow[]; objectives: SloStatus[] }>(
          'GET',
          `/kpis?${new URLSearchParams(given)}`,
        );
        print(json, answer, () => inWords(answer));
      } finally {
        await api.close();
      }
    });

function inWords({ windows, objectives }: { windows: KpiWindow[]; objectives: SloStatus[] }): string {
  const head = [
    'from',
    'saga',
    'done',
    'undone',
    'cancelled',
    'p50',
    'p95',
    'amends',
    'by people',
    'retries',
  ];
  const rows = windows.map((one) => [
    one.from,
    one.saga,
    String(one.completed),
    String(one.compensated),
    String(one.cancelled),
    seconds(one.durationMsP50),
    seconds(one.durationMsP95),
    percent(one.compensationRate),
    percent(one.automatedRate === null ? null : 1 - one.automatedRate),
    String(one.retries),
  ]);
  return [
    table([head, ...rows]),
    ...objectives.map(
      (one) =>
        `${one.saga}: ${percent(one.budgetRemaining)} of the error budget of ${one.periodDays} days left` +
        (one.alerts.length === 0 ? '' : `, burns ${one.alerts.join(' and ')}`),
    ),
  ].join('\n');
}

const seconds = (ms: number | null): string => (ms === null ? '' : `${(ms / 1_000).toFixed(1)} s`);
const percent = (share: number | null): string => (share === null ? '' : `${(share * 100).toFixed(1)} %`);
