/** What a shell script can tell from the exit code. */
export const EXIT = { done: 0, failed: 1, usage: 2, notRunning: 3, refused: 4 } as const;
export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** Ends a command with words and a code; `main.ts` prints it. */
export class CliError extends Error {
  readonly exitCode: ExitCode;
  readonly hint: string;

  constructor(message: string, hint: string, exitCode: ExitCode) {
    super(message);
    this.name = 'CliError';
    this.hint = hint;
    this.exitCode = exitCode;
  }
}
