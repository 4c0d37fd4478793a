import type { CapabilityConfig } from '#contracts/site-devices.ts';
import type { SiteFile } from '#contracts/site-file.ts';
import { suggest } from '#contracts/suggest.ts';
import type { Path } from '#contracts/yaml-place.ts';

/** One mistake, before it has a line: where, what is wrong, what to write instead. */
export interface Mistake {
  readonly path: Path;
  /** The mistake is the key itself rather than its value. */
  readonly atKey: boolean;
  readonly problem: string;
  readonly cure: string;
}

export const mistakeAt = (path: Path, problem: string, cure: string): Mistake => ({
  path,
  atKey: false,
  problem,
  cure,
});

const NAMES_SHOWN_MAX = 12;

export function unknown(what: string, name: string, known: Iterable<string>, path: Path): Mistake {
  const names = [...known];
  const meant = suggest(name, names);
  const cure =
    meant !== undefined
      ? `Did you mean "${meant}"?`
      : names.length === 0
        ? `Add ${what} first.`
        : `Known: ${names.slice(0, NAMES_SHOWN_MAX).join(', ')}.`;
  return mistakeAt(path, `there is no ${what} "${name}"`, cure);
}

export function repeated(
  ids: readonly string[],
  at: (index: number) => Path,
  what: string,
): readonly Mistake[] {
  return ids.flatMap((id, index) =>
    ids.indexOf(id) === index
      ? []
      : [mistakeAt(at(index), `the ${what} "${id}" is there twice`, 'Give one of them another id.')],
  );
}

export const capabilitiesOf = (
  file: Pick<SiteFile, 'devices'>,
  kind: CapabilityConfig['kind'],
): readonly string[] =>
  file.devices
    .flatMap((device) => device.capabilities)
    .filter((capability) => capability.kind === kind)
    .map(({ id }) => id);
