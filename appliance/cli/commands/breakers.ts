import { Command } from 'commander';
import type { Breaker } from '#contracts/breakers.ts';
import { withApi } from '../local-api.ts';
import { type Common, common, print, table } from '../options.ts';

/** Circuit breakers: what is not sent to because it failed. */
export function breakersCommand(): Command {
  const breakers = new Command('breakers')
    .description('circuit breakers of devices and endpoints')
    .addHelpText('after', '\nExample:\n  npx holdfast breakers list');
  common(breakers.command('list').description('those that were used so far; an open one gets nothing sent'))
    .addHelpText('after', '\nExample:\n  npx holdfast breakers list --json')
    .action(list);
  common(breakers.command('reset <id>').description('close one by hand, after its fault has been cured'))
    .addHelpText('after', '\nExample:\n  npx holdfast breakers reset device:amr-3')
    .action(reset);
  return breakers;
}

const rows = (breakers: readonly Breaker[]): string =>
  table([
    ['breaker', 'state', 'faults', 'since', 'tries again', 'last fault'],
    ...breakers.map(({ id, state, faults, changedAt, retryAt, reason }) => [
      id,
      state,
      String(faults),
      changedAt ?? '',
      retryAt ?? '',
      reason ?? '',
    ]),
  ]);

async function list({ data, json }: Common): Promise<void> {
  const { breakers } = await withApi(data, (api) => api.call<{ breakers: Breaker[] }>('GET', '/breakers'));
  print(json, breakers, () => rows(breakers));
}

async function reset(id: string, { data, json }: Common): Promise<void> {
  const path = `/breakers/${encodeURIComponent(id)}/reset`;
  const breaker = await withApi(data, (api) => api.call<Breaker>('POST', path));
  print(json, breaker, () => rows([breaker]));
}
