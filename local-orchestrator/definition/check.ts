import { ApplianceError } from '#contracts/errors.ts';
import type { SagaDefinition } from '#contracts/sagas.ts';
import type { Catalogue } from './catalogue.ts';
import { type Finding, placeText } from './finding.ts';
import { findings } from './findings.ts';

/**
 * Refuses a definition that could not run to an end, with the place and the cure of what is wrong first.
 * `findings` tells everything.
 *
 * Errors: SAGA_DEFINITION_INVALID.
 */
export function checkDefinition(definition: SagaDefinition, catalogue?: Catalogue): void {
  refuseFound(definition, findings(definition, catalogue));
}

/** Errors: SAGA_DEFINITION_INVALID by the first of them. */
export function refuseFound(definition: SagaDefinition, found: readonly Finding[]): void {
  const [first, ...others] = found;
  if (first === undefined) return;
  const more = others.length === 0 ? '' : ` (and ${others.length} more)`;
  throw new ApplianceError('SAGA_DEFINITION_INVALID', {
    definition: String((definition as { name?: unknown } | null)?.name ?? '?'),
    place: placeText(first),
    problem: `${first.problem}${more}`,
    cure: first.cure,
  });
}
