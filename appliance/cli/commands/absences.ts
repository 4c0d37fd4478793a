import { Command } from 'commander';
import type { Absence } from '#contracts/people.ts';
import { openLocalApi } from '../local-api.ts';
import { dataOption, jsonOption, moment, print, table } from '../options.ts';

interface Options {
  readonly data: string;
  readonly json?: boolean;
}
interface Entry extends Options {
  readonly from: string;
  readonly to: string;
  readonly cover?: string;
  readonly note?: string;
}

export function absencesCommand(): Command {
  const absences = new Command('absences')
    .description('who is away, and who covers')
    .addHelpText('after', '\nExample:\n  npx holdfast absences list');
  absences
    .command('list')
    .description('now and later')
    .addOption(dataOption())
    .addOption(jsonOption())
    .addHelpText('after', '\nExample:\n  npx holdfast absences list --json')
    .action(listAbsences);
  absences
    .command('add <user>')
    .description('enter an absence')
    .requiredOption('--from <time>', 'first moment, such as 2026-07-01T00:00:00Z', moment)
    .requiredOption('--to <time>', 'first moment after it', moment)
    .option('--cover <user>', 'who gets their tasks meanwhile')
    .option('--note <text>', 'for the record')
    .addOption(dataOption())
    .addOption(jsonOption())
    .addHelpText(
      'after',
      '\nExample:\n  npx holdfast absences add ann --from 2026-07-01T00:00:00Z --to 2026-07-15T00:00:00Z --cover bob',
    )
    .action(addAbsence);
  absences
    .command('remove <id>')
    .description('remove an absence')
    .addOption(dataOption())
    .addHelpText('after', '\nExample:\n  npx holdfast absences remove 01931f0c-8f5e-7c3a-9d2e-5b1f4a6c7d8e')
    .action(removeAbsence);
  return absences;
}

async function listAbsences(options: Options): Promise<void> {
  const api = openLocalApi(options.data);
  try {
    const { absences } = await api.call<{ absences: Absence[] }>('GET', '/people/absences');
    print(options.json, absences, () =>
      table([
        ['id', 'user', 'from', 'to', 'covered by', 'note'],
        ...absences.map((one) => [
          one.absenceId,
          one.user,
          one.from,
          one.to,
          one.coveredBy ?? '',
          one.note ?? '',
        ]),
      ]),
    );
  } finally {
    await api.close();
  }
}

async function addAbsence(user: string, options: Entry): Promise<void> {
  const { from, to, cover, note } = options;
  const api = openLocalApi(options.data);
  try {
    const body = {
      user,
      from,
      to,
      ...(cover === undefined ? {} : { coveredBy: cover }),
      ...(note === undefined ? {} : { note }),
    };
    const absence = await api.call<Absence>('POST', '/people/absences', body);
    print(options.json, absence, () => `${absence.absenceId}: ${absence.user} is away until ${absence.to}`);
  } finally {
    await api.close();
  }
}

async function removeAbsence(id: string, options: Options): Promise<void> {
  const api = openLocalApi(options.data);
  try {
    await api.call('DELETE', `/people/absences/${encodeURIComponent(id)}`);
  } finally {
    await api.close();
  }
}
