import { Command } from 'commander';
import type { Schedule } from '#contracts/schedules.ts';
import { withApi } from '../local-api.ts';
import { type Common, common, print, table } from '../options.ts';

/** Sagas that begin by the clock. */
export function schedulesCommand(): Command {
  const schedules = new Command('schedules')
    .description('sagas that begin by the clock, as the site file says under sagas.schedules')
    .addHelpText('after', '\nExample:\n  npx holdfast schedules list');
  common(schedules.command('list').description('with their next and their last run'))
    .addHelpText(
      'after',
      '\nTo begin its saga now: npx holdfast work start.\n\nExample:\n  npx holdfast schedules list --json',
    )
    .action(list);
  return schedules;
}

async function list({ data, json }: Common): Promise<void> {
  const { schedules } = await withApi(data, (api) =>
    api.call<{ schedules: Schedule[] }>('GET', '/schedules'),
  );
  print(json, schedules, () =>
    table([
      ['schedule', 'saga', 'when', 'next', 'last', 'its saga', 'problem'],
      ...schedules.map(({ name, saga, cron, timeZone, nextAt, lastAt, lastSagaId, problem }) => [
        name,
        saga,
        `${cron} (${timeZone})`,
        nextAt ?? 'never',
        lastAt ?? '',
        lastSagaId ?? '',
        problem ?? '',
      ]),
    ]),
  );
}
