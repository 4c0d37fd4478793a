import type { DefinitionVersion } from '#contracts/rollout.ts';

/** One kind of procedure, all its versions together, newest first. */
export interface SagaKind {
  readonly name: string;
  readonly title: string;
  readonly running: number;
  readonly versions: readonly DefinitionVersion[];
}

export function kindsOf(versions: readonly DefinitionVersion[]): SagaKind[] {
  return [...Map.groupBy(versions, ({ name }) => name)]
    .map(([name, all]) => ({
      name,
      title: (all.find(({ current }) => current) ?? all[0])?.title ?? name,
      running: all.reduce((sum, { running }) => sum + running, 0),
      versions: all.toSorted((a, b) => b.version - a.version || b.savedAt.localeCompare(a.savedAt)),
    }))
    .sort((a, b) => a.title.localeCompare(b.title));
}
