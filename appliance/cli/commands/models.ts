import { Command } from 'commander';
import type { ModelSummary } from '#contracts/models.ts';
import { openLocalApi } from '../local-api.ts';
import { dataOption, jsonOption, print, table } from '../options.ts';

interface Options {
  readonly data: string;
  readonly json?: boolean;
}
interface Models {
  readonly models: readonly ModelSummary[];
  readonly orderRisk: { readonly trained: boolean; readonly why: string };
}

export function modelsCommand(): Command {
  const models = new Command('models')
    .description('see how the models of the site do')
    .addHelpText('after', '\nExample:\n  npx holdfast models list\n  npx holdfast models trust damage-check');
  models
    .command('list')
    .description('each model with its state, accuracy and stability')
    .addOption(dataOption())
    .addOption(jsonOption())
    .addHelpText('after', '\nExample:\n  npx holdfast models list --json')
    .action(async ({ data, json }: Options) => {
      const api = openLocalApi(data);
      try {
        const found = await api.call<Models>('GET', '/models');
        print(json, found, () => `${overview(found.models)}\n\norder-risk: ${found.orderRisk.why}`);
      } finally {
        await api.close();
      }
    });
  models
    .command('trust <model>')
    .description('let what is usual now count as right; the model is followed again')
    .addOption(dataOption())
    .addOption(jsonOption())
    .addHelpText('after', '\nExample:\n  npx holdfast models trust damage-check')
    .action(async (model: string, { data, json }: Options) => {
      const api = openLocalApi(data);
      try {
        const found = await api.call<ModelSummary>('POST', `/models/${encodeURIComponent(model)}/baseline`);
        print(json, found, () => overview([found]));
      } finally {
        await api.close();
      }
    });
  return models;
}

const share = (value: number | null): string => (value === null ? '-' : `${Math.round(value * 100)} %`);
const overview = (models: readonly ModelSummary[]): string =>
  table([
    ['model', 'state', 'version', 'asked', 'followed', 'accuracy', 'stability', 'why'],
    ...models.map(({ name, state, version, asked, followed, accuracy, psi, psiOf, why }) => [
      name,
      state,
      version ?? '-',
      String(asked),
      String(followed),
      share(accuracy),
      psi === null ? '-' : `${psi.toFixed(2)} (${psiOf})`,
      why,
    ]),
  ]);
