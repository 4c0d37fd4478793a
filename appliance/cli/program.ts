import { Command } from 'commander';
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

/** The command with all that is below it. */
export function createProgram(): Command {
  const program = new Command('holdfast')
    .description('The runtime of one warehouse site.')
    .version(VERSION)
    .addHelpText(
      'after',
      '\nExit codes: 0 done, 1 failed, 2 wrong usage or site file, 3 the site does not run, 4 refused.\nWith --json an error is on standard output too, as {"error": {"code", "message", "hint"}}.\nFirst steps: npx holdfast demo, or npx holdfast init site.yaml',
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
  return program;
}

/** A mistake in a subcommand ends here too, so that every mistake has the exit code of a mistake. */
function endHere(command: Command): void {
  command.exitOverride().showHelpAfterError();
  for (const sub of command.commands) endHere(sub);
}
