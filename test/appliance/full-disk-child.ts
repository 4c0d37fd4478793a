import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, existsSync, openSync, readFileSync, rmSync, statfsSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { until } from '../support/until.ts';

/**
 * Fills the disk under a site to the last byte while it is gone, and tells what it does then as one line of JSON.
 * Argument: a folder on a small file system of its own.
 */
const [dir = ''] = process.argv.slice(2);
const entry = new URL('full-disk-site.ts', import.meta.url).pathname;
const filler = join(dir, 'filler');

interface Site {
  readonly process: ChildProcess;
  readonly url: string;
}

async function start(): Promise<Site> {
  const child = spawn(process.execPath, [entry, dir], { stdio: ['ignore', 'pipe', 'inherit'] });
  process.once('exit', () => child.kill('SIGKILL'));
  const said = once(child.stdout, 'data').then(([chunk]) => String(chunk).trim());
  const ended = once(child, 'exit').then(([code]) => Promise.reject(new Error(`the site ended: ${code}`)));
  return { process: child, url: await Promise.race([said, ended]) };
}

async function kill({ process: child }: Site): Promise<void> {
  child.removeAllListeners('exit');
  const gone = once(child, 'exit');
  child.kill('SIGKILL');
  await gone;
}

function fill(): void {
  const fd = openSync(filler, 'w');
  for (const chunkBytes of [1_048_576, 4_096]) {
    try {
      for (;;) writeSync(fd, Buffer.alloc(chunkBytes));
    } catch {
      // Not one more of this size.
    }
  }
  closeSync(fd);
}

async function ask(site: Site, path: string, body?: object): Promise<{ status: number; body: unknown }> {
  const token = readFileSync(join(dir, 'data', 'local-token'), 'utf8').trim();
  const response = await fetch(`${site.url}/api/v1${path}`, {
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    ...(body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) }),
  });
  return { status: response.status, body: await response.json() };
}
const order = async (site: Site, orderId: string): Promise<number> =>
  (await ask(site, '/orders', { orderId, lines: [{ sku: 'MUG', quantity: 1 }] })).status;
const rings = async (site: Site): Promise<boolean> =>
  JSON.stringify((await ask(site, '/alarms')).body).includes('"disk-full"');

const first = await start();
await until('the reserve is laid', () => existsSync(join(dir, 'data', 'reserve.bin')));
const before = { order: await order(first, 'before'), rings: await rings(first) };
await kill(first);
fill();
const { bavail } = statfsSync(dir);

const second = await start();
await until('it rings', () => rings(second));
const full = { bavail, order: await order(second, 'full') };
rmSync(filler);
await until('it rings no more', async () => !(await rings(second)));
const after = { order: await order(second, 'after') };
await kill(second);
console.log(JSON.stringify({ before, full, after }));
