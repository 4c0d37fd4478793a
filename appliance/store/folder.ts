import { chmodSync, closeSync, mkdirSync, openSync, statfsSync, statSync } from 'node:fs';
import { ApplianceError } from '#contracts/errors.ts';
import type { SelfCheckFinding } from '#contracts/store.ts';

export const DIR_MODE = 0o700;
export const FILE_MODE = 0o600;

/** File systems by the number statfs tells (linux/magic.h). */
const TMPFS_MAGIC = 0x01021994;
const networkMagics = new Map([
  [0x6969, 'NFS'],
  [0xff534d42, 'CIFS'],
  [0xfe534d42, 'SMB2'],
]);

/**
 * Makes the folder, keeps others out of it, and looks at what it lies on.
 *
 * Errors: STORE_UNFIT when it cannot be made or kept private, or lies on a network file system, whose locks
 * and shared memory SQLite's write-ahead log cannot rest on (sqlite.org/wal.html).
 */
export function prepareFolder(dir: string): SelfCheckFinding[] {
  try {
    mkdirSync(dir, { recursive: true, mode: DIR_MODE });
    return [secure(dir, DIR_MODE), fileSystem(dir)];
  } catch (error) {
    if (error instanceof ApplianceError) throw error;
    throw new ApplianceError(
      'STORE_UNFIT',
      { problem: `folder ${dir}: ${String(error)}`, cure: 'Give the folder to the user that runs Holdfast.' },
      { cause: error },
    );
  }
}

/**
 * Makes a file that only we may read, before SQLite opens it (its -wal and -shm take over the mode).
 *
 * An existing file is never opened here: closing it would drop the locks that SQLite holds on it in this
 * process, whoever opened it (fcntl(2), "Record locking").
 */
export function secureFile(file: string): SelfCheckFinding | null {
  try {
    closeSync(openSync(file, 'wx', FILE_MODE));
    return null;
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
    return secure(file, FILE_MODE);
  }
}

function secure(path: string, mode: number): SelfCheckFinding {
  const check = 'permissions';
  const had = statSync(path).mode & 0o777;
  if ((had & ~mode) === 0) return { check, level: 'ok', words: `${path} is private` };
  chmodSync(path, mode);
  const words = `${path} was open to others (${octal(had)}) and is private now; look who could read it`;
  return { check, level: 'warn', words };
}

function fileSystem(dir: string): SelfCheckFinding {
  const check = 'file-system';
  const magic = Number(statfsSync(dir).type) >>> 0;
  const network = networkMagics.get(magic);
  if (network !== undefined) {
    const cure = 'Put the folder on a disk of this machine.';
    throw new ApplianceError('STORE_UNFIT', { problem: `${dir} lies on ${network}`, cure });
  }
  if (magic !== TMPFS_MAGIC) return { check, level: 'ok', words: 'a disk of this machine' };
  return { check, level: 'warn', words: `${dir} lies in memory: nothing in it outlives the machine` };
}

const octal = (mode: number): string => `0${mode.toString(8)}`;
