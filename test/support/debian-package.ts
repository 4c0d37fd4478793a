import { execFileSync, spawnSync } from 'node:child_process';

/**
 * Makes sure that a program of Debian's is there. Root installs what is missing; anybody else is told which
 * package to install, and the test fails: a peer that is not there proves nothing. `probe` is a shell command
 * that succeeds when it is there.
 */
export function ensureDebianPackage(name: string, probe: string): void {
  if (succeeds(probe)) return;
  if (process.getuid?.() !== 0) {
    throw new Error(`${name} is missing: install the Debian package (apt-get install ${name})`);
  }
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  // Test files run side by side, and apt lets nobody wait for its list of packages.
  const install = `apt-get install -y --no-install-recommends ${name}`;
  const script = `${probe} || ${install} || { apt-get update && ${install}; }`;
  execFileSync('flock', [LOCK_FILE, 'sh', '-c', script], { env, stdio: 'pipe', timeout: 600_000 });
  if (!succeeds(probe)) throw new Error(`${name} was installed, but "${probe}" still fails`);
}

const LOCK_FILE = '/tmp/holdfast-apt.lock';
const succeeds = (probe: string): boolean => spawnSync('sh', ['-c', probe]).status === 0;
