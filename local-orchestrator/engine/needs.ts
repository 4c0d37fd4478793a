import { capabilityKinds } from '#contracts/capabilities.ts';
import { ApplianceError } from '#contracts/errors.ts';
import type { ActivityRef, SagaDefinition, SagaNode } from '#contracts/sagas.ts';
import { activityName } from '../activities/activity.ts';

/** What a release and its site have, of that which definitions refer to. */
export interface Supplies {
  activity(ref: ActivityRef): boolean;
  /** A device of the site has this kind of capability. */
  capability(kind: string): boolean;
  saga(name: string): boolean;
  model(name: string): boolean;
}

/**
 * Refuses a definition that needs what is not there, by its first gap.
 *
 * Errors: SAGA_ACTIVITY_MISSING, SAGA_CHILD_MISSING, SAGA_MODEL_MISSING, SAGA_CAPABILITY_MISSING.
 */
export function refuseLacking(
  definition: SagaDefinition,
  hash: string,
  running: number,
  supplies: Supplies,
): void {
  const about = { definition: definition.name, hash: hash.slice(0, 12), running };
  const nodes = Object.values(definition.nodes);
  const refs = nodes.flatMap(activitiesOf);
  for (const ref of refs) {
    if (!supplies.activity(ref)) {
      throw new ApplianceError('SAGA_ACTIVITY_MISSING', { ...about, activity: activityName(ref) });
    }
  }
  for (const node of nodes) {
    if (node.kind === 'child' && !supplies.saga(node.saga)) {
      throw new ApplianceError('SAGA_CHILD_MISSING', { ...about, child: node.saga });
    }
    if (node.kind === 'model' && !supplies.model(node.model)) {
      throw new ApplianceError('SAGA_MODEL_MISSING', { ...about, model: node.model });
    }
  }
  for (const ref of refs) {
    const kind = ref.name.split('.')[0] ?? '';
    if (ref.via !== 'command' || supplies.capability(kind)) continue;
    const known = (capabilityKinds as readonly string[]).includes(kind);
    const place = known ? 'no device of the site file' : 'this release';
    throw new ApplianceError('SAGA_CAPABILITY_MISSING', { ...about, capability: ref.name, place });
  }
}

function activitiesOf(node: SagaNode): ActivityRef[] {
  const own = node.kind === 'step' ? [node.activity] : [];
  const amends = node.kind === 'step' || node.kind === 'child' ? node.compensation : undefined;
  return amends === undefined ? own : [...own, amends.activity];
}
