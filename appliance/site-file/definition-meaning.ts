import type { SagaDefinition } from '#contracts/sagas.ts';
import type { SiteFile } from '#contracts/site-file.ts';
import { limitNamesOf, scheduleFindings } from '../../local-orchestrator/index.ts';
import { type Mistake, mistakeAt, unknown } from './mistake.ts';

/** What a site file asks of the sagas of its site, and they do not have. */
export function definitionMistakes(
  { sagas: { schedules, limits } }: SiteFile,
  definitions: readonly SagaDefinition[],
): readonly Mistake[] {
  const limitNames = new Set(definitions.flatMap(limitNamesOf));
  return [
    ...schedules.flatMap((schedule, index) =>
      scheduleFindings(schedule, definitions).map(({ path, problem, cure }) =>
        mistakeAt(['sagas', 'schedules', index, ...path], problem, cure),
      ),
    ),
    ...limits.flatMap(({ name }, index) =>
      limitNames.has(name) ? [] : [unknown('limit', name, limitNames, ['sagas', 'limits', index, 'name'])],
    ),
  ];
}
