import { existsSync, readdirSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { Command } from 'commander';
import { isApplianceError } from '#contracts/errors.ts';
import type { SiteFile } from '#contracts/site-file.ts';
import { describeMistakes, loadSiteFile, SiteFileError } from '../../site-file/index.ts';
import { runbookFindings } from '../../site-runbooks.ts';
import { catalogueOf, loadSite, readSiteSagas } from '../../site-sagas.ts';
import { EXIT } from '../exit.ts';
import { lintSagas, mistakeText, type PlacedMistake } from '../lint-sagas.ts';
import { jsonOption, print, readNamed } from '../options.ts';

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
        // What lies beside it first, all of it: compared with the site file, the first mistake would be the only one.
        const beside = loadSiteFile(options.site);
        const wrong = [...sagaMistakes(beside, options.site), ...runbookFindings(beside, options.site)];
        if (wrong.length > 0) {
          print(options.json, { correct: false, mistakes: wrong }, () => wrong.map(mistakeText).join('\n'));
          process.exitCode = EXIT.usage;
          return;
        }
        const file = loadSite(options.site);
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

/** Mistakes of all sagas beside the site file. A folder that is not there has none. */
function sagaMistakes(siteFile: SiteFile, sitePath: string): readonly PlacedMistake[] {
  const folder = join(dirname(sitePath), 'sagas');
  const files = existsSync(folder) ? readdirSync(folder).filter((name) => /\.ya?ml$/.test(name)) : [];
  const texts = files.toSorted().map((name) => ({
    file: `sagas/${name}`,
    text: readNamed(join(folder, name), 'Let who runs the site read it.'),
  }));
  return lintSagas(texts, catalogueOf(siteFile)).flatMap(({ file, mistakes }) =>
    mistakes.map((mistake) => ({ file, ...mistake })),
  );
}
