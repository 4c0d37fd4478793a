import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { tokens } from './region.ts';

const root = new URL('../../', import.meta.url).pathname;

/** A process of a test, which the test ends by its own id. */
export interface Peer {
  readonly child: ChildProcess;
  /** First line of its output that satisfies `test`; rejects when it exits before. */
  line(test: (text: string) => boolean): Promise<string>;
  exited(): Promise<void>;
  kill(signal: NodeJS.Signals): Promise<void>;
}

export function startPeer(script: string, args: readonly string[]): Peer {
  const child = spawn(process.execPath, [join(root, script), ...args], {
    cwd: root,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const exit = once(child, 'close');
  const lines: string[] = [];
  let words = '';
  child.stderr.on('data', (bytes: Buffer) => {
    words = `${words}${bytes}`.slice(-4_000);
  });
  const reader = createInterface({ input: child.stdout });
  reader.on('line', (text) => lines.push(text));
  return {
    child,
    async line(test) {
      for (;;) {
        const found = lines.find(test);
        if (found !== undefined) return found;
        const ended = child.exitCode !== null || child.signalCode !== null;
        if (ended) throw new Error(`${script} ended before it said what was awaited: ${words}`);
        await Promise.race([once(reader, 'line'), exit]);
      }
    },
    exited: () => exit.then(() => {}),
    async kill(signal) {
      child.kill(signal);
      await exit;
    },
  };
}

/** The receiver as its own process, on a port that it gets again after it was killed. */
export async function startReceiverProcess(dir: string, port: number): Promise<Peer> {
  const file = join(dir, 'tokens.json');
  writeFileSync(file, JSON.stringify(tokens));
  const args = ['--port', String(port), '--data', join(dir, 'region'), '--token-file', file];
  const peer = startPeer('sync/regional/main.ts', args);
  await peer.line((text) => text.includes('"ready":true'));
  return peer;
}
