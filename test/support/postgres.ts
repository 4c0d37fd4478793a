import { execFile, type SpawnOptions, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chownSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { ensureDebianPackage } from './debian-package.ts';
import { onKeptPort } from './kept-port.ts';

const run = promisify(execFile);
const VERSIONS = '/usr/lib/postgresql';
const READY_MS_MAX = 60_000;

/** A PostgreSQL cluster of a test's own: empty, on a free port of loopback, gone when it stops. */
export interface Postgres {
  readonly url: string;
  readonly port: number;
  /** Runs statements in a database of the cluster, as its superuser. */
  query(sql: string): Promise<string>;
  stop(): Promise<void>;
}

/**
 * Starts Debian's PostgreSQL. It refuses to run as root, so root starts it as its user postgres.
 * `settings` are lines of postgresql.conf, such as { wal_level: 'logical' }.
 */
export async function startPostgres(settings: Readonly<Record<string, string>> = {}): Promise<Postgres> {
  ensureDebianPackage('postgresql', 'command -v psql');
  const bin = join(VERSIONS, newestVersion(), 'bin');
  const dir = mkdtempSync(join(tmpdir(), 'holdfast-postgres-'));
  const user = process.getuid?.() === 0 ? await userIds('postgres') : null;
  if (user !== null) chownSync(dir, user.uid, user.gid);
  const owner = user ?? {};
  const data = join(dir, 'data');
  // -N: what a test keeps need not survive the machine; what the server promises about commits stays as it is.
  const init = ['-D', data, '-U', 'postgres', '--auth=trust', '--encoding=UTF8', '--no-locale', '-N'];
  await run(join(bin, 'initdb'), init, { ...owner, cwd: dir });
  const { port, server, exit } = await onKeptPort(async (port) => {
    const all = {
      listen_addresses: '127.0.0.1',
      port: String(port),
      unix_socket_directories: dir,
      ...settings,
    };
    const flags = Object.entries(all).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
    const options = { ...owner, cwd: dir };
    return { port, ...(await startServer(join(bin, 'postgres'), ['-D', data, ...flags], options)) };
  });
  const url = `postgres://postgres@127.0.0.1:${port}/postgres`;
  return {
    url,
    port,
    query: async (sql) =>
      (await run(join(bin, 'psql'), [url, '-v', 'ON_ERROR_STOP=1', '-Atc', sql])).stdout.trim(),
    async stop() {
      // Fast shutdown: sessions are ended, nothing is waited for (PostgreSQL 15, §19.5).
      server.kill('SIGINT');
      await exit;
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

/** Runs the server; resolves when it takes connections. */
async function startServer(program: string, args: readonly string[], options: SpawnOptions) {
  const server = spawn(program, args, { ...options, stdio: ['ignore', 'ignore', 'pipe'] });
  const exit = once(server, 'exit');
  let words = '';
  await new Promise<void>((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`PostgreSQL was not ready: ${words}`)), READY_MS_MAX);
    server.stderr?.on('data', (bytes: Buffer) => {
      words = `${words}${bytes}`.slice(-8_000);
      if (!words.includes('ready to accept connections')) return;
      clearTimeout(timer);
      resolve();
    });
    void exit.then(() => {
      clearTimeout(timer);
      reject(new Error(`PostgreSQL ended: ${words}`));
    });
  });
  return { server, exit };
}

function newestVersion(): string {
  const [newest] = readdirSync(VERSIONS).sort((a, b) => Number(b) - Number(a));
  if (newest === undefined)
    throw new Error(`no PostgreSQL under ${VERSIONS}: install the Debian package postgresql`);
  return newest;
}

async function userIds(name: string): Promise<{ uid: number; gid: number }> {
  const [uid, gid] = await Promise.all(
    ['-u', '-g'].map(async (flag) => (await run('id', [flag, name])).stdout),
  );
  return { uid: Number(uid), gid: Number(gid) };
}
