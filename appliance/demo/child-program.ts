import { type ChildProcess, spawn } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { ApplianceError } from '#contracts/errors.ts';

/** A program of the demo that says in one line of JSON where it listens. */
export interface ChildProgram<Said> {
  /** The line of JSON it printed. */
  readonly said: Said;
  readonly exited: Promise<void>;
  stop(): Promise<void>;
}

const READY_MS_MAX = 30_000;
const STOP_MS_MAX = 5_000;

/**
 * Starts a program and waits for its line. It runs in a group of its own, so that Ctrl-C reaches the appliance
 * first; it ends by itself when this process is gone (its IPC channel closes).
 */
export async function startProgram<Said>(
  name: string,
  file: string,
  args: readonly string[],
  logFile: string,
): Promise<ChildProgram<Said>> {
  const child = spawn(process.execPath, [file, ...args], {
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    detached: true,
  });
  const log = createWriteStream(logFile, { flags: 'a', mode: 0o600 });
  child.stderr?.pipe(log);
  const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const said = await firstLine<Said>(name, child, logFile);
  child.stdout?.pipe(log);
  return {
    said,
    exited,
    async stop() {
      child.kill('SIGTERM');
      const timer = setTimeout(() => child.kill('SIGKILL'), STOP_MS_MAX);
      await exited;
      clearTimeout(timer);
    },
  };
}

function firstLine<Said>(name: string, child: ChildProcess, logFile: string): Promise<Said> {
  return new Promise((resolve, reject) => {
    const fail = (problem: string) =>
      reject(new ApplianceError('DEMO_PROGRAM_FAILED', { name, problem, log: logFile }));
    const timer = setTimeout(() => {
      child.kill('SIGKILL');
      fail(`did not say that it is ready within ${READY_MS_MAX} ms`);
    }, READY_MS_MAX);
    child.once('error', (error) => fail(error.message));
    // Once the promise is settled, a later exit changes nothing.
    child.once('exit', (code, signal) => fail(`ended early (${signal ?? `exit ${code}`})`));
    if (child.stdout === null) return;
    const lines = createInterface({ input: child.stdout });
    lines.on('line', (line) => {
      if (!line.startsWith('{')) return;
      clearTimeout(timer);
      lines.close();
      resolve(JSON.parse(line) as Said);
    });
  });
}
