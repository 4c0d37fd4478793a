import type { SagaDefinition, StepLimit } from '#contracts/sagas.ts';

/** Names of the limits that steps of a definition, and their amends, take turns at. */
export const limitNamesOf = ({ nodes }: SagaDefinition): readonly string[] =>
  Object.values(nodes).flatMap((node) => {
    const own: readonly StepLimit[] = node.kind === 'step' ? (node.limits ?? []) : [];
    const amends = node.kind === 'step' || node.kind === 'child' ? node.compensation : undefined;
    return [...own, ...(amends?.limits ?? [])].map(({ name }) => name);
  });
