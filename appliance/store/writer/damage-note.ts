import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { FILE_MODE } from '../folder.ts';

/**
 * A note beside a file that was found damaged while the site ran. The next start checks the file before it does
 * anything else, and refuses it; without the note a large file would be served, found out and left, for ever.
 */
const noteOf = (dir: string): string => join(dir, 'site.db.damaged');

export const noteDamage = (dir: string, problem: string): void =>
  writeFileSync(noteOf(dir), `${problem}\n`, { mode: FILE_MODE });
export const isKnownDamaged = (dir: string): boolean => existsSync(noteOf(dir));
/** The file was put right, or replaced by a backup. */
export const forgetDamage = (dir: string): void => rmSync(noteOf(dir), { force: true });
