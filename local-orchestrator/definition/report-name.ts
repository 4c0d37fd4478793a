import { suggest } from '#contracts/suggest.ts';
import type { Report } from './finding.ts';

const NAMES_SHOWN_MAX = 20;

/** Reports a name that is not among those that there are; when nobody knows those, nothing. */
export function reportName(
  what: string,
  name: string,
  names: readonly string[] | undefined,
  path: readonly (string | number)[],
  report: Report,
): void {
  if (names === undefined || names.includes(name)) return;
  const meant = suggest(name, names);
  const all =
    names.length === 0
      ? 'The site has none.'
      : `Known are: ${[...new Set(names)].slice(0, NAMES_SHOWN_MAX).join(', ')}.`;
  report(path, `there is no ${what} ${name}`, meant === undefined ? all : `Did you mean ${meant}?`);
}
