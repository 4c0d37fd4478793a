import { execFile, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const here = fileURLToPath(new URL('.', import.meta.url));
const cache = join(here, '../../node_modules/.cache/holdfast-peers');
const run = promisify(execFile);

/** The first start makes a Python environment and fetches the peers into it. */
export const PEER_START_MS_MAX = 300_000;

/** A program that somebody else wrote, with a line of JSON for each question. */
export interface PythonPeer<T> {
  /** What it printed when it was ready. */
  readonly ready: T;
  ask(...question: readonly unknown[]): Promise<unknown>;
  close(): Promise<void>;
}

/** Starts `peers/<script>` with the packages of `peers/<requirements>`. */
export async function startPythonPeer<T>(
  script: string,
  requirements = 'requirements.txt',
): Promise<PythonPeer<T>> {
  const python = await environment(join(here, 'peers', requirements));
  const child = spawn(python, [join(here, 'peers', script)], { stdio: ['pipe', 'pipe', 'pipe'] });
  let complaints = '';
  child.stderr.on('data', (text) => {
    complaints = (complaints + text).slice(-4_000);
  });
  const waiting: PromiseWithResolvers<unknown>[] = [];
  createInterface({ input: child.stdout }).on('line', (line) => waiting.shift()?.resolve(JSON.parse(line)));
  const ended = () => new Error(`${script} ended: ${complaints}`);
  child.on('close', () => {
    for (const answer of waiting.splice(0)) answer.reject(ended());
  });
  const next = () => {
    if (child.exitCode !== null) return Promise.reject(ended());
    const answer = Promise.withResolvers<unknown>();
    waiting.push(answer);
    return answer.promise;
  };
  const ready = (await next()) as T;
  return {
    ready,
    ask(...question) {
      const answer = next();
      child.stdin.write(`${JSON.stringify(question)}\n`);
      return answer;
    },
    async close() {
      if (child.exitCode !== null) return;
      child.kill('SIGKILL');
      await once(child, 'exit');
    },
  };
}

/** Path of a Python that has the packages; made once, kept in the cache of node_modules. */
async function environment(requirements: string): Promise<string> {
  const version = createHash('sha256').update(readFileSync(requirements)).digest('hex').slice(0, 12);
  const folder = join(cache, version);
  const python = join(folder, 'bin', 'python');
  if (existsSync(python)) return python;
  // Made aside and put in place as a whole: another test process may be at it as well.
  const draft = `${folder}.${process.pid}`;
  mkdirSync(cache, { recursive: true });
  try {
    await run('python3', ['-m', 'venv', draft]);
    await run(join(draft, 'bin', 'python'), [
      '-m',
      'pip',
      'install',
      '--quiet',
      '--requirement',
      requirements,
    ]);
    renameSync(draft, folder);
  } catch (cause) {
    rmSync(draft, { recursive: true, force: true });
    if (!existsSync(python)) {
      const needs =
        'python3 with venv (Debian: python3-venv) and a package index that has what peers/requirements*.txt name';
      throw new Error(`The peers of the driver tests could not be made; they need ${needs}.`, { cause });
    }
  }
  return python;
}
