import { Type } from 'typebox';
import { type ActionSpec, capabilityTable } from '#contracts/capabilities.ts';
import type { Activity } from '../activities/activity.ts';
import type { CatalogueStep } from '../definition/catalogue.ts';
import { floorActivities } from '../sagas/floor-activities.ts';
import { stepOfRef } from './describe-step.ts';

/** `putBack` reads as `put back`. */
const inWords = (action: string): string =>
  action.replaceAll(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);

const actions = Object.entries(capabilityTable).flatMap(([capability, table]) =>
  Object.entries(table as Record<string, ActionSpec>).map(([action, spec]) => ({ capability, action, spec })),
);

/** Every action of every capability, also those that no shipped saga uses. */
export const deviceActivities: readonly Activity<never, unknown>[] = actions.map(({ capability, action }) => {
  const name = `${capability}.${action}`;
  const shipped = floorActivities.find(({ ref }) => ref.name === name);
  return shipped ?? { ref: { name, version: 1, via: 'command', effect: 'queryable' } };
});

export const deviceSteps: readonly CatalogueStep[] = actions.map(({ capability, action, spec }, index) => {
  const { ref } = deviceActivities[index] as Activity;
  const input = Type.Object(
    {
      target: Type.String({ description: `Id of a device that is a ${capability}.` }),
      epoch: Type.Integer({ minimum: 0, description: 'Of the lease of a robot; 0 for everything else.' }),
      args: spec.args,
    },
    { additionalProperties: false },
  );
  return stepOfRef(ref, `${capability}: ${inWords(action)}`, input, spec.result);
});
