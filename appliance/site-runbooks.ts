import { dirname } from 'node:path';
import type { Log } from '#contracts/log.ts';
import type { SiteFile } from '#contracts/site-file.ts';
import { type Runbooks, readRunbooks } from '../local-orchestrator/index.ts';

/** Findings about the runbooks that lie beside a site file, for `holdfast check`. */
export const runbookFindings = (siteFile: SiteFile, sitePath: string) =>
  readRunbooks(
    dirname(sitePath),
    siteFile.notify.map(({ name }) => name),
  ).findings;

/** The runbooks of a site. One that cannot be read keeps no site from starting: the shipped one stands in. */
export function siteRunbooks(siteFile: SiteFile, sitePath: string, log: Log): Runbooks {
  const { runbooks, findings } = readRunbooks(
    dirname(sitePath),
    siteFile.notify.map(({ name }) => name),
  );
  for (const { file, line, problem, cure } of findings) {
    log.warn({ file, line, cure }, `a runbook cannot be used, the shipped one stands in: ${problem}`);
  }
  return runbooks;
}
