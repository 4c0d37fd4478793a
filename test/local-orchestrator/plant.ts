import { createPlant as create, type Plant } from '../../local-orchestrator/test-kit/plant.ts';

export type { Behaviour, Effect, Plant, Rule } from '../../local-orchestrator/test-kit/plant.ts';

/** The plant of the test kit, with these robots, where everything happens at once. */
export const createPlant = (robotIds: readonly string[]): Plant => create({ robots: robotIds });
