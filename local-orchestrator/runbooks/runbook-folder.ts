import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Runbook } from '#contracts/runbooks.ts';
import { type DeadLetterCause, deadLetterCauses } from '#contracts/sagas.ts';
import { parseRunbook, type RunbookMistake } from './parse-runbook.ts';

export type Runbooks = Readonly<Record<DeadLetterCause, Runbook>>;

/** `file` is relative to the folder of the site. */
export interface RunbookFinding extends RunbookMistake {
  readonly file: string;
}

export const RUNBOOK_FOLDER = 'runbooks';
const RUNBOOK_BYTES_MAX = 64 * 1024;

const shippedFolder = fileURLToPath(new URL('./shipped/', import.meta.url));
const fileOf = (cause: DeadLetterCause): string => `${cause}.md`;

/** The text that is shipped for a cause. */
export const shippedRunbook = (cause: DeadLetterCause): string =>
  readFileSync(join(shippedFolder, fileOf(cause)), 'utf8');

/**
 * The runbooks of a site: its own, and the shipped one where it has none or one that cannot be read. `findings`
 * tells what is wrong with its own; a folder that is there must hold one for each cause, and nothing else.
 *
 * `channels`: names of the notification channels that a runbook may call.
 */
export function readRunbooks(
  siteFolder: string,
  channels: readonly string[],
): { runbooks: Runbooks; findings: readonly RunbookFinding[] } {
  const folder = join(siteFolder, RUNBOOK_FOLDER);
  const findings: RunbookFinding[] = [];
  const hasOwn = existsSync(folder);
  if (hasOwn) findings.push(...strangers(folder));
  const runbooks = Object.fromEntries(
    deadLetterCauses.map((cause) => {
      const own = hasOwn ? readOwn(folder, cause, channels) : undefined;
      if (own !== undefined && 'findings' in own) findings.push(...own.findings);
      return [cause, own !== undefined && 'runbook' in own ? own.runbook : shipped(cause)];
    }),
  ) as unknown as Runbooks;
  return { runbooks, findings };
}

function readOwn(
  folder: string,
  cause: DeadLetterCause,
  channels: readonly string[],
): { runbook: Runbook } | { findings: RunbookFinding[] } {
  const file = `${RUNBOOK_FOLDER}/${fileOf(cause)}`;
  const refused = (mistakes: readonly RunbookMistake[]) => ({
    findings: mistakes.map((one) => ({ file, ...one })),
  });
  const path = join(folder, fileOf(cause));
  if (!existsSync(path)) {
    const cure = 'Write one, or take the shipped one: npx holdfast init --runbooks <site file>.';
    return refused([{ line: 1, column: 1, problem: `there is no runbook for the cause ${cause}`, cure }]);
  }
  if (statSync(path).size > RUNBOOK_BYTES_MAX) {
    const problem = `it is larger than ${RUNBOOK_BYTES_MAX} bytes`;
    return refused([{ line: 1, column: 1, problem, cure: 'Shorten it to what one person does.' }]);
  }
  const parsed = parseRunbook(readFileSync(path, 'utf8'), cause);
  if (!parsed.ok) return refused(parsed.mistakes);
  const { runbook } = parsed;
  const deaf = runbook.actions.flatMap((action) =>
    typeof action === 'object' && !channels.includes(action.call) ? [action.call] : [],
  );
  if (deaf.length === 0) return { runbook };
  const known =
    channels.length === 0 ? 'Add it under "notify" of the site file.' : `Known: ${channels.join(', ')}.`;
  return refused(
    deaf.map((name) => ({
      line: 1,
      column: 1,
      problem: `there is no channel "${name}" to call`,
      cure: known,
    })),
  );
}

function strangers(folder: string): RunbookFinding[] {
  const known: readonly string[] = deadLetterCauses.map(fileOf);
  return readdirSync(folder)
    .filter((name) => name.endsWith('.md') && !known.includes(name))
    .map((name) => ({
      file: `${RUNBOOK_FOLDER}/${name}`,
      line: 1,
      column: 1,
      problem: 'there is no such cause',
      cure: `Name it after one of: ${deadLetterCauses.join(', ')}.`,
    }));
}

/** What a site has that wrote none of its own. */
export const shippedRunbooks = (): Runbooks =>
  Object.fromEntries(deadLetterCauses.map((cause) => [cause, shipped(cause)])) as unknown as Runbooks;

/** How long a person has for a task of this kind; null when it is not about a dead letter. */
export function runbookDeadlineMs(runbooks: Runbooks, taskKind: string): number | null {
  const cause = deadLetterCauses.find((one) => one === taskKind);
  return cause === undefined ? null : runbooks[cause].deadlineMinutes * 60_000;
}

function shipped(cause: DeadLetterCause): Runbook {
  const parsed = parseRunbook(shippedRunbook(cause), cause);
  if (!parsed.ok) throw new Error(`the shipped runbook for ${cause}: ${parsed.mistakes[0]?.problem}`);
  return parsed.runbook;
}

/** Writes the shipped runbooks that the site does not have yet; what is there stays. Returns the files written. */
export function writeShippedRunbooks(siteFolder: string): readonly string[] {
  const folder = join(siteFolder, RUNBOOK_FOLDER);
  mkdirSync(folder, { recursive: true });
  return deadLetterCauses.map(fileOf).flatMap((name, index) => {
    const path = join(folder, name);
    if (existsSync(path)) return [];
    writeFileSync(path, shippedRunbook(deadLetterCauses[index] as DeadLetterCause), { flag: 'wx' });
    return [`${RUNBOOK_FOLDER}/${name}`];
  });
}
