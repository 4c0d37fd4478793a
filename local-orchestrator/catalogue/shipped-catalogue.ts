import type { ActivityRef } from '#contracts/sagas.ts';
import type { Catalogue } from '../definition/catalogue.ts';
import { begunOtherwise } from '../sagas/shipped.ts';
import { stepOfRef } from './describe-step.ts';
import { deviceSteps } from './device-steps.ts';
import { localSteps } from './local-steps.ts';

/** The steps that come with the product: actions of devices first, then what the program does itself. */
export const shippedSteps = [...deviceSteps, ...localSteps];

/** The steps of a site: those that are shipped, and the activities it brings. */
export const siteCatalogue = (
  site: Omit<Catalogue, 'steps' | 'begunOtherwise'> & { activities?: readonly ActivityRef[] },
): Catalogue => {
  const { activities = [], ...names } = site;
  const steps = [...shippedSteps, ...activities.map((ref) => stepOfRef(ref, ref.name))];
  return { ...names, begunOtherwise, steps };
};
