import { resolve } from 'node:path';
import { Command, Option } from 'commander';
import { loadSite } from '../../site-sagas.ts';
import { dataOption } from '../options.ts';
import { listenForStop } from '../until-signal.ts';

interface Options {
  readonly site: string;
  readonly data: string;
  readonly logLevel: string;
}

export const runCommand = () =>
  new Command('run')
    .description('run a site until it is told to stop')
    .requiredOption('--site <file>', 'site file')
    .addOption(dataOption())
    .addOption(
      new Option('--log-level <level>', 'what is logged')
        .choices(['debug', 'info', 'warn', 'error'])
        .default('info'),
    )
    .addHelpText(
      'after',
      '\nExample:\n  npx holdfast run --site site.yaml --data /var/lib/holdfast\n\nLogs are JSON lines on standard error. SIGTERM and Ctrl-C stop it in order.\nExit codes: 0 stopped in order, 1 could not start, 2 the site file is wrong, 70 the safety thread was lost.',
    )
    .action(async (options: Options) => {
      const signals = listenForStop();
      const sitePath = resolve(options.site);
      const siteFile = loadSite(sitePath);
      // The whole house is loaded by those commands alone that need it.
      const { createLog } = await import('../../telemetry/index.ts');
      const { startSite } = await import('../../compose.ts');
      const log = createLog(options.logLevel);
      const site = await startSite({ siteFile, sitePath, dataDir: resolve(options.data), log });
      const code = site.claimCode();
      console.log(`Holdfast is ready: ${site.url}${code === undefined ? '' : `/?code=${code}`}`);
      await signals.untilAsked();
      await site.stop();
      process.exit(0);
    });
