import { mkdirSync } from 'node:fs';
import { resolve } from 'node:path';
import { Command, InvalidArgumentError } from 'commander';
import { pino } from 'pino';
import { listenForStop } from '../until-signal.ts';

interface Options {
  readonly dir: string;
  readonly port: number;
  readonly mqttPort: number;
  readonly speed: number;
  readonly feed: boolean;
}

const number = (text: string) => {
  const value = Number(text);
  if (!Number.isFinite(value) || value < 0) throw new InvalidArgumentError('It is a number.');
  return value;
};

export const demoCommand = () =>
  new Command('demo')
    .description('run a simulated warehouse, a site on it, and a stand-in for the region')
    .option('--dir <dir>', 'where everything is kept', '.holdfast')
    .option('--port <n>', 'port of the pages; another one when it is taken', number, 8080)
    .option('--mqtt-port <n>', 'port of the broker; another one when it is taken', number, 1883)
    .option('--speed <n>', 'how much faster than life totes and robots move', number, 4)
    .option('--no-feed', 'send no sample orders')
    .addHelpText(
      'after',
      '\nExample:\n  npx holdfast demo --speed 10\n\nCtrl-C stops it in order; the next start goes on from there.',
    )
    .action(async (options: Options) => {
      const signals = listenForStop();
      const dir = resolve(options.dir);
      mkdirSync(dir, { recursive: true, mode: 0o700 });
      // The whole house is loaded by those commands alone that need it.
      const { createLog } = await import('../../telemetry/index.ts');
      const { startDemo } = await import('../../demo/index.ts');
      const log = createLog('info', pino.destination({ dest: `${dir}/site.log`, mode: 0o600, sync: false }));
      const say = (line: string) => console.error(`holdfast: ${line}`);
      const demo = await startDemo({
        dir,
        httpPort: options.port,
        mqttPort: options.mqttPort,
        speed: options.speed,
        feed: options.feed,
        log,
        say,
      });
      console.log(`Holdfast is ready: ${demo.url}`);
      say(`logs are in ${options.dir}/*.log; Ctrl-C stops everything`);
      await signals.untilAsked();
      say('stopping: motion ends, records are flushed ...');
      await demo.stop();
      say('stopped');
      process.exit(0);
    });
