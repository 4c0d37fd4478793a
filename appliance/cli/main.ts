import { CommanderError } from 'commander';
import { isApplianceError } from '#contracts/errors.ts';
import { describeMistakes, SiteFileError } from '../site-file/index.ts';
import { CliError, EXIT } from './exit.ts';
import { createProgram } from './program.ts';

// Whoever reads only the first lines, as "| head" does, has what they want.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(0);
  throw error;
});

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
  await createProgram().parseAsync();
} catch (error) {
  process.exitCode = explain(error);
}
