import { execFileSync, spawnSync } from 'node:child_process';

/**
 * Makes sure that a program of Debian's is there. Root installs what is missing; anybody else is told which
 * package to install, and the test fails: a peer that is not there proves nothing.
 */
export function ensureDebianPackage(name: string, command: string): void {
  if (isThere(command)) return;
  if (process.getuid?.() !== 0) {
    throw new Error(`${command} is missing: install the Debian package ${name} (apt-get install ${name})`);
  }
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  const options = { env, stdio: 'pipe', timeout: 300_000 } as const;
  const install = ['install', '-y', '--no-install-recommends', name];
  if (spawnSync('apt-get', install, options).status !== 0) {
    execFileSync('apt-get', ['update'], options);
    execFileSync('apt-get', install, options);
  }
  if (!isThere(command)) throw new Error(`${name} was installed, but ${command} is still missing`);
}

const isThere = (command: string): boolean =>
  spawnSync('sh', ['-c', `command -v -- "$1"`, 'sh', command]).status === 0;
