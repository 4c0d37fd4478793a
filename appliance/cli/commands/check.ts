import { basename } from 'node:path';
import { Command } from 'commander';
import { isApplianceError } from '#contracts/errors.ts';
import { describeMistakes, SiteFileError } from '../../site-file/index.ts';
import { runbookFindings } from '../../site-runbooks.ts';
import { catalogueOf, loadSite, readSiteSagas } from '../../site-sagas.ts';
import { EXIT } from '../exit.ts';
import { jsonOption, print } from '../options.ts';

export const checkCommand = () =>
  new Command('check')
    .description('check a site file, and the runbooks and sagas beside it, and say what to write instead')
    .requiredOption('--site <file>', 'site file')
    .addOption(jsonOption())
    .addHelpText(
      'after',
      '\nExample:\n  npx holdfast check --site site.yaml\n\nExit codes: 0 correct, 2 mistakes.',
    )
    .action((options: { site: string; json?: boolean }) => {
      try {
        const file = loadSite(options.site);
        const wrong = runbookFindings(file, options.site);
        if (wrong.length > 0) {
          print(options.json, { correct: false, mistakes: wrong }, () =>
            wrong
              .map(
                ({ file: name, line, column, problem, cure }) =>
                  `${name}:${line}:${column} ${problem}\n    ${cure}`,
              )
              .join('\n'),
          );
          process.exitCode = EXIT.usage;
          return;
        }
        const sagas = readSiteSagas(options.site, catalogueOf(file)).length;
        const counts = { devices: file.devices.length, interlocks: file.safety.interlocks.length, sagas };
        print(
          options.json,
          { correct: true, ...counts },
          () =>
            `${options.site} is correct: ${counts.devices} devices, ${counts.interlocks} interlocks, ${counts.sagas} sagas of its own.`,
        );
      } catch (error) {
        if (!isApplianceError(error)) throw error;
        const mistakes =
          error instanceof SiteFileError ? error.mistakes : [{ problem: error.message, cure: error.hint }];
        print(options.json, { correct: false, mistakes }, () =>
          error instanceof SiteFileError
            ? describeMistakes(basename(options.site), error)
            : `${error.message}\n    ${error.hint}`,
        );
        process.exitCode = EXIT.usage;
      }
    });
