/** What a shell script can tell from the exit code. */
export const EXIT = { done: 0, failed: 1, usage: 2, notRunning: 3, refused: 4 } as const;
export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

const codes: Readonly<Record<ExitCode, string>> = {
  0: 'CLI_DONE',
  1: 'CLI_FAILED',
  2: 'CLI_USAGE',
  3: 'CLI_NOT_RUNNING',
  4: 'CLI_REFUSED',
};

/** Ends a command with words and a code; `main.ts` prints it. */
export class CliError extends Error {
  readonly exitCode: ExitCode;
  readonly hint: string;
  /** Of the error table when the site refused; for programs. */
  readonly code: string;

  constructor(message: string, hint: string, exitCode: ExitCode, code: string = codes[exitCode]) {
    super(message);
    this.name = 'CliError';
    this.hint = hint;
    this.exitCode = exitCode;
    this.code = code;
  }
}
