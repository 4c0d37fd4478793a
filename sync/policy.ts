import { type Classification, classifications, type Lane, lanes } from '#contracts/events/envelope.ts';

/** What may leave over one uplink. */
export interface ResidencyPolicy {
  readonly lanes: readonly Lane[];
  readonly classificationMax: Classification;
}

/**
 * The classes of an event that may leave. A policy holds from the moment it is read: what a stricter one
 * stops is withheld although it has its number already; what a looser one would let through stays here if it
 * was passed over before, because consent is not given backwards.
 */
export function classesUpTo(max: Classification): readonly Classification[] {
  return classifications.slice(0, classifications.indexOf(max) + 1);
}

export function mayLeave(
  policy: ResidencyPolicy,
  event: { readonly lane: Lane; readonly classification: Classification },
): boolean {
  return (
    policy.lanes.includes(event.lane) && classesUpTo(policy.classificationMax).includes(event.classification)
  );
}

/**
 * The lanes of a policy in the order in which they leave, whatever order the site file has. A lane that is taken
 * off stands still; put on again it goes on from where it stood, because being off was about the line's load.
 */
export function lanesByPriority(policy: ResidencyPolicy): readonly Lane[] {
  return lanes.filter((lane) => policy.lanes.includes(lane));
}

/** The stricter of two limits. */
export function stricter(a: Classification, b: Classification): Classification {
  return classifications.indexOf(a) <= classifications.indexOf(b) ? a : b;
}
