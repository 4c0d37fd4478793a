import { inspect } from 'node:util';
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

interface Ending {
  readonly exitCode: number;
  /** For people; undefined when it was said already. */
  readonly text?: string;
  /** For programs. */
  readonly error: { readonly code: string; readonly message: string; readonly hint: string };
}

function endingOf(error: unknown): Ending {
  if (error instanceof CommanderError) {
    const message = error.message.replace(/^error: /, '');
    return {
      exitCode: EXIT.usage,
      error: { code: 'CLI_USAGE', message, hint: 'Compare it with the --help of the command.' },
    };
  }
  if (error instanceof CliError) {
    const { exitCode, code, message, hint } = error;
    return { exitCode, text: `holdfast: ${message}\n  ${hint}`, error: { code, message, hint } };
  }
  if (isApplianceError(error)) {
    const { code, message, hint } = error;
    const isOfFile = code.startsWith('CFG_') || code === 'SAGA_FILE_INVALID';
    const text =
      error instanceof SiteFileError
        ? describeMistakes(String(error.details.file), error)
        : `holdfast: ${message}\n  ${hint} (${code})`;
    return { exitCode: isOfFile ? EXIT.usage : EXIT.failed, text, error: { code, message, hint } };
  }
  const message = error instanceof Error ? error.message : String(error);
  return {
    exitCode: EXIT.failed,
    text: `holdfast: this is a fault of the program: ${inspect(error)}`,
    error: { code: 'CLI_FAULT', message, hint: 'This is a fault of the program; please report it.' },
  };
}

function explain(error: unknown): number {
  if (error instanceof CommanderError && error.exitCode === 0) return EXIT.done;
  const ending = endingOf(error);
  if (ending.text !== undefined) console.error(ending.text);
  // A program that asked for JSON reads standard output, whatever became of it.
  if (process.argv.includes('--json')) console.log(JSON.stringify({ error: ending.error }));
  return ending.exitCode;
}

try {
  await createProgram().parseAsync();
} catch (error) {
  process.exitCode = explain(error);
}
