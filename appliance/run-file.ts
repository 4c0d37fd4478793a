import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** How the tools on this box find the running site: where it listens and which process it is. */
export interface RunFile {
  readonly pid: number;
  readonly url: string;
  readonly startedAt: string;
  /** PEM of the site's own CA when it serves TLS. */
  readonly ca?: string;
}

export const RUN_FILE = 'run.json';
export const LOCAL_TOKEN_FILE = 'local-token';

/** The token of the tools on this box. Made once, readable by the owner of the data folder only. */
export function localToken(dataDir: string): string {
  const file = join(dataDir, LOCAL_TOKEN_FILE);
  const known = existsSync(file) ? readFileSync(file, 'utf8').trim() : '';
  if (known !== '') return known;
  const token = randomBytes(32).toString('base64url');
  // Written beside and renamed: a kill in between must not leave an empty file, which lets nobody in.
  writeFileSync(`${file}.new`, `${token}\n`, { mode: 0o600, flush: true });
  renameSync(`${file}.new`, file);
  return token;
}

export function writeRunFile(dataDir: string, content: RunFile): void {
  writeFileSync(join(dataDir, RUN_FILE), `${JSON.stringify(content)}\n`, { mode: 0o600 });
}

export const removeRunFile = (dataDir: string): void => rmSync(join(dataDir, RUN_FILE), { force: true });
