import { Command, CommanderError } from 'commander';
import { isApplianceError } from '#contracts/errors.ts';
import { describeMistakes, SiteFileError } from '../site-file/index.ts';
import { VERSION } from '../version.ts';
import { absencesCommand } from './commands/absences.ts';
import { claimCommand, clientCommand, tokenCommand, userCommand } from './commands/access.ts';
import { breakersCommand } from './commands/breakers.ts';
import { channelsCommand } from './commands/channels.ts';
import { checkCommand } from './commands/check.ts';
import { deadLettersCommand } from './commands/dead-letters.ts';
import { demoCommand } from './commands/demo.ts';
import { devicesCommand } from './commands/devices.ts';
import { docksCommand } from './commands/docks.ts';
import { initCommand } from './commands/init.ts';
import { kpisCommand } from './commands/kpis.ts';
import { modelsCommand } from './commands/models.ts';
import { ordersCommand } from './commands/orders.ts';
import { runCommand } from './commands/run.ts';
import { addSagaDefinitions } from './commands/saga-definitions.ts';
import { addSagaRollouts } from './commands/saga-rollouts.ts';
import { addSagaRuns } from './commands/saga-runs.ts';
import { addSagaSteering } from './commands/saga-steering.ts';
import { schedulesCommand } from './commands/schedules.ts';
import { statusCommand } from './commands/status.ts';
import { tasksCommand } from './commands/tasks.ts';
import { workCommand } from './commands/work.ts';
import { CliError, EXIT } from './exit.ts';

// Whoever reads only the first lines, as "| head" does, has what they want.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(0);
  throw error;
});

const program = new Command('holdfast')
  .description('The runtime of one warehouse site.')
  .version(VERSION)
  .addHelpText(
    'after',
    '\nExit codes: 0 done, 1 failed, 2 wrong usage or site file, 3 the site does not run, 4 refused.\nFirst steps: npx holdfast demo, or npx holdfast init site.yaml',
  );

const saga = new Command('saga')
  .description('sagas, their versions and their definitions')
  .addHelpText('after', '\nExample:\n  npx holdfast saga list --name pick-order --status running');
addSagaDefinitions(saga);
addSagaRuns(saga);
addSagaSteering(saga);
addSagaRollouts(saga);

for (const command of [
  runCommand(),
  demoCommand(),
  initCommand(),
  checkCommand(),
  statusCommand(),
  ordersCommand(),
  deadLettersCommand(),
  kpisCommand(),
  tasksCommand(),
  absencesCommand(),
  channelsCommand(),
  workCommand(),
  saga,
  schedulesCommand(),
  docksCommand(),
  breakersCommand(),
  devicesCommand(),
  modelsCommand(),
  clientCommand(),
  userCommand(),
  tokenCommand(),
  claimCommand(),
]) {
  program.addCommand(command);
}
endHere(program);

/** A mistake in a subcommand ends here too, so that every mistake has the exit code of a mistake. */
function endHere(command: Command): void {
  command.exitOverride().showHelpAfterError();
  for (const sub of command.commands) endHere(sub);
}

function explain(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.done : EXIT.usage;
  if (error instanceof CliError) {
    console.error(`holdfast: ${error.message}\n  ${error.hint}`);
    return error.exitCode;
  }
  if (error instanceof SiteFileError) {
    console.error(describeMistakes(String(error.details.file), error));
    return EXIT.usage;
  }
  if (isApplianceError(error)) {
    console.error(`holdfast: ${error.message}\n  ${error.hint} (${error.code})`);
    return error.code.startsWith('CFG_') || error.code === 'SAGA_FILE_INVALID' ? EXIT.usage : EXIT.failed;
  }
  console.error('holdfast: this is a fault of the program:', error);
  return EXIT.failed;
}

try {
  await program.parseAsync();
} catch (error) {
  process.exitCode = explain(error);
}
